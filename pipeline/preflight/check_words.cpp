#include "pipeline/preflight/check_words.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/model/text/prompt_cleaning.h"
#include "pipeline/preflight/text_place.h"
#include "shotspec/base/utf8.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/resolve/shot.h"

namespace nightreel {
namespace {

constexpr std::size_t words_listed_max = 12;

constexpr std::string_view blanks = " \t\r\n";
constexpr std::string_view signs = "!',-.:;?";

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

struct Word {
    std::string text;  // in lower case
    std::size_t offset = 0;
};

std::vector<Word> words_of(std::string_view text) {
    std::vector<Word> words;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(blanks, at)) != std::string_view::npos) {
        const std::size_t end = std::min(text.find_first_of(blanks, at), text.size());
        Word word{std::string(text.substr(at, end - at)), at};
        word.text.erase(word.text.find_last_not_of(signs) + 1);
        std::ranges::transform(word.text, word.text.begin(), lower);
        if (!word.text.empty()) words.push_back(std::move(word));
        at = end;
    }
    return words;
}

// The code point that valid UTF-8 begins with.
std::uint32_t point_of(std::string_view character) {
    const auto lead = static_cast<unsigned char>(character.front());
    std::uint32_t point = character.size() == 1 ? lead : lead & (0xFFU >> (character.size() + 1));
    for (const char more : character.substr(1)) {
        point = point << 6U | (static_cast<unsigned char>(more) & 0x3FU);
    }
    return point;
}

// Drawn as nothing, or changing how what follows is drawn.
bool is_invisible(std::uint32_t point) {
    const auto between = [point](std::uint32_t first, std::uint32_t last) {
        return point >= first && point <= last;
    };
    return point < 0x20 || point == 0x7F || between(0x80, 0x9F) || point == 0xAD ||
           between(0x200B, 0x200F) || between(0x2028, 0x202E) || between(0x2060, 0x206F) ||
           between(0xFE00, 0xFE0F) || point == 0xFEFF;
}

// As it stands in a message: not too long, what nobody sees by its number, in quotes that are not
// in it.
std::string shown_word(const std::string& word) {
    constexpr std::size_t shown_bytes_max = 40;
    const std::string head = utf8_head(word, shown_bytes_max);
    std::string text;
    for (std::size_t at = 0; at < head.size();) {
        const std::size_t bytes = std::max<std::size_t>(1, utf8_sequence_bytes(head.substr(at)));
        const std::string character = head.substr(at, bytes);
        const std::uint32_t point = point_of(character);
        text += is_invisible(point) ? fmt::format("[U+{:04X}]", point) : character;
        at += bytes;
    }
    if (head.size() < word.size()) text += "...";
    const char quote = text.find('"') == std::string::npos ? '"' : '\'';
    return quote + text + quote;
}

// A text as it was written, and where.
struct Written {
    std::string path;
    std::string_view text;
};

class WordCheck {
  public:
    explicit WordCheck(NightDocument& document) : document_(document), places_(document) {}

    void look(const std::vector<std::string>& unknown,
              const std::vector<Written>& sources,
              const ModelCard& card) {
        std::map<std::size_t, std::vector<std::string>> by_source;
        for (const std::string& word : unknown) by_source[source_of(word, sources)].push_back(word);
        for (const auto& [index, words] : by_source) {
            const Written& written = sources[index];
            const auto all = words_of(written.text);
            const auto first = std::ranges::find(all, words.front(), &Word::text);
            const std::size_t offset = first == all.end() ? 0 : first->offset;
            document_.complaints.warn(
                places_.of(written.path, written.text, offset), written.path, message(words, card));
        }
    }

  private:
    // The first that holds the word; else the prompt itself, where it was put together.
    static std::size_t source_of(const std::string& word, const std::vector<Written>& sources) {
        for (std::size_t i = 0; i < sources.size(); ++i) {
            const auto all = words_of(sources[i].text);
            if (std::ranges::find(all, word, &Word::text) != all.end()) return i;
        }
        return 0;
    }

