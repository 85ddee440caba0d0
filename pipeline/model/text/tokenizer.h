#pragma once
// Prompts to ids with the SentencePiece model of a UMT5 tokenizer folder. Special tokens that a
// prompt spells out ("</s>") are read as such, as the reference does. Read-only after loading; any
// thread.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

struct TokenReach {
    std::size_t tokens = 0;      // ids of the whole prompt, the end of the text included
    std::size_t bytes_read = 0;  // of the prompt, that the ids read stand for
};

class Tokenizer {
  public:
    // FOLDER/spiece.model, and FOLDER/tokenizer_config.json for the special tokens.
    explicit Tokenizer(const std::filesystem::path& folder);
    ~Tokenizer();
    Tokenizer(Tokenizer&&) noexcept;
    Tokenizer& operator=(Tokenizer&&) noexcept;

    // At most `length_max` ids, of which the last is always the end of the text.
    std::vector<std::int64_t> encode(std::string_view prompt, std::size_t length_max) const;

    // How far a model that reads `length_max` ids gets.
    TokenReach reach(std::string_view prompt, std::size_t length_max) const;

    std::int64_t pad_id() const;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel
