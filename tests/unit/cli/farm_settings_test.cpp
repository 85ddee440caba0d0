#include "cli/farm/farm_settings.h"

#include <catch2/catch.hpp>

#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

ServerConfig settings(const std::string& scheduler) {
    const TemporaryFolder folder;
    const auto file = folder.path() / "farm.yaml";
    write_file_atomically(
        file, "nightreel_farm: 1\nscheduler: { state: /s, output: /o" + scheduler + " }\n");
    const CheckedFarmConfig checked =
        read_farm_config(file, environment_variable, {.scheduler = true});
    INFO(text_of(checked.diagnostics));
    REQUIRE(checked.config);
    return cli::settings_of(*checked.config->scheduler);
}

}  // namespace

TEST_CASE("a farm file without limits leaves each as it is preset", "[cli]") {
    const ServerConfig config = settings("");
    CHECK(config.limits == PeerLimits());
    CHECK(config.keep_alive == ServerConfig().keep_alive);
    const FarmPolicy preset;
    CHECK(config.policy.lease == preset.lease);
    CHECK(config.policy.lease_renewed_below == preset.lease_renewed_below);
    CHECK(config.policy.worker_silent == preset.worker_silent);
    CHECK(config.policy.worker_seen_every == preset.worker_seen_every);
    CHECK(config.policy.predecessor_silent == preset.predecessor_silent);
    CHECK(config.policy.restart_grace == preset.restart_grace);
}

TEST_CASE("every limit of a key reaches the scheduler as it stands in the farm file", "[cli]") {
    const PeerLimits limits = settings(
                                  ", limits: { keys: {"
                                  " worker: { messages: 11, bytes: 12MiB, message: 700KiB },"
                                  " view: { messages: 21, bytes: 22MiB, message: 23KiB },"
                                  " people: { messages: 31, bytes: 32MiB, message: 800KiB },"
                                  " burst: 4s, pause: 50s, connections: 6, submissions: 7,"
                                  " log_lines: 8 } }")
                                  .limits;
    PeerLimits expected;
    expected.worker = {11, 12 * PeerLimits::mebibyte, 700 * 1024};
    expected.view = {21, 22 * PeerLimits::mebibyte, 23 * 1024};
    expected.people = {31, 32 * PeerLimits::mebibyte, 800 * 1024};
    expected.burst = Millis{4'000};
    expected.pause = Millis{50'000};
    expected.connections = 6;
    expected.submissions = 7;
    expected.log_lines = 8;
    CHECK(limits == expected);
}

TEST_CASE("a silent worker keeps its task for as long as the lease of the farm file says",
          "[cli]") {
    for (const auto& [text, lease] :
         {std::pair{"15s", Millis{15'000}}, {"60s", Millis{60'000}}, {"1h", Millis{3'600'000}}}) {
        CAPTURE(text);
        const FarmPolicy policy = settings(std::string(", limits: { lease: ") + text + " }").policy;
        CHECK(policy.lease == lease);
        // It is renewed before so much of it is gone that silence would end it much sooner.
        CHECK(policy.lease_renewed_below < lease);
        CHECK(lease - policy.lease_renewed_below <= std::min(Millis{20'000}, lease / 2));
    }
}

TEST_CASE("what depends on how often workers report follows it", "[cli]") {
    const ServerConfig config =
        settings(", limits: { keep_alive: 40s, lease: 2min, worker_silent: 2min }");
    CHECK(config.keep_alive == Millis{40'000});
    CHECK(config.policy.predecessor_silent == Millis{120'000});
    CHECK(config.policy.restart_grace >= 3 * config.keep_alive);
    CHECK(settings(", limits: { worker_silent: 20s }").policy.worker_seen_every == Millis{5'000});
}

}  // namespace nightreel