    static std::string message(const std::vector<std::string>& words, const ModelCard& card) {
        std::vector<std::string> listed;
        for (const std::string& word : words) {
            if (listed.size() == words_listed_max) {
                listed.push_back(fmt::format("and {} more", words.size() - words_listed_max));
                break;
            }
            const auto nearest = nearest_word(word, card.vocabulary);
            listed.push_back(nearest
                                 ? fmt::format("{} (did you mean {}?)", shown_word(word), *nearest)
                                 : shown_word(word));
        }
        return fmt::format("not in the vocabulary of {} ({} words), so without effect: {}",
                           card.name,
                           card.vocabulary.size(),
                           fmt::join(listed, ", "));
    }

    NightDocument& document_;
    TextPlaces places_;
};

// What the words of a shot come from: what it says itself, and what it names.
class Sources {
  public:
    Sources(NightDocument& document, std::size_t shot)
        : night_(document.night),
          settings_(document, shot),
          style_(
              night_.styles.find(settings_.get("style", &ShotSettings::style).value.value_or(""))) {
        std::string texts = settings_.shot().prompt;
        prompts_.push_back({settings_.path_of("prompt"), settings_.shot().prompt});
        if (const auto& board = settings_.shot().storyboard) {
            for (std::size_t i = 0; i < board->size(); ++i) {
                const std::string path = fmt::format("storyboard[{}].prompt", i);
                prompts_.push_back({settings_.path_of(path), (*board)[i].prompt});
                texts += (*board)[i].prompt;
            }
        }
        const auto negative = settings_.get("negative", &ShotSettings::negative);
        if (negative.value) {
            const auto& own = settings_.shot().settings.negative;
            negatives_.push_back({negative.path, own ? *own : *night_.defaults.negative});
        }
        for (const auto& [name, sheet] : night_.characters) {
            if (texts.find("{" + name + "}") != std::string::npos) add("characters." + name, sheet);
        }
        if (style_ != night_.styles.end()) add("styles." + style_->first, style_->second);
    }

    const std::vector<Written>& prompts() const { return prompts_; }

    const std::vector<Written>& negatives() const { return negatives_; }

  private:
    template <class Sheet>
    void add(const std::string& path, const Sheet& sheet) {
        prompts_.push_back({path + ".prompt", sheet.prompt});
        if (sheet.negative) negatives_.push_back({path + ".negative", *sheet.negative});
    }

    const Night& night_;
    ShotSettingsReader settings_;
    std::map<std::string, StyleSheet>::const_iterator style_;
    std::vector<Written> prompts_;
    std::vector<Written> negatives_;
};

}  // namespace

std::vector<std::string> unknown_words(std::string_view text,
                                       const std::vector<std::string>& vocabulary) {
    const std::set<std::string_view> known(vocabulary.begin(), vocabulary.end());
    std::vector<std::string> unknown;
    for (Word& word : words_of(text)) {
        if (known.contains(word.text)) continue;
        if (std::ranges::find(unknown, word.text) == unknown.end()) {
            unknown.push_back(std::move(word.text));
        }
    }
    return unknown;
}

void check_words(NightDocument& document, ResolvedNight& night) {
    WordCheck check(document);
    for (std::size_t i = 0; i < night.shots.size(); ++i) {
        const ResolvedShot& shot = night.shots[i];
        const auto card = std::ranges::find(night.models, shot.model, &ModelCard::name);
        if (card == night.models.end() || card->vocabulary.empty()) continue;
        const Sources sources(document, i);
        const auto look = [&](const std::string& text, const std::vector<Written>& written) {
            check.look(unknown_words(clean_prompt(text), card->vocabulary), written, *card);
        };
        look(shot.prompt, sources.prompts());
        for (const TextCard& text : shot.cards.value_or(std::vector<TextCard>())) {
            look(text.prompt, sources.prompts());
        }
        for (const Written& negative : sources.negatives()) {
            look(std::string(negative.text), {negative});
        }
    }
}

}  // namespace nightreel
