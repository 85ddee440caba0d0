#include "scheduler/protocol/zap_door.h"

#include <algorithm>
#include <string>
#include <vector>

#include <zmq.h>

namespace nightreel::wire {
namespace {

// Frames of a ZAP 1.0 request.
enum Frame : std::size_t { version, request_id, domain, address, identity, mechanism, credential };

// The text of the key that knocks; empty when there is none.
std::string user_behind(const std::vector<std::string>& frames) {
    PublicKey key;
    if (frames.size() != credential + 1 || frames[mechanism] != "CURVE" ||
        frames[credential].size() != key.bytes.size()) {
        return {};
    }
    std::transform(
        frames[credential].begin(), frames[credential].end(), key.bytes.begin(), [](char byte) {
            return static_cast<std::uint8_t>(byte);
        });
    return key.text();
}

}  // namespace

ZapDoor::ZapDoor(ZmqContext& context, const AllowList& allowed)
    : allowed_(allowed), socket_(context, ZMQ_REP) {
    socket_.bind("inproc://zeromq.zap.01");
}

int ZapDoor::answer(const std::function<bool(const Peer&)>& lets_in) {
    int refused = 0;
    while (const auto request = socket_.receive()) {
        const std::string user = user_behind(request->parts);
        const Peer* const peer = allowed_.find_user(user);
        const bool known = peer != nullptr;
        const bool later = known && lets_in && !lets_in(*peer);
        const std::string id = request->parts.size() > request_id ? request->parts[request_id] : "";
        refused += known ? 0 : 1;
        // The user id is the key, not the name, which may be given another key while this
        // connection lasts.
        const std::vector<std::string> reply{"1.0",
                                             id,
                                             later ? "300" : (known ? "200" : "400"),
                                             known ? "" : "this key is not in scheduler.allow",
                                             known ? user : "",
                                             ""};
        socket_.send(reply);
    }
    return refused;
}

void guard(ZmqSocket& socket, const KeyPair& keys) {
    socket.set(ZMQ_CURVE_SERVER, 1);
    socket.set(ZMQ_CURVE_SECRETKEY, keys.secret);
    socket.set(ZMQ_ZAP_DOMAIN, std::string("nightreel"));
}

}  // namespace nightreel::wire
