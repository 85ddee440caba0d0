#include "pipeline/checkpoint/layout/tokenizer_files.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "pipeline/checkpoint/format/gguf_header.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

// Fields of protocol buffers, of which those with a length are looked into and the rest is skipped.
class ProtoReader {
  public:
    explicit ProtoReader(std::string_view bytes) : bytes_(bytes) {}

    struct Field {
        std::uint64_t number = 0;
        std::uint64_t value = 0;  // of integers
        std::string_view bytes;   // of what has a length
    };

    // Nothing at the end. `is_damaged` then tells whether it was one.
    std::optional<Field> next() {
        if (bytes_.empty()) return {};
        constexpr std::uint64_t kind_bits = 3;
        const auto key = integer();
        if (!key) return damaged();
        Field field{*key >> kind_bits, 0, {}};
        switch (*key & ((1U << kind_bits) - 1)) {
            case 0: {
                const auto value = integer();
                if (!value) return damaged();
                field.value = *value;
                return field;
            }
            case 1:
                return skip(8) ? std::optional(field) : damaged();
            case 2: {
                const auto length = integer();
                if (!length || *length > bytes_.size()) return damaged();
                field.bytes = bytes_.substr(0, static_cast<std::size_t>(*length));
                bytes_.remove_prefix(static_cast<std::size_t>(*length));
                return field;
            }
            case 5:
                return skip(4) ? std::optional(field) : damaged();
            default:
                return damaged();
        }
    }

    bool is_damaged() const { return is_damaged_; }

  private:
    std::optional<Field> damaged() {
        is_damaged_ = true;
        return {};
    }

    bool skip(std::size_t count) {
        if (count > bytes_.size()) return false;
        bytes_.remove_prefix(count);
        return true;
    }

    // Seven bits a byte, the lowest first.
    std::optional<std::uint64_t> integer() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && !bytes_.empty(); shift += 7) {
            const auto byte = static_cast<std::uint8_t>(bytes_.front());
            bytes_.remove_prefix(1);
            value |= std::uint64_t{byte & 0x7FU} << shift;
            if ((byte & 0x80U) == 0) return value;
        }
        return {};
    }

    std::string_view bytes_;
    bool is_damaged_ = false;
};

struct Piece {
    std::string_view text;
    bool is_special = false;  // unknown, control: never found in a text by SentencePiece itself
};

std::optional<Piece> piece_of(std::string_view bytes) {
    constexpr std::uint64_t text = 1;
    constexpr std::uint64_t type = 3;
    constexpr std::uint64_t unknown = 2;
    constexpr std::uint64_t control = 3;
    Piece piece;
    ProtoReader reader(bytes);
    while (const auto field = reader.next()) {
        if (field->number == text) piece.text = field->bytes;
        if (field->number == type) {
            piece.is_special = field->value == unknown || field->value == control;
        }
    }
    if (reader.is_damaged() || piece.text.empty()) return {};
    return piece;
}

// Nothing where the bytes are no SentencePiece model.
std::optional<nlohmann::json> special_tokens(std::string_view model) {
    constexpr std::uint64_t pieces = 1;
    nlohmann::json tokens = nlohmann::json::object();
    ProtoReader reader(model);
    std::int64_t id = 0;
    while (const auto field = reader.next()) {
        if (field->number != pieces) continue;
        const auto piece = piece_of(field->bytes);
        if (!piece) return {};
        if (piece->is_special) {
            tokens[std::to_string(id)] = {{"content", std::string(piece->text)},
                                          {"lstrip", false},
                                          {"normalized", false},
                                          {"rstrip", false},
                                          {"single_word", false},
                                          {"special", true}};
        }
        ++id;
    }
    if (reader.is_damaged() || id == 0) return {};
    return tokens;
}

// Fields of protocol buffers, written.
class ProtoWriter {
  public:
    void add(std::uint32_t field, std::uint64_t value) {
        put(std::uint64_t{field} << 3U);
        put(value);
    }

    void add(std::uint32_t field, float value) {
        put((std::uint64_t{field} << 3U) | 5U);
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
    }

    void add(std::uint32_t field, std::string_view bytes) {
        put((std::uint64_t{field} << 3U) | 2U);
        put(bytes.size());
        bytes_.append(bytes);
    }

    const std::string& bytes() const { return bytes_; }

  private:
    void put(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7U) bytes_.push_back(static_cast<char>(value | 0x80U));
        bytes_.push_back(static_cast<char>(value));
    }

    std::string bytes_;
};

