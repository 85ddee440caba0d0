#include "shotspec/farm_config.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <set>

#include <fmt/format.h>

#include "shotspec/base/hex.h"
#include "shotspec/describe/text_form.h"
#include "shotspec/farm_times.h"
#include "shotspec/night/read_night.h"
#include "shotspec/yaml/field_reader.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr Millis stall_min{10'000};
constexpr std::size_t outputs_max = 16;

bool is_key(std::string_view text) {
    std::array<std::uint8_t, 32> key{};
    return read_hex(text, key);
}

bool is_port(std::string_view text) {
    std::int32_t port = 0;
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
    return fault == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

// Complaints that the description alone cannot make, and paths made absolute.
class FarmConfigFinisher {
  public:
    FarmConfigFinisher(FarmConfig& config, const Places& places, Complaints& complaints)
        : config_(config), places_(places), complaints_(complaints) {
        folder_ = fs::absolute(fs::path(complaints.files().front())).parent_path();
    }

    void finish() {
        make_absolute(config_.keys);
        if (config_.scheduler) finish(*config_.scheduler);
        if (config_.worker) finish(*config_.worker);
        if (config_.client) finish(*config_.client);
        if (config_.managers) finish(*config_.managers);
    }

  private:
    void complain(const std::string& path, std::string message) {
        complaints_.add(places_.of(path), path, std::move(message));
    }

    // A missing value has been reported already.
    void check_text(const std::string& path,
                    std::string_view value,
                    bool holds,
                    std::string_view expected) {
        if (holds || !places_.has(path)) return;
        complain(path, fmt::format("invalid value '{}': expected {}", value, expected));
    }

    void make_absolute(std::string& path) { path = (folder_ / path).lexically_normal().string(); }

    void finish(SchedulerSection& scheduler) {
        check_endpoint("scheduler.endpoint", scheduler.endpoint);
        make_absolute(scheduler.state);
        finish(scheduler.output);
        if (scheduler.store) make_absolute(*scheduler.store);
        check_key_limits("scheduler.limits.keys", scheduler.limits.keys);
        if (!scheduler.key_file) scheduler.key_file = config_.keys + "/scheduler.key";
        make_absolute(*scheduler.key_file);
        std::set<std::string> names;
        std::set<std::string> keys;
        for (std::size_t i = 0; i < scheduler.allow.size(); ++i) {
            const AllowedKey& allowed = scheduler.allow[i];
            const std::string path = fmt::format("scheduler.allow[{}]", i);
            check_text(path + ".name",
                       allowed.name,
                       is_legal_name(allowed.name),
                       "a name of 1 to 64 characters a-z A-Z 0-9 . _ - that begins with a letter "
                       "or digit");
            check_text(path + ".key",
                       allowed.key,
                       is_key(allowed.key),
                       "a public key of 64 hexadecimal digits (0-9, a-f)");
            if (!names.insert(allowed.name).second) {
                complain(
                    path + ".name",
                    allowed.name +
                        " is already in the list; give each worker and person a name of its own");
            }
            if (!keys.insert(allowed.key).second) {
                complain(path + ".key",
                         "this key is already in the list; create one key per worker and person");
            }
        }
    }

    void finish(std::vector<OutputRoot>& outputs) {
        std::set<std::string> paths;
        for (std::size_t i = 0; i < outputs.size(); ++i) {
            make_absolute(outputs[i].path);
            if (outputs[i].path.size() > 1 && outputs[i].path.back() == '/') {
                outputs[i].path.pop_back();
            }
            if (paths.insert(outputs[i].path).second) continue;
            complain(fmt::format("scheduler.output[{}]", i),
                     outputs[i].path + " is already in the list");
        }
        check_text("scheduler.output",
                   fmt::format("{} paths", outputs.size()),
                   places_.is_wrong("scheduler.output") ||
                       (!outputs.empty() && outputs.size() <= outputs_max),
                   fmt::format("a path or a list of 1 to {} paths", outputs_max));
    }

    void check_time(const std::string& path,
                    const std::optional<Millis>& value,
                    Millis least,
                    Millis most) {
        if (!value) return;
        check_text(path,
                   TextForm<Millis>::write(*value),
                   *value >= least && *value <= most,
                   fmt::format("a time from {} to {}",
                               TextForm<Millis>::write(least),
                               TextForm<Millis>::write(most)));
    }

    void check_role_limits(const std::string& path, const RoleLimits& limits, ByteCount least) {
        if (limits.message) {
            check_text(path + ".message",
                       TextForm<ByteCount>::write(*limits.message),
                       *limits.message >= least && *limits.message <= message_max,
                       fmt::format("a size from {} to {}",
                                   TextForm<ByteCount>::write(least),
                                   TextForm<ByteCount>::write(message_max)));
        }
        if (limits.bytes) {
            check_text(path + ".bytes",
                       TextForm<ByteCount>::write(*limits.bytes),
                       *limits.bytes >= message_max,
                       fmt::format("{} or more", TextForm<ByteCount>::write(message_max)));
        }
    }

    void check_key_limits(const std::string& path, const KeyLimits& limits) {
        // What programs send: pieces of a submission and results with the end of their log.
        constexpr ByteCount of_programs{640 * 1024};
        check_role_limits(path + ".worker", limits.worker, of_programs);
        check_role_limits(path + ".people", limits.people, of_programs);
        check_role_limits(path + ".view", limits.view, ByteCount{4 * 1024});
        check_time(path + ".burst", limits.burst, Millis{1'000}, Millis{60'000});
        check_time(path + ".pause", limits.pause, Millis{1'000}, Millis{600'000});
    }

    void finish(WorkerSection& worker) {
        check_endpoint("worker.scheduler", worker.scheduler);
        check_text("worker.scheduler_key",
                   worker.scheduler_key,
                   is_key(worker.scheduler_key),
                   "a public key of 64 hexadecimal digits (0-9, a-f)");
        check_text("worker.device",
                   worker.device,
                   is_device_name(worker.device),
                   "auto, cpu or a device such as cuda:0");
        check_text(
            "worker.stall",
            TextForm<Millis>::write(worker.stall),
            worker.stall >= stall_min,
            fmt::format("{} or longer: a renderer at work shows progress about once a second",
                        TextForm<Millis>::write(stall_min)));
        make_absolute(worker.store);
        if (worker.output) make_absolute(*worker.output);
        for (auto& [path, own] : worker.outputs) {
            check_text("worker.outputs." + path,
                       path,
                       fs::path(path).is_absolute(),
                       "an absolute path, as in scheduler.output");
            make_absolute(own);
        }
        make_absolute(worker.state);
        if (!worker.key_file) worker.key_file = config_.keys + "/worker.key";
        make_absolute(*worker.key_file);
        for (std::string& root : worker.models) make_absolute(root);
    }

    void finish(ClientSection& client) {
        if (client.scheduler) check_endpoint("client.scheduler", *client.scheduler);
        if (client.scheduler_key) {
            check_text("client.scheduler_key",
                       *client.scheduler_key,
                       is_key(*client.scheduler_key),
                       "a public key of 64 hexadecimal digits (0-9, a-f)");
        }
        if (!client.key_file) client.key_file = config_.keys + "/operator.key";
        make_absolute(*client.key_file);
    }

    void finish(ManagersSection& managers) {
        check_text("managers.device",
                   managers.device,
                   is_device_name(managers.device),
                   "auto, cpu or a device such as cuda:0");
        if (managers.program) make_absolute(*managers.program);
        for (std::string& root : managers.models) make_absolute(root);
    }

    void check_endpoint(const std::string& path, const std::string& endpoint) {
        const std::size_t colon = endpoint.rfind(':');
        const bool has_host = colon != std::string::npos && colon > 6;
        check_text(path,
                   endpoint,
                   endpoint.starts_with("tcp://") && has_host &&
                       is_port(std::string_view(endpoint).substr(colon + 1)),
                   "an address with a port from 1 to 65535, such as tcp://host:7411");
    }

    static constexpr ByteCount message_max{1024 * 1024};

    FarmConfig& config_;
    const Places& places_;
    Complaints& complaints_;
    fs::path folder_;
};

YamlEntry* find_entry(YamlNode& map, std::string_view key) {
    const auto found = std::find_if(map.entries.begin(), map.entries.end(), [&](const auto& entry) {
        return entry.key == key;
    });
    return found == map.entries.end() ? nullptr : &*found;
}

void remove_entry(YamlNode& map, std::string_view key) {
    std::erase_if(map.entries, [&](const YamlEntry& entry) { return entry.key == key; });
}

// Puts the scheduler's address and key, where `client` has none, from `worker` into it. The
// scheduler's own section is left for a file that has neither.
void gather_client(YamlNode& root) {
    if (find_entry(root, "client") == nullptr) {
        YamlEntry entry{"client", root.place, {}};
        entry.value.kind = YamlNode::Kind::map;
        entry.value.place = root.place;
        root.entries.push_back(std::move(entry));
    }
    YamlNode& client = find_entry(root, "client")->value;
    if (client.kind != YamlNode::Kind::map) return;  // is reported when it is read
    const YamlEntry* worker = find_entry(root, "worker");
    for (const char* key : {"scheduler", "scheduler_key"}) {
        if (worker == nullptr || find_entry(client, key) != nullptr) continue;
        for (const YamlEntry& entry : worker->value.entries) {
            if (entry.key == key) client.entries.push_back(entry);
        }
    }
}

bool has_unset_variable(std::string_view text, const VariableLookup& variable) {
    for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
        const std::size_t end = std::min(text.find('}', at), text.size());
        if (!variable || !variable(std::string(text.substr(at + 2, end - at - 2)))) return true;
        at = end;
    }
    return false;
}

