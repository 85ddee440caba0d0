// Bytes from the network, of any kind, to all four message sets. Law: refused with an Error, or
// understood and said again without change; never a crash. What is refused can be told.

#include <cstdint>
#include <cstdlib>
#include <string>

#include "scheduler/protocol/codec.h"
#include "scheduler/protocol/refusal.h"
#include "shotspec/base/error.h"

namespace {

template <class Messages>
void take(std::span<const std::byte> bytes) {
    namespace wire = nightreel::wire;
    wire::Received<Messages> received;
    try {
        received = wire::decode<Messages>(bytes);
    } catch (const nightreel::Error& error) {
        wire::encode(wire::ServerReply(wire::refusal_of(error)));  // always fits
        return;
    }
    const std::string again = wire::encode(received.message, received.request);
    if (wire::encode(wire::decode<Messages>(again).message, received.request) != again)
        std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    namespace wire = nightreel::wire;
    const auto bytes = std::as_bytes(std::span(data, size));
    take<wire::WorkerMessage>(bytes);
    take<wire::SchedulerMessage>(bytes);
    take<wire::ClientRequest>(bytes);
    take<wire::ServerReply>(bytes);
    return 0;
}
