#include "pipeline/model/text/tokenizer.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <sentencepiece_processor.h>

#include "pipeline/checkpoint/format/json_document.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

struct SpecialToken {
    std::string text;
    std::int64_t id = 0;
};

std::vector<SpecialToken> read_special_tokens(const std::filesystem::path& file) {
    const JsonConfig config = JsonConfig::read(file);
    std::vector<SpecialToken> tokens;
    const nlohmann::json listed =
        config.object().value("added_tokens_decoder", nlohmann::json::object());
    if (!listed.is_object()) config.refuse("added_tokens_decoder", "expected an object");
    for (const auto& [key, value] : listed.items()) {
        SpecialToken token;
        const char* const end = key.data() + key.size();
        if (std::from_chars(key.data(), end, token.id).ptr != end || key.empty() ||
            !value.is_object() || !value.contains("content") || !value["content"].is_string() ||
            value["content"].get<std::string>().empty()) {
            config.refuse("added_tokens_decoder", key + ": expected an id with its content");
        }
        if (value.contains("single_word") && value["single_word"] != false) {
            config.refuse("added_tokens_decoder", key + ": single_word is not supported");
        }
        token.text = value["content"].get<std::string>();
        tokens.push_back(std::move(token));
    }
    return tokens;
}

// An id and where in the prompt what it stands for ends.
struct Token {
    std::int64_t id = 0;
    std::size_t end = 0;
};

}  // namespace

struct Tokenizer::State {
    sentencepiece::SentencePieceProcessor pieces;
    std::vector<SpecialToken> special_tokens;

    // The longest special token that stands at the beginning of `text`.
    const SpecialToken* special_at(std::string_view text) const {
        const SpecialToken* longest = nullptr;
        for (const SpecialToken& token : special_tokens) {
            if (text.starts_with(token.text) &&
                (!longest || token.text.size() > longest->text.size())) {
                longest = &token;
            }
        }
        return longest;
    }

    // `begin` is where the text begins in the prompt.
    void append_plain(std::string_view text, std::size_t begin, std::vector<Token>& tokens) const {
        sentencepiece::ImmutableSentencePieceText found;
        const auto status = pieces.Encode({text.data(), text.size()}, found.mutable_proto());
        NIGHTREEL_CHECK(status.ok(), "a loaded tokenizer reads any text");
        for (const auto& piece : found.pieces()) {
            tokens.push_back({piece.id(), begin + piece.end()});
        }
    }

    // Without the end of the text.
    std::vector<Token> tokens_of(std::string_view prompt) const {
        std::vector<Token> tokens;
        std::size_t plain_from = 0;
        for (std::size_t at = 0; at < prompt.size();) {
            const SpecialToken* special = special_at(prompt.substr(at));
            if (special == nullptr) {
                ++at;
                continue;
            }
            append_plain(prompt.substr(plain_from, at - plain_from), plain_from, tokens);
            at += special->text.size();
            tokens.push_back({special->id, at});
            plain_from = at;
        }
        append_plain(prompt.substr(plain_from), plain_from, tokens);
        return tokens;
    }
};

Tokenizer::Tokenizer(const std::filesystem::path& folder) : state_(std::make_unique<State>()) {
    const std::filesystem::path model = folder / "spiece.model";
    if (!std::filesystem::exists(model)) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("{}: missing; a tokenizer folder must contain the SentencePiece model",
                        model.string()));
    }
    if (const auto status = state_->pieces.Load(model.string()); !status.ok()) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("{}: not a SentencePiece model: {}", model.string(), status.ToString()));
    }
    if (state_->pieces.eos_id() < 0 || state_->pieces.pad_id() < 0) {
        throw Error(ErrorKind::bad_input, model.string() + ": has no end or no padding piece");
    }
    state_->special_tokens = read_special_tokens(folder / "tokenizer_config.json");
}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::int64_t Tokenizer::pad_id() const {
    return state_->pieces.pad_id();
}

std::vector<std::int64_t> Tokenizer::encode(std::string_view prompt, std::size_t length_max) const {
    NIGHTREEL_CHECK(length_max > 0, "there is room for the end of the text");
    std::vector<std::int64_t> ids;
    for (const Token& token : state_->tokens_of(prompt)) ids.push_back(token.id);
    if (ids.size() > length_max - 1) ids.resize(length_max - 1);
    ids.push_back(state_->pieces.eos_id());
    return ids;
}

TokenReach Tokenizer::reach(std::string_view prompt, std::size_t length_max) const {
    NIGHTREEL_CHECK(length_max > 0, "there is room for the end of the text");
    const std::vector<Token> tokens = state_->tokens_of(prompt);
    TokenReach reach{.tokens = tokens.size() + 1, .bytes_read = prompt.size()};
    const std::size_t read = length_max - 1;
    if (read < tokens.size()) reach.bytes_read = read == 0 ? 0 : tokens[read - 1].end;
    return reach;
}

}  // namespace nightreel
