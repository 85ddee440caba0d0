#include "scheduler/farm/version_book.h"

#include <algorithm>

namespace nightreel {

std::vector<GivenVersion> VersionBook::versions_for(const std::vector<VersionWish>& wishes) const {
    VersionBook book = *this;  // two shots of one submission may share a place
    std::vector<GivenVersion> given;
    given.reserve(wishes.size());
    for (const VersionWish& wish : wishes) {
        const Place& place = book.places_[wish.place];
        const auto known = place.by_spec.find(wish.spec);
        const int version =
            known != place.by_spec.end() ? known->second : std::max(wish.floor, place.highest) + 1;
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
