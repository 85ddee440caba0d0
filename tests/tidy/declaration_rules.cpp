// What a header declares is defined somewhere, and what a description names is used by something.

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tests/tidy/code.h"

namespace nightreel::tidy {
namespace {

using Names = std::set<std::string>;
using OwnedNames = std::set<std::pair<std::string, std::string>>;  // class and function

bool is_one_of(const std::string& text, std::initializer_list<std::string_view> words) {
    return std::ranges::find(words, text) != words.end();
}

// Behind what may stand between the parameters of a function and its body or semicolon.
std::size_t after_qualifiers(const Tokens& tokens, std::size_t at) {
    bool is_type = false;
    for (; at < tokens.size(); ++at) {
        const std::string& text = tokens[at].text;
        if (text == "->") is_type = true;
        const bool is_word =
            is_one_of(text, {"const", "noexcept", "override", "final", "mutable", "&", "->"});
        const bool is_of_type =
            is_type && (is_name(tokens[at]) || is_one_of(text, {"::", "<", ">", ",", "*"}));
        if (!is_word && !is_of_type) return at;
    }
    return at;
}

bool has_body(const Tokens& tokens, std::size_t at) {
    const std::string& text = text_at(tokens, at);
    return is_one_of(text, {"{", ":", "try"}) ||
           (text == "=" && text_at(tokens, at + 1) == "default");
}

struct Definitions {
    Names names;
    OwnedNames owned;
};

std::string function_name(const Tokens& tokens, std::size_t at) {
    const bool is_destructor = at > 0 && tokens[at - 1].text == "~";
    return (is_destructor ? "~" : "") + tokens[at].text;
}

// The class whose "::" stands at a place, without the arguments of a template.
std::size_t owner_before(const Tokens& tokens, std::size_t colons) {
    std::size_t at = colons - 1;
    for (int depth = 0; at > 0; --at) {
        if (tokens[at].text == ">") ++depth;
        if (tokens[at].text == "<") --depth;
        if (depth == 0 && tokens[at].text != "<") break;
    }
    return at;
}

void add_definitions(const Tokens& tokens, Definitions& all) {
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
        if (!is_name(tokens[at]) || tokens[at + 1].text != "(") continue;
        if (!has_body(tokens, after_qualifiers(tokens, after_bracket(tokens, at + 1)))) continue;
        const std::string name = function_name(tokens, at);
        all.names.insert(name);
        const std::size_t first = name.starts_with("~") ? at - 1 : at;
        if (first < 2 || tokens[first - 1].text != "::") continue;
        all.owned.emplace(tokens[owner_before(tokens, first - 1)].text, name);
    }
}

// Where a header's braces lead: a namespace has an empty name, what declares nothing has none.
using Scope = std::optional<std::string>;

Scope scope_at(const Tokens& tokens, std::size_t begin, std::size_t brace) {
    Scope scope;
    for (std::size_t at = begin; at < brace; ++at) {
        if (tokens[at].text == "namespace") return "";
        if (is_one_of(tokens[at].text, {"enum", "("})) return {};
        if (is_one_of(tokens[at].text, {"class", "struct"})) scope = text_at(tokens, at + 1);
    }
    return scope;
}

class HeaderReader {
  public:
    HeaderReader(const SourceFile& file, const Definitions& defined, Complaints& out)
        : file_(file), tokens_(tokens_of(file)), defined_(defined), out_(out) {}

    void read() {
        for (std::size_t at = 0; at < tokens_.size(); ++at) {
            const std::string& text = tokens_[at].text;
            if (text == "{") scopes_.push_back(scope_at(tokens_, begin_, at));
            if (text == "}" && !scopes_.empty()) scopes_.pop_back();
            if (is_one_of(text, {"{", "}", ";"})) begin_ = at + 1;
            if (is_name(tokens_[at]) && text_at(tokens_, at + 1) == "(") look_at(at);
        }
    }

  private:
    // What makes of a name before a bracket anything but a function that is declared.
    bool is_other(std::size_t at) const {
        for (std::size_t before = begin_; before < at; ++before) {
            const bool is_sign =
                is_one_of(tokens_[before].text,
                          {"=", "(", "using", "typedef", "return", "friend", "operator", "inline"});
            if (is_sign) return true;
        }
        return is_one_of(text_at(tokens_, at), {"static_assert", "operator"}) ||
               is_one_of(at > begin_ ? tokens_[at - 1].text : "", {".", "->", "::"});
    }

    void look_at(std::size_t at) const {
        if (std::ranges::find(scopes_, Scope()) != scopes_.end() || is_other(at)) return;
        const std::size_t end = after_qualifiers(tokens_, after_bracket(tokens_, at + 1));
        if (text_at(tokens_, end) != ";") return;
        const std::string name = function_name(tokens_, at);
        const std::string owner = scopes_.empty() ? std::string() : *scopes_.back();
        const bool found =
            owner.empty() ? defined_.names.contains(name) : defined_.owned.contains({owner, name});
        if (found) return;
        out_.push_back({fmt::format("{}:{}", file_.path, tokens_[at].line),
                        fmt::format("{}{}{} is declared and never defined: delete it",
                                    owner,
                                    owner.empty() ? "" : "::",
                                    name)});
    }

    const SourceFile& file_;
    Tokens tokens_;
    const Definitions& defined_;
    Complaints& out_;
    std::vector<Scope> scopes_;
    std::size_t begin_ = 0;  // of the statement
};

// Fields that are there for others than this code, with the reason.
struct ForOthers {
    std::string_view type;
    std::string_view member;
    std::string_view reason;
};

constexpr auto for_others = std::to_array<ForOthers>({
    {"PublishedColour", "source_curve", "a constant of publish.json"},
    {"PublishRecord", "status", "a constant of publish.json until takes are reviewed"},
    {"PromptCut", "tokens_read", "told in publish.json; set together with its neighbour"},
    {"Night", "include", "resolved in the tree, before fields are read"},
    {"FileStamp", "inode", "compared with the others as a whole"},
    {"ArtifactLost", "missed_by", "a fact of the journal"},
});

struct DescribedField {
    std::string type;
    std::string member;
    std::string place;
};

struct Members {
    std::vector<DescribedField> described;
    Names used;
};

// The field descriptions between two tokens, whose value is called `variable`.
void add_described(const SourceFile& file,
                   const Tokens& tokens,
                   std::pair<std::size_t, std::size_t> body,
                   const std::pair<std::string, std::string>& type_and_variable,
                   Members& all) {
    const auto& [type, variable] = type_and_variable;
    for (std::size_t at = body.first; at + 6 < body.second; ++at) {
        const bool is_field = tokens[at].text == "field" && tokens[at + 1].text == "(" &&
                              tokens[at + 2].text.empty() && tokens[at + 3].text == "," &&
                              tokens[at + 4].text == variable && tokens[at + 5].text == ".";
        if (!is_field) continue;
        all.described.push_back(
            {type, tokens[at + 6].text, fmt::format("{}:{}", file.path, tokens[at].line)});
    }
}

void add_members(const SourceFile& file, Members& all) {
    const Tokens tokens = tokens_of(file);
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
        const bool is_description = tokens[at].text.starts_with("describe") && at > 0 &&
                                    tokens[at - 1].text == "void" && tokens[at + 1].text == "(";
        if (is_description) {
            const std::size_t brace = after_bracket(tokens, at + 1);
            std::size_t reference = at;
            while (reference < brace && tokens[reference].text != "&") ++reference;
            if (text_at(tokens, brace) != "{" || reference == brace) continue;
            const std::size_t end = after_bracket(tokens, brace);
            add_described(file,
                          tokens,
                          {brace, end},
                          {tokens[reference - 1].text, tokens[reference + 1].text},
                          all);
            at = end - 1;
            continue;
        }
        const bool is_member = is_one_of(tokens[at].text, {".", "->"});
        const bool is_pointer = at > 1 && tokens[at].text == "::" && tokens[at - 2].text == "&";
        if (is_member || is_pointer) all.used.insert(tokens[at + 1].text);
    }
}

}  // namespace

void check_declarations(const Tree& tree, Complaints& out) {
    Definitions defined;
    for (const SourceFile& source : tree.sources) add_definitions(tokens_of(source), defined);
    for (const SourceFile& source : tree.sources) {
        if (source.path.ends_with(".h")) HeaderReader(source, defined, out).read();
    }
}

void check_descriptions(const Tree& tree, Complaints& out) {
    Members members;
    for (const SourceFile& source : tree.sources) {
        if (!source.path.starts_with("tests/")) add_members(source, members);
    }
    for (const DescribedField& field : members.described) {
        if (members.used.contains(field.member)) continue;
        const bool is_for_others = std::ranges::any_of(for_others, [&](const ForOthers& other) {
            return other.type == field.type && other.member == field.member;
        });
        if (is_for_others) continue;
        out.push_back({field.place,
                       fmt::format("{}.{} is described, and nothing uses it: use it or delete it",
                                   field.type,
                                   field.member)});
    }
}

}  // namespace nightreel::tidy
