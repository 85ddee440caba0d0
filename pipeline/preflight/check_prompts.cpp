#include "pipeline/preflight/check_prompts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "pipeline/checkpoint/layout/model_folder.h"
#include "pipeline/model/text/prompt_cleaning.h"
#include "pipeline/model/text/tokenizer.h"
#include "pipeline/preflight/text_place.h"
#include "shotspec/base/error.h"
#include "shotspec/night/prompt.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {
namespace {

constexpr std::size_t quoted_bytes = 48;

// Not the first byte of a character in UTF-8.
bool continues_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

std::ptrdiff_t letters_in(std::string_view text) {
    return std::ranges::count_if(text, [](char c) { return !is_blank(c); });
}

// The end of a text, from the beginning of a word on.
std::string tail_of(std::string_view text) {
    if (text.size() <= quoted_bytes) return std::string(text);
    std::size_t at = text.size() - quoted_bytes;
    const std::size_t word = text.find(' ', at);
    if (word != std::string_view::npos && word + 1 < text.size()) at = word + 1;
    while (at < text.size() && continues_character(text[at])) ++at;
    return "..." + std::string(text.substr(at));
}

// The beginning of a text, up to the end of a word.
std::string head_of(std::string_view text) {
    if (text.size() <= quoted_bytes) return std::string(text);
    std::size_t end = quoted_bytes;
    const std::size_t word = text.rfind(' ', end);
    if (word != std::string_view::npos && word > 0) end = word;
    while (end > 0 && continues_character(text[end])) --end;
    return std::string(text.substr(0, end)) + "...";
}

// One prompt of a shot: as it was written, and as the engine is given it.
struct GivenPrompt {
    std::string_view name;  // "the prompt"
    std::string path;       // where it was written
    std::string_view written;
    std::string_view given;
    bool has_characters = false;  // {name} in it stands for a character
};

// Behind each character, or name in braces, of a prompt as it was written.
std::vector<std::size_t> ends_in(const GivenPrompt& prompt) {
    const std::string_view written = prompt.written;
    std::vector<std::size_t> ends;
    for (std::size_t at = 0; at < written.size(); ends.push_back(at)) {
        const bool is_brace = prompt.has_characters && (written[at] == '{' || written[at] == '}');
        if (is_brace && at + 1 < written.size() && written[at + 1] == written[at]) {
            at += 2;
        } else if (is_brace && written[at] == '{') {
            const std::size_t close = written.find('}', at);
            at = close == std::string_view::npos ? written.size() : close + 1;
        } else {
            ++at;
            while (at < written.size() && continues_character(written[at])) ++at;
        }
    }
    return ends;
}

class PromptCheck {
  public:
    explicit PromptCheck(NightDocument& document) : document_(document), places_(document) {
        for (const auto& [name, sheet] : document.night.characters) {
            characters_[name] = write_out_prompt(sheet.prompt, {}).text;
        }
    }

    std::optional<PromptCut> look(const GivenPrompt& prompt,
                                  const ModelCard& card,
                                  const std::string& model_path) {
        const auto tokens_max = static_cast<std::size_t>(card.prompt_tokens_max);
        if (tokens_at_most(prompt.given) <= tokens_max) return {};
        const Tokenizer* tokenizer = tokenizer_of(card, model_path);
        if (tokenizer == nullptr) return {};
        const std::string cleaned = clean_prompt(prompt.given);
        const TokenReach reach = tokenizer->reach(cleaned, tokens_max);
        if (reach.tokens <= tokens_max) return {};
        complain(prompt, card, cleaned, reach);
        return PromptCut{static_cast<std::int64_t>(reach.tokens), card.prompt_tokens_max};
    }

  private:
    // Null after a warning.
    const Tokenizer* tokenizer_of(const ModelCard& card, const std::string& model_path) {
        const auto known = tokenizers_.find(card.name);
        if (known != tokenizers_.end()) return known->second ? &*known->second : nullptr;
        auto& tokenizer = tokenizers_[card.name];
        try {
            tokenizer.emplace(open_model_folder(card.folder).folder_of("tokenizer"));
        } catch (const Error& error) {
            document_.complaints.warn(
                document_.places.of(model_path),
                model_path,
                fmt::format("the tokenizer of {} cannot be used, so long prompts were not counted: "
                            "{}",
                            card.name,
                            error.what()));
            return nullptr;
        }
        return &*tokenizer;
    }

