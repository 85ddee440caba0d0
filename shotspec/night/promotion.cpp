#include "shotspec/night/promotion.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::string_view final_word = "final";
constexpr std::string_view draft_word = "draft";

YamlNode* find_in(YamlNode& map, std::string_view key) {
    const auto found = std::ranges::find(map.entries, key, &YamlEntry::key);
    return found == map.entries.end() ? nullptr : &found->value;
}

YamlNode* list_in(YamlNode& root, std::string_view key) {
    YamlNode* node = find_in(root, key);
    return node != nullptr && node->kind == YamlNode::Kind::list ? node : nullptr;
}

// Empty where there is no such text.
std::string text_in(const YamlNode& map, std::string_view key) {
    const YamlNode* node = map.find(key);
    return node != nullptr && node->kind == YamlNode::Kind::scalar ? node->scalar : std::string();
}

YamlNode scalar(std::string_view text, const Place& place) {
    return {.kind = YamlNode::Kind::scalar, .place = place, .scalar = std::string(text)};
}

void erase(YamlNode& map, std::string_view key) {
    std::erase_if(map.entries, [&](const YamlEntry& entry) { return entry.key == key; });
}

// Instead of what stands under the key.
void set(YamlNode& map, std::string_view key, YamlNode value) {
    erase(map, key);
    const Place place = value.place;
    map.entries.push_back({std::string(key), place, std::move(value)});
}

// As the shot or the defaults have it.
bool is_final(const YamlNode& shot, const YamlNode& root) {
    std::string quality = text_in(shot, "quality");
    const YamlNode* defaults = root.find("defaults");
    if (quality.empty() && defaults != nullptr) quality = text_in(*defaults, "quality");
    return quality.empty() || quality == final_word;
}

// The same first take, in fewer steps.
YamlNode preview_of(YamlNode shot) {
    const Place place = shot.place;
    YamlNode* name = find_in(shot, "shot");
    name->scalar += preview_suffix;
    if (YamlNode* seeds = list_in(shot, "seeds"); seeds != nullptr && !seeds->items.empty()) {
        YamlNode first = seeds->items.front();
        erase(shot, "seeds");
        set(shot, "seed", std::move(first));
    }
    set(shot, "takes", scalar("1", place));
    set(shot, "quality", scalar(draft_word, place));
    return shot;
}

}  // namespace

void keep_promoted(YamlNode& root, Complaints& complaints) {
    YamlNode* promoted = list_in(root, "promote");
    YamlNode* shots = list_in(root, "shots");
    if (promoted == nullptr || shots == nullptr) return;
    const auto named = [](const YamlNode& list, const std::string& name) {
        return std::ranges::find_if(list.items, [&](const YamlNode& one) {
            return !name.empty() && text_in(one, "shot") == name;
        });
    };
    for (std::size_t i = 0; i < promoted->items.size(); ++i) {
        const YamlNode& wanted = promoted->items[i];
        const std::string name = text_in(wanted, "shot");
        if (name.empty() || named(*shots, name) != shots->items.end()) continue;
        complaints.add(wanted.place,
                       fmt::format("promote[{}].shot", i),
                       fmt::format("the night has no shot {}", name));
    }
    std::erase_if(shots->items, [&](const YamlNode& shot) {
        return named(*promoted, text_in(shot, "shot")) == promoted->items.end();
    });
    for (YamlNode& shot : shots->items) {
        const YamlNode& wanted = *named(*promoted, text_in(shot, "shot"));
        erase(shot, "seed");
        erase(shot, "takes");
        if (const YamlNode* seeds = wanted.find("seeds")) set(shot, "seeds", *seeds);
        set(shot, "quality", scalar(final_word, wanted.place));
    }
}

std::size_t add_previews(YamlNode& root) {
    YamlNode* shots = list_in(root, "shots");
    if (shots == nullptr || text_in(root, "preview") != "true") return 0;
    if (root.find("promote") != nullptr) return 0;
    std::vector<YamlNode> all;
    for (const YamlNode& shot : shots->items) {
        if (text_in(shot, "shot").empty() || !is_final(shot, root)) continue;
        all.push_back(preview_of(shot));
    }
    const std::size_t previews = all.size();
    std::ranges::move(shots->items, std::back_inserter(all));
    shots->items = std::move(all);
    return previews;
}

}  // namespace nightreel
