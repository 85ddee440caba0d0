#pragma once
// Which version each shot of a submission is published as. The number depends on what is published
// there, under which specification: the same specification has the same number for ever, another
// one the next. Numbers are given before a night is planned, so that an edited night does not meet
// the one that still runs. What was published before this scheduler kept its book is believed,
// unless it has given that number to another specification. A submission that never arrives leaves
// a gap, which is allowed. Pure.

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// A shot that asks for its version. Who shares a place counts on: `place` is the output folder and
// the file prefix, without the version.
struct VersionWish {
    std::string place;
    Digest spec;        // of the resolved shot and its model
    int floor = 0;      // the highest number that the submitter sees on disk; 0: none
    int published = 0;  // the number under which this very specification lies there; 0: none
};

struct GivenVersion {
    std::string place;
    Digest spec;
    int version = 1;

    friend bool operator==(const GivenVersion&, const GivenVersion&) = default;
};

template <class Visitor>
void describe(GivenVersion& value, Visitor& field) {
    field("place", value.place, {.meaning = "Output folder and file prefix, without the version."});
    field("spec", value.spec, {.meaning = "Digest of the resolved shot and its model."});
    field("version", value.version, {.meaning = "Version number."});
}

class VersionBook {
  public:
    // The number of each wish, in their order.
    std::vector<GivenVersion> versions_for(const std::vector<VersionWish>& wishes) const;
    bool knows(const GivenVersion& given) const;
    void note(const GivenVersion& given);

    friend bool operator==(const VersionBook&, const VersionBook&) = default;

  private:
    struct Place {
        std::map<Digest, int> by_spec;
        int highest = 0;

        int version_for(const VersionWish& wish) const;

        friend bool operator==(const Place&, const Place&) = default;
    };

    std::map<std::string, Place> places_;
};

}  // namespace nightreel