    void complain(const GivenPrompt& prompt,
                  const ModelCard& card,
                  const std::string& cleaned,
                  const TokenReach& reach) {
        const std::string_view read = std::string_view(cleaned).substr(0, reach.bytes_read);
        std::string_view unread = std::string_view(cleaned).substr(reach.bytes_read);
        while (unread.starts_with(' ')) unread.remove_prefix(1);
        document_.complaints.warn(
            places_.of(prompt.path, prompt.written, end_of(prompt, letters_in(read))),
            prompt.path,
            fmt::format("{} has {} tokens, of which {} reads {}: it is cut after \"{}\"; not read: "
                        "\"{}\"",
                        prompt.name,
                        reach.tokens,
                        card.name,
                        card.prompt_tokens_max,
                        tail_of(read),
                        head_of(unread)));
    }

    // How much of a prompt as it was written makes so many letters of the cleaned one: characters
    // are written out in between, and cleaning changes letters.
    std::size_t end_of(const GivenPrompt& prompt, std::ptrdiff_t letters) const {
        const std::vector<std::size_t> ends = ends_in(prompt);
        const auto found = std::ranges::partition_point(
            ends, [&](std::size_t end) { return letters_of(prompt, end) < letters; });
        if (found == ends.end()) return prompt.written.size();
        // Inside the text of a character: its name is where the cut was written.
        const std::size_t begin = found == ends.begin() ? 0 : *(found - 1);
        const std::string_view token = prompt.written.substr(begin, *found - begin);
        const bool is_name = prompt.has_characters && token.starts_with('{') && token != "{{";
        return is_name && letters_of(prompt, *found) > letters ? begin : *found;
    }

    std::ptrdiff_t letters_of(const GivenPrompt& prompt, std::size_t end) const {
        const std::string_view part = prompt.written.substr(0, end);
        if (!prompt.has_characters) return letters_in(clean_prompt(part));
        return letters_in(clean_prompt(write_out_prompt(part, characters_).text));
    }

    NightDocument& document_;
    TextPlaces places_;
    std::map<std::string, std::string> characters_;
    std::map<std::string, std::optional<Tokenizer>> tokenizers_;
};

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

GivenPrompt negative_of(const ResolvedShot& shot,
                        const Setting<std::string>& written,
                        const std::string& model_path) {
    if (!written.value) {
        return {"the model's own negative prompt", model_path, {}, shot.negative_prompt};
    }
    return {"the negative prompt", written.path, *written.value, shot.negative_prompt};
}

}  // namespace

std::size_t tokens_at_most(std::string_view prompt) {
    constexpr std::size_t ends = 2;  // the blank that is put in front, and the end of the text
    // NFKC makes 33 bytes of the 3 of U+FDFA, and no more of anything; an entity of HTML is longer
    // than a third of what it stands for.
    constexpr std::size_t growth_max = 11;
    const bool stays = is_ascii(prompt) && prompt.find('&') == std::string_view::npos;
    return ends + prompt.size() * (stays ? 1 : growth_max);
}

void check_prompts(NightDocument& document, ResolvedNight& night) {
    PromptCheck check(document);
    for (std::size_t i = 0; i < night.shots.size(); ++i) {
        ResolvedShot& shot = night.shots[i];
        const auto card = std::ranges::find(night.models, shot.model, &ModelCard::name);
        if (card == night.models.end()) continue;
        const ShotSettingsReader settings(document, i);
        const std::string model_path = settings.get("model", &ShotSettings::model).path;
        const GivenPrompt prompt{
            "the prompt", settings.path_of("prompt"), settings.shot().prompt, shot.prompt, true};
        shot.prompt_cut = check.look(prompt, *card, model_path);
        // Without guidance it is not used.
        if (shot.sampling.guidance <= 1 && shot.sampling.guidance_low <= 1) continue;
        const auto negative = settings.get("negative", &ShotSettings::negative);
        shot.negative_prompt_cut =
            check.look(negative_of(shot, negative, model_path), *card, model_path);
    }
}

}  // namespace nightreel
