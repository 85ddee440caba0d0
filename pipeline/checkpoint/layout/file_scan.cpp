#include "pipeline/checkpoint/layout/file_scan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/layout/tokenizer_files.h"
#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

constexpr int depth_max = 6;
constexpr std::size_t files_max = 4096;  // headers are read of each

constexpr auto weight_files =
    std::to_array<std::string_view>({".safetensors", ".gguf", ".pth", ".pt", ".bin", ".ckpt"});

bool is_weight_file(const fs::path& file) {
    return std::ranges::find(weight_files, file.extension().string()) != weight_files.end();
}

// Shards after the first belong to it.
bool is_later_shard(const std::string& name) {
    const std::size_t of = name.rfind("-of-");
    constexpr std::size_t digits = 5;
    return name.ends_with(".safetensors") && of != std::string::npos && of > digits &&
           name[of - digits - 1] == '-' && name.substr(of - digits, digits) != "00001";
}

// All tensors of a file, of its other shards too.
StoredTensors tensors_of(const std::vector<TensorFile>& files) {
    StoredTensors all;
    for (const TensorFile& file : files) all.insert(file.tensors().begin(), file.tensors().end());
    return all;
}

void add_file(const fs::path& file, FileScan& scan) {
    // One file that cannot be read does not hide the others; it is named where a part is missing.
    try {
        const bool is_shard = file.filename().string().find("-00001-of-") != std::string::npos;
        const StoredTensors tensors =
            is_shard ? tensors_of(StoredPart(file, "").files()) : TensorFile(file).tensors();
        const std::vector<NetworkFound> found = networks_in(tensors);
        for (const NetworkFound& network : found) {
            PartPlace place(file, found.size() > 1 ? network.prefix : std::string());
            StoredPart stored(place, "");
            scan.networks.push_back({network.kind, std::move(place), std::move(stored)});
        }
        if (!found.empty()) return;
        if (const auto foreign = foreign_model_of(tensors)) {
            scan.unread.push_back(fmt::format("{}: is of {}", file.string(), *foreign));
        }
    } catch (const Error& error) {
        scan.unread.emplace_back(error.what());
    }
}

// "Wan2.2-T2V-HighNoise" has the words wan2, 2, t2v, high, noise.
std::set<std::string> words_of(std::string_view name) {
    std::set<std::string> words;
    std::string word;
    bool was_small = false;
    const auto end_word = [&] {
        if (!word.empty()) words.insert(std::exchange(word, {}));
    };
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_large = std::isupper(byte) != 0;
        if (std::isalnum(byte) == 0 || (is_large && was_small)) end_word();
        if (std::isalnum(byte) != 0) word.push_back(static_cast<char>(std::tolower(byte)));
        was_small = std::islower(byte) != 0;
    }
    end_word();
    return words;
}

}  // namespace

FileScan scan_folder(const fs::path& root) {
    std::set<fs::path> files;  // in the order of their names, so that the answer is one
    FileScan scan;
    constexpr auto options = fs::directory_options::follow_directory_symlink |
                             fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator at(root, options), end; at != end; ++at) {
        const fs::path& entry = at->path();
        const std::string name = entry.filename().string();
        const bool is_folder = at->is_directory();
        if (is_companion_file(name)) {
            if (is_folder) at.disable_recursion_pending();
            continue;
        }
        if (is_folder) {
            // Another whole model is none of this one's parts.
            if (at.depth() >= depth_max || fs::exists(entry / "model_index.json")) {
                at.disable_recursion_pending();
            } else if (is_tokenizer_folder(entry)) {
                scan.tokenizers.push_back(entry);
            }
            continue;
        }
        if (is_unfinished_download(name)) {
            scan.unread.push_back(absence_of(entry.parent_path() / entry.stem()));
        } else if (is_weight_file(entry) && !fs::exists(entry)) {
            scan.unread.push_back(absence_of(entry));
        } else if (is_weight_file(entry) && !is_later_shard(name)) {
            files.insert(entry);
        }
        if (files.size() > files_max) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: more than {} files of weights; name the model's own files",
                                    root.string(),
                                    files_max));
        }
    }
    if (is_tokenizer_folder(root)) scan.tokenizers.push_back(root);
    std::ranges::sort(scan.tokenizers);
    for (const fs::path& file : files) {
        const fs::path converted = fs::path(file).replace_extension(".safetensors");
        if (file != converted && files.contains(converted)) continue;
        add_file(file, scan);
    }
    return scan;
}

FileScan scan_file(const fs::path& file) {
    FileScan scan;
    add_file(file, scan);
    return scan;
}

bool is_called_skyreels(const fs::path& file) {
    std::string name = file.filename().string();
    std::ranges::transform(
        name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.find("skyreels") != std::string::npos;
}

ExpertWord expert_word_of(const fs::path& file) {
    for (const fs::path& name : {file.filename(), file.parent_path().filename()}) {
        const std::set<std::string> words = words_of(name.string());
        const bool high = words.contains("high") || words.contains("highnoise");
        const bool low = words.contains("low") || words.contains("lownoise");
        if (high != low) return high ? ExpertWord::high : ExpertWord::low;
    }
    return ExpertWord::none;
}

}  // namespace nightreel
