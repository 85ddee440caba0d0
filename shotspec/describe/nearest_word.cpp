#include "shotspec/describe/nearest_word.h"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace nightreel {
namespace {

// Longer words are nobody's typing mistake, and the table is quadratic.
constexpr std::size_t word_bytes_max = 64;

char lower(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            const bool swapped = i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
                                 lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
    }
    return row[b.size()];
}

std::optional<std::string> nearest_word(std::string_view word,
                                        const std::vector<std::string>& words) {
    if (word.empty() || word.size() > word_bytes_max) return {};
    std::optional<std::string> nearest;
    std::size_t nearest_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : words) {
        if (candidate.size() > word_bytes_max) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < nearest_distance) {
            nearest = candidate;
            nearest_distance = distance;
        }
    }
    return nearest;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words) {
    const auto nearest = nearest_word(word, words);
    return nearest ? fmt::format("; did you mean {}?", *nearest) : std::string();
}

std::string listed(const std::vector<std::string>& words, std::string_view joined_by) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? fmt::format(" {} ", joined_by) : ", ";
        text += words[i];
    }
    return text;
}

}  // namespace nightreel
