#include "shotspec/farm_times.h"

#include <fmt/format.h>

#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

using Time = OtherSections::Time;

std::string text_of_time(Millis time) {
    return TextForm<Millis>::write(time);
}

const YamlNode* node_at(const YamlNode& root, std::initializer_list<std::string_view> path) {
    const YamlNode* node = &root;
    for (const std::string_view key : path) {
        if (node == nullptr || node->kind != YamlNode::Kind::map) return nullptr;
        node = node->find(key);
    }
    return node;
}

// Nothing when the section is not there.
std::optional<Time> time_at(const YamlNode& root,
                            std::string_view section,
                            std::initializer_list<std::string_view> path) {
    if (root.kind != YamlNode::Kind::map || root.find(section) == nullptr) return {};
    const YamlNode* node = node_at(root, path);
    if (node == nullptr || node->kind != YamlNode::Kind::scalar) return Time{};
    return Time{TextForm<Millis>::read(node->scalar), node->place};
}

// As the reader read it; where it did not read the section, as it stands there.
struct Known {
    Millis value{0};
    bool is_there = false;    // its section is
    bool is_written = false;  // and not left to its default
    std::optional<Place> place = {};
    std::string path = {};
};

class TimesCheck {
  public:
    TimesCheck(const FarmConfig& config,
               const OtherSections& others,
               const Places& places,
               Complaints& complaints)
        : places_(places), complaints_(complaints) {
        const auto* scheduler = config.scheduler ? &*config.scheduler : nullptr;
        const auto* worker = config.worker ? &*config.worker : nullptr;
        lease_ = known("scheduler.limits.lease", others.lease, lease_default);
        keep_alive_ = known("scheduler.limits.keep_alive", others.keep_alive, keep_alive_default);
        stall_ = known("worker.stall", others.stall, WorkerSection{}.stall);
        if (scheduler != nullptr) {
            lease_.value = scheduler->limits.lease.value_or(lease_default);
            keep_alive_.value = scheduler->limits.keep_alive.value_or(keep_alive_default);
        }
        if (worker != nullptr) stall_.value = worker->stall;
    }

    void check_lease() {
        if (!lease_.is_there || lease_.value >= keep_alives_in_a_lease_min * keep_alive_.value) {
            return;
        }
        complain({&lease_, &keep_alive_},
                 fmt::format("lease must be at least {} times keep_alive, or a lost message costs "
                             "a worker its task: set lease to {} or longer",
                             keep_alives_in_a_lease_min,
                             text_of_time(keep_alives_in_a_lease_min * keep_alive_.value)));
    }

    void check_stall() {
        if (!lease_.is_there || !stall_.is_there || stall_.value >= lease_.value) return;
        complain({&stall_, &lease_},
                 fmt::format("stall must not be shorter than lease, or a disk that hangs for less "
                             "than a lease fails tasks: set worker.stall to {} or longer",
                             text_of_time(lease_.value)));
    }

    void check_silence(const FarmLimits& limits) {
        const std::string path = "scheduler.limits.worker_silent";
        if (!limits.worker_silent || !places_.is_right(path)) return;
        if (*limits.worker_silent >= keep_alives_in_a_lease_min * keep_alive_.value) return;
        complaints_.add(places_.of(path),
                        path,
                        fmt::format("worker_silent is {}, keep_alive {}: worker_silent must be at "
                                    "least {} times keep_alive",
                                    text_of_time(*limits.worker_silent),
                                    text_of_time(keep_alive_.value),
                                    keep_alives_in_a_lease_min));
    }

    void check_range(const FarmLimits& limits) {
        const std::string path = "scheduler.limits.keep_alive";
        const Millis value = limits.keep_alive.value_or(keep_alive_default);
        if (value >= keep_alive_min && value <= keep_alive_max) return;
        complaints_.add(places_.of(path),
                        path,
                        fmt::format("invalid value '{}': expected a time from {} to {}",
                                    text_of_time(value),
                                    text_of_time(keep_alive_min),
                                    text_of_time(keep_alive_max)));
    }

  private:
    Known known(const std::string& path, const std::optional<Time>& other, Millis preset) const {
        if (!other) return {.value = preset, .path = path};
        return {.value = other->written.value_or(preset),
                .is_there = true,
                .is_written = other->written.has_value() || places_.is_right(path),
                .place = other->written ? std::optional(other->place) : std::nullopt,
                .path = path};
    }

    // At the first of these that is written: there it can be mended.
    void complain(std::initializer_list<const Known*> concerned, const std::string& rule) {
        for (const Known* time : concerned) {
            if (!time->is_written) continue;
            complaints_.add(time->place.value_or(places_.of(time->path)),
                            time->path,
                            fmt::format("keep_alive is {}, lease {}, stall {}: {}",
                                        text_of_time(keep_alive_.value),
                                        text_of_time(lease_.value),
                                        text_of_time(stall_.value),
                                        rule));
            return;
        }
    }

    const Places& places_;
    Complaints& complaints_;
    Known lease_;
    Known keep_alive_;
    Known stall_;
};

}  // namespace

OtherSections times_written(const YamlNode& root) {
    return {time_at(root, "scheduler", {"scheduler", "limits", "lease"}),
            time_at(root, "scheduler", {"scheduler", "limits", "keep_alive"}),
            time_at(root, "worker", {"worker", "stall"})};
}

void check_times(const FarmConfig& config,
                 const OtherSections& others,
                 const Places& places,
                 Complaints& complaints) {
    for (const char* path :
         {"scheduler.limits.lease", "scheduler.limits.keep_alive", "worker.stall"}) {
        if (places.is_wrong(path)) return;
    }
    if (!config.scheduler && !config.worker) return;  // a client waits for none of them
    TimesCheck check(config, others, places, complaints);
    check.check_lease();
    check.check_stall();
    if (!config.scheduler) return;
    check.check_range(config.scheduler->limits);
    check.check_silence(config.scheduler->limits);
}

}  // namespace nightreel
