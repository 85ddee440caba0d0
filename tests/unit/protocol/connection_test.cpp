#include "scheduler/protocol/connection.h"

#include <catch2/catch.hpp>
#include <zmq.h>

#include "scheduler/protocol/zap_door.h"

namespace nightreel::wire {
namespace {

// A scheduler's side: guarded socket and door, answering by hand.
struct Listener {
    Listener() : door(context, allowed), socket(context, ZMQ_ROUTER) {
        socket.set_limits();
        guard(socket, keys);
        socket.bind("tcp://127.0.0.1:*");
    }

    // What arrives within the time, knocks answered meanwhile.
    std::optional<Frames> receive(int patience_ms) {
        for (int waited = 0; waited < patience_ms; waited += 10) {
            door.answer();
            if (auto frames = socket.receive()) return frames;
            zmq_pollitem_t items[] = {{socket.handle(), 0, ZMQ_POLLIN, 0},
                                      {door.socket().handle(), 0, ZMQ_POLLIN, 0}};
            zmq_poll(items, 2, 10);
        }
        return {};
    }

    KeyPair keys = make_key_pair();
    AllowList allowed;
    ZmqContext context;
    ZapDoor door;
    ZmqSocket socket;
};

// Says hello until it arrives.
std::optional<Frames> greet(Connection& connection, Listener& listener, int tries) {
    for (int i = 0; i < tries; ++i) {
        connection.send("hello");
        if (auto frames = listener.receive(20)) return frames;
    }
    return {};
}

}  // namespace

TEST_CASE("a listed key is heard as itself, and is answered", "[protocol]") {
    Listener listener;
    const KeyPair own = make_key_pair();
    listener.allowed.add(own.public_key, {"render01", Role::worker});
    Connection connection({listener.socket.bound_endpoint(), listener.keys.public_key}, own);
    const auto frames = greet(connection, listener, 200);
    REQUIRE(frames);
    CHECK(frames->user == own.public_key.text());
    REQUIRE(listener.allowed.find_user(frames->user) != nullptr);
    CHECK(listener.allowed.find_user(frames->user)->name == "render01");
    CHECK(frames->parts.back() == "hello");

    REQUIRE(listener.socket.send(std::vector<std::string>{frames->parts[0], "welcome"}));
    std::optional<std::string> answer;
    for (int i = 0; i < 200 && !answer; ++i) {
        listener.receive(10);
        answer = connection.receive();
    }
    CHECK(answer == "welcome");
}

TEST_CASE("a key that is not listed is told so, and nothing of it arrives", "[protocol]") {
    Listener listener;
    Connection connection({listener.socket.bound_endpoint(), listener.keys.public_key},
                          make_key_pair());
    for (int i = 0; i < 200 && !connection.refused(); ++i) {
        CHECK_FALSE(greet(connection, listener, 1));
    }
    REQUIRE(connection.refused());
    CHECK(connection.trouble().kind() == ErrorKind::not_allowed);
    CHECK_THAT(connection.trouble().what(), Catch::Contains("scheduler.allow"));
}

TEST_CASE("a scheduler with another key than expected is named, and gets nothing", "[protocol]") {
    Listener listener;
    const KeyPair own = make_key_pair();
    listener.allowed.add(own.public_key, {"render01", Role::worker});
    Connection connection({listener.socket.bound_endpoint(), make_key_pair().public_key}, own);
    CHECK_FALSE(greet(connection, listener, 20));
    CHECK(connection.trouble().kind() == ErrorKind::unreachable);
    CHECK_THAT(connection.trouble().what(), Catch::Contains("public key"));
}

TEST_CASE("nobody at the address is said so", "[protocol]") {
    Connection connection({"tcp://127.0.0.1:1", make_key_pair().public_key}, make_key_pair());
    CHECK_FALSE(connection.send("hello"));
    CHECK_THAT(connection.trouble().what(), Catch::Contains("no scheduler is listening"));
}

TEST_CASE("a peer without encryption is never heard", "[protocol]") {
    Listener listener;
    ZmqContext context;
    ZmqSocket plain(context, ZMQ_DEALER);
    plain.connect(listener.socket.bound_endpoint());
    plain.send(std::vector<std::string>{"hello"});
    CHECK_FALSE(listener.receive(300));
}

}  // namespace nightreel::wire