// Puts the store, where `scheduler` has none, from `worker` into it, if the path can be told here.
void gather_store(YamlNode& root, const VariableLookup& variable) {
    YamlEntry* scheduler = find_entry(root, "scheduler");
    const YamlEntry* worker = find_entry(root, "worker");
    if (scheduler == nullptr || scheduler->value.kind != YamlNode::Kind::map) return;
    if (worker == nullptr || find_entry(scheduler->value, "store") != nullptr) return;
    for (const YamlEntry& entry : worker->value.entries) {
        if (entry.key != "store" || entry.value.kind != YamlNode::Kind::scalar) continue;
        if (!has_unset_variable(entry.value.scalar, variable)) {
            scheduler->value.entries.push_back(entry);
        }
    }
}

// Leaves in the tree what `readers` read.
void keep_read_sections(YamlNode& root,
                        const FarmReaders& readers,
                        const VariableLookup& variable) {
    if (root.kind != YamlNode::Kind::map) return;
    if (readers.scheduler) gather_store(root, variable);
    bool finds_scheduler = false;
    if (readers.client) {
        gather_client(root);
        finds_scheduler = find_entry(root, "client")->value.find("scheduler_key") != nullptr;
    } else {
        remove_entry(root, "client");
    }
    if (!readers.worker) remove_entry(root, "worker");
    if (!readers.managers) remove_entry(root, "managers");
    if (!readers.scheduler && (finds_scheduler || !readers.client)) remove_entry(root, "scheduler");
}

}  // namespace

