#include "plugins/key_values.h"

#include <algorithm>

namespace nightreel {
namespace {

std::string small_letters(std::string_view text) {
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](char letter) {
        return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
    });
    return small;
}

std::string_view without_edges(std::string_view text) {
    constexpr std::string_view edges = " \t\r";
    const std::size_t first = text.find_first_not_of(edges);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(edges) - first + 1);
}

}  // namespace

std::vector<KeyValues> key_values_of(std::string_view text) {
    std::vector<KeyValues> records;
    KeyValues record;
    std::string first_key;
    const auto end_record = [&] {
        if (!record.empty()) records.push_back(std::move(record));
        record.clear();
        first_key.clear();
    };
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = without_edges(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '[') end_record();
        const std::size_t equals = line.find('=');
        if (equals == std::string_view::npos) continue;
        const std::string key = small_letters(without_edges(line.substr(0, equals)));
        if (key == first_key) end_record();
        if (record.empty()) first_key = key;
        record.emplace(key, without_edges(line.substr(equals + 1)));
    }
    end_record();
    return records;
}

std::string value_of(const KeyValues& record, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        const auto found = record.find(key);
        if (found != record.end() && !found->second.empty()) return found->second;
    }
    return {};
}

}  // namespace nightreel