// A whole number that the file states, or what holds where it does not.
std::uint64_t stated(const GgufHeader& header, const char* key, std::uint64_t otherwise) {
    const auto found = header.metadata.find(key);
    if (found == header.metadata.end()) return otherwise;
    const std::string& text = found->second;
    std::uint64_t value = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Conversions of llama.cpp hold all that a SentencePiece model of unigrams consists of. Without its
// table of characters other tokens would come out: such a file has no tokenizer.
bool has_whole_tokenizer(const GgufTokenizer& tokenizer) {
    return tokenizer.model == "t5" && !tokenizer.tokens.empty() && tokenizer.has_normalizer &&
           tokenizer.scores.size() == tokenizer.tokens.size() &&
           tokenizer.types.size() == tokenizer.tokens.size();
}

std::string sentencepiece_model(const GgufHeader& header) {
    const GgufTokenizer& tokenizer = header.tokenizer;
    ProtoWriter model;
    for (std::size_t i = 0; i < tokenizer.tokens.size(); ++i) {
        ProtoWriter piece;
        piece.add(1, std::string_view(tokenizer.tokens[i]));
        piece.add(2, tokenizer.scores[i]);
        piece.add(3, static_cast<std::uint64_t>(tokenizer.types[i]));
        model.add(1, std::string_view(piece.bytes()));
    }
    ProtoWriter trainer;
    constexpr std::uint64_t unigram = 1;
    trainer.add(3, unigram);
    trainer.add(4, std::uint64_t{tokenizer.tokens.size()});
    constexpr std::int32_t byte_piece = 6;
    if (std::ranges::find(tokenizer.types, byte_piece) != tokenizer.types.end()) {
        trainer.add(35, std::uint64_t{1});  // pieces for single bytes are used
    }
    trainer.add(40, stated(header, "tokenizer.ggml.unknown_token_id", 2));
    trainer.add(42, stated(header, "tokenizer.ggml.eos_token_id", 1));
    trainer.add(43, stated(header, "tokenizer.ggml.padding_token_id", 0));
    model.add(2, std::string_view(trainer.bytes()));
    ProtoWriter normalizer;
    normalizer.add(2, std::string_view(tokenizer.normalizer));
    normalizer.add(3, std::uint64_t{tokenizer.adds_space});
    normalizer.add(4, std::uint64_t{tokenizer.removes_spaces});
    normalizer.add(5, std::uint64_t{1});
    model.add(3, std::string_view(normalizer.bytes()));
    return model.bytes();
}

// The bytes of the SentencePiece model; nothing where no file has one.
std::optional<std::string> tokenizer_of(const StoredPart& text_encoder) {
    for (const TensorFile& file : text_encoder.files()) {
        if (const StoredTensor* tensor = tokenizer_in(file.tensors())) {
            const auto bytes = file.bytes_of(*tensor);
            return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        }
        if (!is_gguf(file.mapping()->bytes())) continue;
        const GgufHeader header = read_gguf_header(file.mapping()->bytes(), file.file().string());
        if (has_whole_tokenizer(header.tokenizer)) return sentencepiece_model(header);
    }
    return {};
}

}  // namespace

bool is_tokenizer_folder(const std::filesystem::path& folder) {
    return std::filesystem::is_regular_file(folder / "spiece.model");
}

bool brings_tokenizer(const StoredPart& text_encoder) {
    return tokenizer_of(text_encoder).has_value();
}

std::map<std::string, std::string> tokenizer_files_in(const StoredPart& text_encoder) {
    const auto model = tokenizer_of(text_encoder);
    if (!model) text_encoder.refuse("spiece_model: missing");
    const auto tokens = special_tokens(*model);
    if (!tokens) {
        text_encoder.refuse(
            "spiece_model: not a SentencePiece model; name the tokenizer's folder with "
            "--tokenizer");
    }
    const nlohmann::json config{{"tokenizer_class", "T5Tokenizer"},
                                {"pad_token", "<pad>"},
                                {"eos_token", "</s>"},
                                {"unk_token", "<unk>"},
                                {"added_tokens_decoder", *tokens}};
    constexpr auto replaced = nlohmann::json::error_handler_t::replace;  // of bytes not UTF-8
    return {{"spiece.model", *model},
            {"tokenizer_config.json", config.dump(1, ' ', false, replaced) + "\n"}};
}

}  // namespace nightreel
