#pragma once
// One value on its way in from a YAML tree: where it stands, what is known of its field, and whom
// to complain to. One thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "shotspec/describe/fields.h"
#include "shotspec/yaml/diagnostic.h"
#include "shotspec/yaml/yaml_tree.h"

namespace nightreel {

// Where each value was written, by path ("shots[1].size"), for complaints made after reading.
class Places {
  public:
    void add(const std::string& path, const Place& place) { places_.emplace(path, place); }

    // Of the path, or of the nearest thing around it.
    Place of(std::string_view path) const;

    bool has(const std::string& path) const { return places_.contains(path); }

    // There and not complained of by the reader: only then a further look is worth it.
    bool is_right(const std::string& path) const { return has(path) && !wrong_.contains(path); }

    // Complained of by the reader: wrong, or left out although it is required.
    bool is_wrong(const std::string& path) const { return wrong_.contains(path); }

    void mark_wrong(const std::string& path) { wrong_.insert(path); }

  private:
    std::unordered_map<std::string, Place> places_;
    std::unordered_set<std::string> wrong_;
};

struct ReadContext {
    Complaints& complaints;
    Places& places;
};

namespace fields_yaml {

// One value on its way in.
struct Spot {
    const YamlNode& node;
    const std::string& path;
    const FieldInfo& info;
    ReadContext& context;
    bool is_prose = false;

    void complain(std::string message) const {
        context.places.mark_wrong(path);
        context.complaints.add(node.place, path, std::move(message));
    }

    // What is legal and most likely not meant.
    void warn(std::string message) const {
        context.complaints.warn(node.place, path, std::move(message));
    }

    // "expected a list, not 12"
    bool refuse(std::string_view expected) const;  // false, for the caller to return
};

struct IntegerLimits {
    std::int64_t least = 0;
    std::uint64_t most = 0;  // above zero always
};

std::optional<bool> read_bool(const Spot& spot);
std::optional<double> read_number(const Spot& spot);
std::optional<std::string> read_text(const Spot& spot);
// The two's complement of a negative number; the caller narrows it to a type with these limits.
std::optional<std::uint64_t> read_integer(const Spot& spot, IntegerLimits limits);
bool is_within(const Spot& spot, double value);

}  // namespace fields_yaml
}  // namespace nightreel
