#include "tests/tidy/code.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace nightreel::tidy {
namespace {

bool is_name_sign(char sign) {
    return std::isalnum(static_cast<unsigned char>(sign)) != 0 || sign == '_';
}

class Tokenizer {
  public:
    explicit Tokenizer(const SourceFile& file) : file_(file) {}

    Tokens take() {
        for (line_ = 0; line_ < file_.lines.size(); ++line_) take_line(file_.lines[line_]);
        return std::move(tokens_);
    }

  private:
    void take_line(const std::string& line) {
        const std::size_t first = line.find_first_not_of(" \t");
        const bool is_told_to_compiler = first != std::string::npos && line[first] == '#';
        if (raw_end_.empty() && is_told_to_compiler) return;
        for (at_ = 0; at_ < line.size();) take_token(line);
    }

    void take_token(const std::string& line) {
        if (!raw_end_.empty()) return skip_raw(line);
        const char sign = line[at_];
        const std::string_view rest = std::string_view(line).substr(at_);
        if (rest.starts_with("//")) {
            at_ = line.size();
        } else if (rest.starts_with("R\"")) {
            raw_end_ = ")" + std::string(rest.substr(2, rest.find('(') - 2)) + "\"";
            add("");
            at_ += 2;
        } else if (sign == '"' || (sign == '\'' && !is_in_number(line))) {
            skip_literal(line, sign);
            add("");
        } else if (is_name_sign(sign)) {
            const std::size_t begin = at_;
            while (at_ < line.size() && is_name_sign(line[at_])) ++at_;
            add(line.substr(begin, at_ - begin));
        } else {
            const bool is_double = rest.starts_with("::") || rest.starts_with("->");
            if (sign != ' ' && sign != '\t') add(std::string(rest.substr(0, is_double ? 2 : 1)));
            at_ += is_double ? 2 : 1;
        }
    }

    bool is_in_number(const std::string& line) const {
        return at_ > 0 && std::isxdigit(static_cast<unsigned char>(line[at_ - 1])) != 0;
    }

    void skip_literal(const std::string& line, char quote) {
        for (++at_; at_ < line.size() && line[at_] != quote; ++at_) {
            if (line[at_] == '\\') ++at_;
        }
        ++at_;
    }

    void skip_raw(const std::string& line) {
        const std::size_t end = line.find(raw_end_, at_);
        at_ = end == std::string::npos ? line.size() : end + raw_end_.size();
        if (end != std::string::npos) raw_end_.clear();
    }

    void add(std::string text) { tokens_.push_back({std::move(text), line_ + 1}); }

    const SourceFile& file_;
    Tokens tokens_;
    std::size_t line_ = 0;
    std::size_t at_ = 0;
    std::string raw_end_;
};

}  // namespace

Tokens tokens_of(const SourceFile& file) {
    return Tokenizer(file).take();
}

bool is_name(const Token& token) {
    return !token.text.empty() && is_name_sign(token.text[0]) &&
           std::isdigit(static_cast<unsigned char>(token.text[0])) == 0;
}

const std::string& text_at(const Tokens& tokens, std::size_t index) {
    static const std::string none;
    return index < tokens.size() ? tokens[index].text : none;
}

std::size_t after_bracket(const Tokens& tokens, std::size_t open) {
    const char left = tokens[open].text.front();
    const char right = left == '(' ? ')' : left == '{' ? '}' : ']';
    int depth = 0;
    for (std::size_t at = open; at < tokens.size(); ++at) {
        const std::string& text = tokens[at].text;
        if (text.size() != 1) continue;
        if (text.front() == left) ++depth;
        if (text.front() == right && --depth == 0) return at + 1;
    }
    return tokens.size();
}

}  // namespace nightreel::tidy
