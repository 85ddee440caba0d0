#include "plugins/unit_arrays.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

namespace nightreel {
namespace {

// By which numbers units of different stages are partners.
enum class Numbering {
    members,  // their own: takes through the job, or shots
    needs,    // that of the last unit they need; several takes of a shot are in several arrays
};

class ArrayCut {
  public:
    ArrayCut(const ManagerJob& job, std::int64_t numbers_end, Numbering numbering)
        : job_(job), numbers_end_(numbers_end), numbering_(numbering), places_(job.units.size()) {
        for (const Unit& unit : job.units) {
            for (const std::uint32_t need : unit.needs) ++dependants_[{need, unit.stage}];
        }
        for (std::uint32_t at = 0; at < job.units.size(); ++at) add(at);
        for (UnitArray& array : arrays_) {
            std::ranges::sort(array.members, {}, &ArrayMember::number);
        }
        for (UnitArray& array : arrays_) {
            for (ArrayWait& wait : array.waits) {
                if (wait.members == arrays_[wait.array].numbers()) wait.members.clear();
            }
        }
    }

    std::vector<UnitArray> take() { return std::move(arrays_); }

  private:
    struct Place {
        std::int64_t number = 0;  // not yet cut at numbers_end_
        std::int64_t lane = 0;    // tells units of a stage with one number apart
        std::size_t array = 0;
    };

    void add(std::uint32_t at) {
        const Unit& unit = job_.units[at];
        Place& place = places_[at];
        const bool by_need = numbering_ == Numbering::needs && !unit.needs.empty();
        const Place like = by_need ? places_[unit.needs.back()] : Place{.number = unit.member};
        place.number = like.number;
        place.lane = like.lane;
        if (taken_.contains({unit.stage, place.number, place.lane})) {
            place.lane = 0;
            while (taken_.contains({unit.stage, place.number, place.lane})) ++place.lane;
        }
        taken_.insert({unit.stage, place.number, place.lane});
        Key key{unit.stage, place.number / numbers_end_, place.lane, waits_of(unit, place)};
        const auto [found, is_new] = array_of_.emplace(std::move(key), arrays_.size());
        if (is_new) {
            const int count = ++arrays_of_stage_[unit.stage];
            arrays_.push_back(
                {.name = count == 1 ? unit.stage : fmt::format("{}-{}", unit.stage, count),
                 .members = {},
                 .waits = std::get<3>(found->first)});
        }
        place.array = found->second;
        arrays_[place.array].members.push_back({place.number % numbers_end_, &unit});
    }

    std::vector<ArrayWait> waits_of(const Unit& unit, const Place& place) const {
        std::map<std::size_t, std::vector<std::uint32_t>> needed;
        std::map<std::size_t, std::vector<std::uint32_t>> ended;
        for (const std::uint32_t need : unit.needs) needed[places_[need].array].push_back(need);
        for (const std::uint32_t other : unit.after) ended[places_[other].array].push_back(other);
        std::vector<ArrayWait> waits;
        for (const auto& [array, others] : needed) {
            const std::vector<std::int64_t> members = numbers_of(others);
            // Where takes share a unit by their own numbers, one of them would be its partner by
            // chance, and alone in an array.
            const bool is_partner = members == std::vector{place.number % numbers_end_} &&
                                    (numbering_ == Numbering::needs ||
                                     dependants_.at({others.front(), unit.stage}) == 1);
            waits.push_back(is_partner ? ArrayWait{array, ArrayWaitsFor::partners, {}}
                                       : ArrayWait{array, ArrayWaitsFor::results, members});
        }
        for (const auto& [array, others] : ended) {
            waits.push_back({array, ArrayWaitsFor::ends, numbers_of(others)});
        }
        return waits;
    }

    std::vector<std::int64_t> numbers_of(const std::vector<std::uint32_t>& units) const {
        std::vector<std::int64_t> numbers;
        for (const std::uint32_t unit : units) {
            numbers.push_back(places_[unit].number % numbers_end_);
        }
        std::ranges::sort(numbers);
        return numbers;
    }

    using Key = std::tuple<std::string, std::int64_t, std::int64_t, std::vector<ArrayWait>>;

    const ManagerJob& job_;
    const std::int64_t numbers_end_;
    const Numbering numbering_;
    std::vector<Place> places_;  // by index of the unit
    std::map<std::pair<std::uint32_t, std::string>, int> dependants_;
    std::set<std::tuple<std::string, std::int64_t, std::int64_t>> taken_;
    std::map<Key, std::size_t> array_of_;
    std::map<std::string, int> arrays_of_stage_;
    std::vector<UnitArray> arrays_;
};

}  // namespace

std::vector<std::int64_t> UnitArray::numbers() const {
    std::vector<std::int64_t> numbers;
    for (const ArrayMember& member : members) numbers.push_back(member.number);
    return numbers;
}

std::vector<const Unit*> UnitArray::units() const {
    std::vector<const Unit*> units;
    for (const ArrayMember& member : members) units.push_back(member.unit);
    return units;
}

// Many shots with few takes make few arrays when numbered by need, few shots with many takes when
// by member: never more than about the square root of the takes a stage.
std::vector<UnitArray> unit_arrays_of(const ManagerJob& job, std::int64_t numbers_end) {
    std::vector<UnitArray> by_member = ArrayCut(job, numbers_end, Numbering::members).take();
    std::vector<UnitArray> by_need = ArrayCut(job, numbers_end, Numbering::needs).take();
    return by_need.size() < by_member.size() ? by_need : by_member;
}

}  // namespace nightreel
