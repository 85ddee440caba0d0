#include "shotspec/night/output_template.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/utf8.h"
#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

constexpr int number_width_max = 9;

const std::vector<std::string>& words() {
    static const std::vector<std::string> all = {"show", "sequence", "shot", "version", "take"};
    return all;
}

std::optional<std::int32_t> parse_number(std::string_view text) {
    std::int32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 0) return {};
    return number;
}

// A template with its words filled in, or why that cannot be.
struct Expansion {
    std::string folder;
    std::string problem;                                         // empty when there is none
    std::optional<std::pair<std::size_t, std::size_t>> version;  // where its first number stands
};

class Expander {
  public:
    Expander(std::string_view pattern, const TakeNames& names)
        : pattern_(pattern.empty() ? default_output_template : pattern), names_(names) {}

    Expansion expand() {
        while (at_ < pattern_.size() && result_.problem.empty()) step();
        if (result_.problem.empty()) refuse_unsafe();
        return std::move(result_);
    }

  private:
    void refuse(std::string problem) { result_.problem = std::move(problem); }

    void step() {
        const std::size_t open = std::min(pattern_.find_first_of("{}", at_), pattern_.size());
        result_.folder += pattern_.substr(at_, open - at_);
        at_ = open;
        if (open == pattern_.size()) return;
        const std::size_t close = pattern_.find_first_of("{}", open + 1);
        const bool is_closed =
            pattern_[open] == '{' && close != std::string_view::npos && pattern_[close] == '}';
        if (!is_closed) return refuse("has a { without } or a } without {");
        const std::string_view inside = pattern_.substr(open + 1, close - open - 1);
        const std::size_t colon = std::min(inside.find(':'), inside.size());
        add_word(inside.substr(0, colon), inside.substr(colon));
        at_ = close + 1;
    }

    // "version" and ":03", or no width.
    void add_word(std::string_view word, std::string_view width) {
        if (word == "version" || word == "take") return add_number(word, width);
        if (std::ranges::find(words(), word) == words().end()) {
            return refuse(fmt::format("{{{}}} is unknown; there are {}{}",
                                      word,
                                      listed(words()),
                                      did_you_mean(word, words())));
        }
        if (!width.empty()) return refuse("only {version} and {take} can have a width");
        if (word == "show") result_.folder += names_.show;
        if (word == "sequence") result_.folder += names_.sequence;
        if (word == "shot") result_.folder += names_.shot;
    }

    void add_number(std::string_view word, std::string_view width) {
        const auto digits = width.empty() ? 0 : parse_number(width.substr(1));
        if (!digits || *digits > number_width_max) {
            return refuse(
                fmt::format("invalid width \"{}\": expected a number of digits such as {{{}:03}}",
                            width.substr(1),
                            word));
        }
        const bool is_version = word == "version";
        const std::size_t begin = result_.folder.size();
        result_.folder += fmt::format("{:0{}}", is_version ? names_.version : names_.take, *digits);
        if (is_version && !result_.version) result_.version = {begin, result_.folder.size()};
    }

    void refuse_unsafe() {
        const std::string_view folder = result_.folder;
        if (folder.empty()) return refuse("is empty; expected a folder");
        if (folder.front() == '/') return refuse("must be relative to the output root");
        for (std::size_t start = 0; start <= folder.size();) {
            const std::size_t end = std::min(folder.find('/', start), folder.size());
            const std::string_view part = folder.substr(start, end - start);
            if (part == "..") return refuse("must not leave the output root (..)");
            if (part.empty() || part == ".") return refuse("contains an empty or \".\" folder");
            start = end + 1;
        }
        const std::string too_long = folder_length_problem(folder);
        if (!too_long.empty()) return refuse(too_long);
        if (folder.front() == '~' || folder.front() == '$') {
            refuse(
                fmt::format("{} is not replaced as in a shell: write a folder relative to the "
                            "output root",
                            folder.substr(0, folder.find('/'))));
        }
    }

    std::string_view pattern_;
    const TakeNames& names_;
    std::size_t at_ = 0;
    Expansion result_;
};

Expansion expanded(std::string_view output_template, const TakeNames& names) {
    Expansion expansion = Expander(output_template, names).expand();
    if (expansion.problem.empty()) return expansion;
    throw Error(ErrorKind::bad_input,
                fmt::format("output: \"{}\": {}", output_template, expansion.problem));
}

}  // namespace

std::string folder_length_problem(std::string_view folder) {
    if (folder.size() > take_path_bytes_max) {
        return fmt::format(
            "the folder's path has {} bytes: the limit is {}, which leaves room for "
            "the files in it",
            folder.size(),
            take_path_bytes_max);
    }
    for (std::size_t start = 0; start <= folder.size();) {
        const std::size_t end = std::min(folder.find('/', start), folder.size());
        const bool is_last = end == folder.size();
        const std::size_t limit = is_last ? take_folder_name_bytes_max : folder_name_bytes_max;
        if (end - start > limit) {
            return fmt::format("the folder name {}... has {} bytes: the limit is {}{}",
                               utf8_head(folder.substr(start, end - start), 16),
                               end - start,
                               limit,
                               is_last ? ", because publishing adds to it while it writes" : "");
        }
        start = end + 1;
    }
    return {};
}

std::string output_problem(std::string_view output_template) {
    const TakeNames names{.show = "show", .sequence = "sequence", .shot = "shot"};
    return output_problem(output_template, names);
}

std::string output_problem(std::string_view output_template, const TakeNames& names) {
    return Expander(output_template, names).expand().problem;
}

std::string take_folder(std::string_view output_template, const TakeNames& names) {
    return expanded(output_template, names).folder;
}

std::string take_base_name(const TakeNames& names) {
    return fmt::format(
        "{}_{}_gen_v{:03}_t{:02}", names.show, names.shot, names.version, names.take);
}

std::optional<VersionPlace> version_place(std::string_view output_template,
                                          const TakeNames& names) {
    const Expansion expansion = expanded(output_template, names);
    if (!expansion.version) return {};
    const std::string& folder = expansion.folder;
    const auto [begin, end] = *expansion.version;
    const std::size_t slash = begin == 0 ? std::string::npos : folder.rfind('/', begin - 1);
    const std::size_t name_begin = slash == std::string::npos ? 0 : slash + 1;
    const std::size_t name_end = std::min(folder.find('/', end), folder.size());
    return VersionPlace{slash == std::string::npos ? "" : folder.substr(0, slash),
                        folder.substr(name_begin, begin - name_begin),
                        folder.substr(end, name_end - end)};
}

std::optional<std::int32_t> version_in(std::string_view name, const VersionPlace& place) {
    if (!name.starts_with(place.before) || !name.ends_with(place.after)) return {};
    if (name.size() <= place.before.size() + place.after.size()) return {};
    name.remove_prefix(place.before.size());
    name.remove_suffix(place.after.size());
    return parse_number(name);
}

}  // namespace nightreel
