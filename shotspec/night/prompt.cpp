#include "shotspec/night/prompt.h"

#include <algorithm>

#include <fmt/format.h>

#include "shotspec/describe/nearest_word.h"

namespace nightreel {
namespace {

// One walk over a prompt.
class PromptWriter {
  public:
    PromptWriter(std::string_view prompt, const std::map<std::string, std::string>& characters)
        : prompt_(prompt), characters_(characters) {}

    WrittenPrompt write() {
        while (at_ < prompt_.size()) step();
        written_.text = joined_blanks(written_.text);
        if (written_.text.empty() && written_.problems.empty()) {
            written_.problems.emplace_back("is empty: expected a description of the picture");
        }
        if (written_.text.size() > prompt_bytes_max) {
            written_.problems.push_back(
                fmt::format("has {} bytes, characters written out: the limit is {}",
                            written_.text.size(),
                            prompt_bytes_max));
        }
        return std::move(written_);
    }

  private:
    void step() {
        const char c = prompt_[at_];
        const bool doubled = at_ + 1 < prompt_.size() && prompt_[at_ + 1] == c;
        if ((c == '{' || c == '}') && doubled) {
            written_.text += c;
            at_ += 2;
            return;
        }
        if (c == '{') return name();
        if (c == '}') written_.problems.emplace_back("} closes nothing; write }} for a brace");
        written_.text += c;
        ++at_;
    }

    void name() {
        const std::size_t close = prompt_.find_first_of("{}", at_ + 1);
        if (close == std::string_view::npos || prompt_[close] == '{') {
            written_.problems.emplace_back("{ is not closed; write {{ for a brace");
            ++at_;
            return;
        }
        const std::string word(prompt_.substr(at_ + 1, close - at_ - 1));
        at_ = close + 1;
        const auto found = characters_.find(word);
        if (found == characters_.end()) return complain_of(word);
        written_.text += found->second;
        auto& used = written_.characters;
        if (std::find(used.begin(), used.end(), word) == used.end()) used.push_back(word);
    }

    void complain_of(const std::string& word) {
        std::vector<std::string> names;
        for (const auto& [known, looks] : characters_) names.push_back(known);
        written_.problems.push_back(fmt::format(
            "{{{}}} is not a character of the show{}", word, did_you_mean(word, names)));
    }

    std::string_view prompt_;
    const std::map<std::string, std::string>& characters_;
    std::size_t at_ = 0;
    WrittenPrompt written_;
};

}  // namespace

WrittenPrompt write_out_prompt(std::string_view prompt,
                               const std::map<std::string, std::string>& characters) {
    return PromptWriter(prompt, characters).write();
}

std::string joined_blanks(std::string_view text) {
    std::string joined;
    bool blank = false;
    for (const char c : text) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            blank = true;
            continue;
        }
        if (blank && !joined.empty()) joined += ' ';
        blank = false;
        joined += c;
    }
    return joined;
}

}  // namespace nightreel
