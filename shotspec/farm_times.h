#pragma once
// Times of a farm file that must suit each other: how often workers report, how long one may be
// silent, and how long its task may show no progress. They stand in two sections, each of which is
// read by another program; whoever reads one looks at both. Plain values, one thread.

#include "shotspec/farm_config.h"
#include "shotspec/yaml/field_reader.h"
#include "shotspec/yaml/yaml_tree.h"

namespace nightreel {

inline constexpr Millis lease_default{60'000};
inline constexpr Millis keep_alive_default{5'000};
inline constexpr Millis keep_alive_min{1'000};
inline constexpr Millis keep_alive_max{60'000};
inline constexpr int keep_alives_in_a_lease_min = 3;

// What a file says of them, before sections that are not read are taken out of it; without what
// variables say. A section that is not there says nothing of its times.
struct OtherSections {
    struct Time {
        std::optional<Millis> written;
        Place place;
    };

    std::optional<Time> lease;
    std::optional<Time> keep_alive;
    std::optional<Time> stall;
};

OtherSections times_written(const YamlNode& root);

// Complains of times that do not suit each other, where the file has written one of them.
void check_times(const FarmConfig& config,
                 const OtherSections& others,
                 const Places& places,
                 Complaints& complaints);

}  // namespace nightreel