bool is_device_name(std::string_view text) {
    if (text == "auto" || text == "cpu") return true;
    constexpr std::string_view cuda = "cuda:";
    if (!text.starts_with(cuda)) return false;
    const std::string_view index = text.substr(cuda.size());
    return !index.empty() && index.size() <= 3 &&
           index.find_first_not_of("0123456789") == std::string_view::npos;
}

CheckedFarmConfig read_farm_config(const fs::path& path,
                                   const VariableLookup& variable,
                                   const FarmReaders& readers) {
    Complaints complaints;
    Places places;
    FarmConfig config;
    OtherSections written;
    const auto prepare = [&](YamlNode& tree) {
        written = times_written(tree);
        keep_read_sections(tree, readers, variable);
    };
    const YamlNode root = load_single_document({path, {}, variable}, complaints, prepare);
    const bool is_read =
        root.kind != YamlNode::Kind::nothing &&
        is_read_version(root, "nightreel_farm", farm_config_version, "farm files", complaints);
    if (is_read) {
        ReadContext context{complaints, places};
        read_fields(root, config, context);
        FarmConfigFinisher(config, places, complaints).finish();
        check_times(config, written, places, complaints);
    }
    CheckedFarmConfig checked;
    checked.diagnostics = complaints.sorted();
    if (!complaints.has_errors()) checked.config = std::move(config);
    return checked;
}

}  // namespace nightreel
