#include "scheduler/server/translate.h"

#include <catch2/catch.hpp>

#include "tests/unit/protocol/message_samples.h"

namespace nightreel {

TEST_CASE("an attempt is the same on the wire and in the farm", "[server]") {
    const wire::Attempt attempt{7, 3, 42};
    CHECK(attempt_on_wire(attempt_from(attempt)) == attempt);
    CHECK(attempt_from(attempt).task == TaskKey{JobId{7}, 3});
}

TEST_CASE("whatever a worker says, it says for itself", "[server]") {
    const WorkerId worker{"render01"};
    for (const wire::WorkerMessage& message : wire::worker_samples()) {
        const std::optional<Command> command = command_from(message, worker);
        CHECK(command.has_value() != std::holds_alternative<wire::Goodbye>(message));
        if (!command) continue;
        std::visit(
            [&](const auto& alternative) {
                if constexpr (requires { alternative.worker; }) {
                    CHECK(alternative.worker == worker);
                } else {
                    FAIL("a worker's message became a wish of somebody else");
                }
            },
            *command);
    }
}

TEST_CASE("no role may do what a higher one is needed for, and a worker only works", "[server]") {
    using wire::Role;
    for (const wire::ClientRequest& request : wire::client_samples()) {
        const Role needed = role_needed(request);
        CHECK(may(Role::admin, needed));
        CHECK_FALSE(may(Role::worker, needed));
        CHECK(may(Role::view, needed) == (needed == Role::view));
    }
    CHECK(role_needed(wire::Cancel{}) == Role::operate);
    CHECK(role_needed(wire::SubmitBegin{}) == Role::submit);
    CHECK(role_needed(wire::CloseFarm{}) == Role::admin);
    CHECK(role_needed(wire::GetStatus{}) == Role::view);
    CHECK(role_needed(wire::AddReviews{}) == Role::approve);
    CHECK_FALSE(may(Role::operate, Role::approve));
}

TEST_CASE("a refusal keeps its kind on the way to the asker", "[server]") {
    const auto reply = reply_from(Refused{ErrorKind::not_allowed, "no"});
    CHECK(std::get<wire::Refused>(reply).kind == "not_allowed");
    CHECK(std::get<wire::Submitted>(reply_from(JobAccepted{JobId{4}, true})).known);
    CHECK(std::get<wire::Changed>(reply_from(Changed{3})).tasks == 3);
}

}  // namespace nightreel
