#include <map>
#include <optional>
#include <regex>

#include <fmt/format.h>

#include "tests/tidy/tidy.h"

namespace nightreel::tidy {
namespace {

struct Layer {
    std::vector<std::string> ours;
    std::vector<std::string> outside;
};

using Layers = std::map<std::string, Layer>;

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" `");
    const auto last = text.find_last_not_of(" `");
    return first == std::string::npos ? std::string() : text.substr(first, last - first + 1);
}

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> items;
    std::string::size_type begin = 0;
    while (begin <= text.size()) {
        const auto end = std::min(text.find(at, begin), text.size());
        const std::string item = trimmed(text.substr(begin, end - begin));
        if (!item.empty() && item != "-") items.push_back(item);
        begin = end + 1;
    }
    return items;
}

// Which includes belong to the library that the table names.
const std::map<std::string, std::regex>& libraries() {
    static const std::map<std::string, std::regex> known{
        {"fmt", std::regex("fmt/.*")},
        {"OpenSSL", std::regex("openssl/.*")},
        {"yaml-cpp", std::regex("yaml-cpp/.*")},
        {"nlohmann-json", std::regex("nlohmann/.*")},
        {"LibTorch", std::regex("(ATen|torch|c10)/.*")},
        {"CUDA", std::regex("cuda[a-z0-9_]*\\.h")},
        {"SentencePiece", std::regex("sentencepiece.*")},
        {"utf8proc", std::regex("utf8proc.*")},
        {"OpenEXR", std::regex("(Imf|Imath|Iex|half|OpenEXR/|Imath/).*")},
        {"FFmpeg", std::regex("(libav|libsw)[a-z]*/.*")},
        {"FreeType", std::regex("(ft2build\\.h|freetype/.*)")},
        {"HarfBuzz", std::regex("(harfbuzz/)?hb.*\\.h")},
        {"libpng", std::regex("png\\.h")},
        {"CLI11", std::regex("CLI/.*")},
        {"SQLite", std::regex("sqlite3\\.h")},
        {"ZeroMQ", std::regex("zmq.*")},
        {"Boost", std::regex("boost/.*")},
    };
    return known;
}

bool is_system(const std::string& include) {
    static const std::regex standard("[a-z_0-9]+");
    static const std::regex posix(
        "(unistd|fcntl|dlfcn|poll|spawn|signal|time|dirent|ftw|glob|malloc|immintrin|cpuid)\\.h|"
        "sys/.*|linux/.*|netinet/.*|arpa/.*");
    return std::regex_match(include, standard) || std::regex_match(include, posix);
}

Layers read_table(const Tree& tree, Complaints& out) {
    Layers layers;
    bool inside = false;
    std::string text;
    std::FILE* file = std::fopen((tree.root / "ARCHITECTURE.md").c_str(), "r");
    if (file != nullptr) {
        char buffer[4096];
        while (const std::size_t got = std::fread(buffer, 1, sizeof buffer, file))
            text.append(buffer, got);
        std::fclose(file);
    }
    for (const std::string& line : split(text, '\n')) {
        if (line.find("<!-- layers -->") != std::string::npos) inside = true;
        if (line.find("<!-- end of layers -->") != std::string::npos) inside = false;
        if (!inside || line.front() != '|' || line.starts_with("|-")) continue;
        const std::vector<std::string> cells = split(line.substr(1, line.size() - 2) + " ", '|');
        const auto second = line.find('|', 1);
        const auto third = line.find('|', second + 1);
        const auto last = line.rfind('|');
        if (cells.empty() || cells.front() == "part" || third == std::string::npos) continue;
        layers[cells.front()] = {split(line.substr(second + 1, third - second - 1), ','),
                                 split(line.substr(third + 1, last - third - 1), ',')};
    }
    if (layers.empty())
        out.push_back({"ARCHITECTURE.md", "has no layer table between its markers"});
    return layers;
}

// The layer with the longest name that the path begins with.
const std::pair<const std::string, Layer>* layer_of(const Layers& layers, const std::string& path) {
    const std::pair<const std::string, Layer>* best = nullptr;
    for (const auto& layer : layers) {
        if (!path.starts_with(layer.first)) continue;
        if (best == nullptr || layer.first.size() > best->first.size()) best = &layer;
    }
    return best;
}

bool may_include(const std::pair<const std::string, Layer>& layer,
                 const Layers& layers,
                 const std::string& include) {
    const auto* target = layer_of(layers, include);
    if (target != nullptr && target->first == layer.first) return true;
    for (const std::string& prefix : layer.second.ours) {
        if (prefix == "all" || include.starts_with(prefix)) return true;
    }
    return false;
}

bool may_use(const Layer& layer, const std::string& include) {
    if (is_system(include)) return true;
    for (const std::string& name : layer.outside) {
        if (name == "all") return true;
        const auto found = libraries().find(name);
        if (found != libraries().end() && std::regex_match(include, found->second)) return true;
    }
    return false;
}

void check_file(const SourceFile& file, const Layers& layers, Complaints& out) {
    static const std::regex pattern(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"].*)");
    const auto* layer = layer_of(layers, file.path);
    if (layer == nullptr) {
        out.push_back({file.path, "belongs to no part of ARCHITECTURE.md's layer table"});
        return;
    }
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
        std::smatch match;
        if (!std::regex_match(file.lines[i], match, pattern)) continue;
        const bool ours = match[1] == "\"";
        const bool allowed =
            ours ? may_include(*layer, layers, match[2]) : may_use(layer->second, match[2]);
        if (allowed) continue;
        out.push_back({fmt::format("{}:{}", file.path, i + 1),
                       fmt::format("{} may not include {} (layer table of ARCHITECTURE.md)",
                                   layer->first,
                                   match[2].str())});
    }
}

}  // namespace

void check_layers(const Tree& tree, Complaints& out) {
    const Layers layers = read_table(tree, out);
    for (const auto& [name, layer] : layers) {
        for (const std::string& library : layer.outside) {
            if (library != "all" && !libraries().contains(library)) {
                out.push_back(
                    {"ARCHITECTURE.md", fmt::format("{}: unknown library {}", name, library)});
            }
        }
    }
    for (const SourceFile& file : tree.sources) check_file(file, layers, out);
}

}  // namespace nightreel::tidy
