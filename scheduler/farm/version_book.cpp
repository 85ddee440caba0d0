#include "scheduler/farm/version_book.h"

#include <algorithm>

namespace nightreel {

int VersionBook::Place::version_for(const VersionWish& wish) const {
    const auto known = by_spec.find(wish.spec);
    if (known != by_spec.end()) return known->second;
    const bool taken = std::any_of(by_spec.begin(), by_spec.end(), [&](const auto& entry) {
        return entry.second == wish.published;
    });
    if (wish.published > 0 && !taken) return wish.published;
    return std::max({wish.floor, wish.published, highest}) + 1;
}

std::vector<GivenVersion> VersionBook::versions_for(const std::vector<VersionWish>& wishes) const {
    VersionBook book = *this;  // two shots of one submission may share a place
    std::vector<GivenVersion> given;
    given.reserve(wishes.size());
    for (const VersionWish& wish : wishes) {
        const int version = book.places_[wish.place].version_for(wish);
        given.push_back({wish.place, wish.spec, version});
        book.note(given.back());
    }
    return given;
}

bool VersionBook::knows(const GivenVersion& given) const {
    const auto place = places_.find(given.place);
    if (place == places_.end()) return false;
    const auto known = place->second.by_spec.find(given.spec);
    return known != place->second.by_spec.end() && known->second == given.version;
}

void VersionBook::note(const GivenVersion& given) {
    Place& place = places_[given.place];
    place.by_spec[given.spec] = given.version;
    place.highest = std::max(place.highest, given.version);
}

}  // namespace nightreel
