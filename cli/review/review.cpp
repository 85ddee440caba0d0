// review: serves an output folder to the browser of this machine.
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>

#include "cli/job/run_command.h"
#include "cli/review/chosen_take.h"
#include "cli/verbs.h"
#include "scheduler/http/review_site.h"
#include "scheduler/http/server.h"
#include "shotspec/base/child.h"
#include "shotspec/base/descriptor.h"
#include "shotspec/base/disk/random_name.h"
#include "shotspec/base/error.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/stop_signal.h"
#include "shotspec/base/streams.h"

namespace nightreel::cli {
namespace {

constexpr std::int32_t port_default = 8731;

struct ReviewAsked {
    std::string output;
    std::string config;
    std::int32_t port = port_default;
    bool no_browser = false;
};

// Nothing where there is no program for it; the address was printed.
std::unique_ptr<Child> browser_at(const std::string& address) {
    const bool has_screen =
        std::getenv("DISPLAY") != nullptr || std::getenv("WAYLAND_DISPLAY") != nullptr;
    if (!has_screen) return nullptr;
    const Descriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
    try {
        return std::make_unique<Child>(
            ChildProgram{.path = program_named("xdg-open"), .arguments = {address}},
            ChildStart{.streams = {nowhere.get(), nowhere.get(), nowhere.get()}});
    } catch (const Error& error) {
        say("no browser is opened: {}\n", error.what());
        return nullptr;
    }
}

void wait_until_stopped(const StopSignal& stop) {
    pollfd wake{stop.descriptor(), POLLIN, 0};
    while (!stop.raised()) ::poll(&wake, 1, -1);
}

// One: pages of several roots would have the same addresses.
std::filesystem::path served_output(const ReviewAsked& asked, const Surroundings& surroundings) {
    if (asked.output.empty() == asked.config.empty()) {
        throw Error(ErrorKind::usage,
                    "give an output folder, or the farm whose output is meant with --config");
    }
    const auto roots =
        review_outputs({.output = asked.output, .config = asked.config}, surroundings);
    if (roots.size() == 1) return *roots.begin();
    throw Error(ErrorKind::usage,
                roots.empty() ? std::string("no night was submitted to this farm")
                              : fmt::format("jobs of this farm have {} output roots, such as {}: "
                                            "name one of them",
                                            roots.size(),
                                            roots.begin()->string()));
}

int review(const ReviewAsked& asked, const Surroundings& surroundings) {
    const StopOnSignals stop;  // before the server's thread
    const std::filesystem::path output = served_output(asked, surroundings);
    http::Server server(static_cast<std::uint16_t>(asked.port));
    const std::string token = random_name() + random_name();
    const http::SiteRules rules{.hosts = {fmt::format("127.0.0.1:{}", server.port()),
                                          fmt::format("localhost:{}", server.port())},
                                .token = token};
    http::ReviewSite site(output, rules, surroundings.clock, host_name());
    server.start([&site](const http::Request& request) { return site.answer(request); });
    const std::string address = fmt::format("http://127.0.0.1:{}/?token={}", server.port(), token);
    mention_text(address + "\n");
    say("serving {} to this machine until Ctrl-C\n", output.string());
    const auto browser = asked.no_browser ? nullptr : browser_at(address);
    wait_until_stopped(stop);
    return 0;
}

}  // namespace

Command review_command(const Surroundings& surroundings) {
    const auto asked = std::make_shared<ReviewAsked>();
    return {.name = "review",
            .meaning =
                "serve the review pages of an output folder on this machine and open a browser; "
                "verdicts and notes are written below the folder",
            .example = "nightreel review out --no-browser",
            .options = {{.names = "output",
                         .target = &asked->output,
                         .meaning = "output folder",
                         .value = "OUT"},
                        {.names = "--config",
                         .target = &asked->config,
                         .meaning = "farm configuration file: serve the output root of the farm",
                         .value = "FILE"},
                        {.names = "--port",
                         .target = &asked->port,
                         .meaning = "port on 127.0.0.1; 0: any free one",
                         .value = "PORT",
                         .shows_default = true,
                         .limits = {0, 65535}},
                        {.names = "--no-browser",
                         .target = &asked->no_browser,
                         .meaning = "only print the address"}},
            .run = [asked, &surroundings] { return review(*asked, surroundings); }};
}

}  // namespace nightreel::cli
