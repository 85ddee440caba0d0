#include "scheduler/protocol/codec.h"

#include <type_traits>
#include <variant>

#include <fmt/format.h>

#include "scheduler/protocol/cbor_shape.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel::wire {
namespace {

template <class Messages, std::size_t index = 0>
bool is_one_of(const std::string& name) {
    if constexpr (index < std::variant_size_v<Messages>) {
        return name == std::variant_alternative_t<index, Messages>::name ||
               is_one_of<Messages, index + 1>(name);
    }
    return false;
}

template <class Messages>
[[noreturn]] void refuse_name(const std::string& name) {
    if (std::is_same_v<Messages, ClientRequest> && is_one_of<WorkerMessage>(name)) {
        throw WrongSide(ErrorKind::not_allowed,
                        "a worker requires a key with the role worker (scheduler.allow)");
    }
    if (std::is_same_v<Messages, WorkerMessage> && is_one_of<ClientRequest>(name)) {
        throw WrongSide(ErrorKind::not_allowed,
                        "this command requires a key of a person or script (scheduler.allow)");
    }
    throw Error(ErrorKind::bad_input, fmt::format("unknown message \"{}\"", name));
}

template <class Messages, std::size_t index = 0>
Messages read_named(const std::string& name, const Json& body) {
    if constexpr (index < std::variant_size_v<Messages>) {
        using Message = std::variant_alternative_t<index, Messages>;
        if (name == Message::name) return from_json_value<Message>(body, name);
        return read_named<Messages, index + 1>(name, body);
    } else {
        refuse_name<Messages>(name);
    }
}

const Json& member(const Json& envelope, const char* name) {
    const auto found = envelope.find(name);
    if (found == envelope.end()) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("malformed message: \"{}\" is missing", name));
    }
    return *found;
}

}  // namespace

template <class Messages>
std::string encode(const Messages& message, std::uint64_t request) {
    Json envelope;
    envelope["protocol"] = protocol_version;
    std::visit(
        [&](const auto& alternative) {
            envelope["message"] = alternative.name;
            envelope["request"] = request;
            envelope["body"] = to_json_value(alternative);
        },
        message);
    if (envelope["body"].is_null()) envelope["body"] = Json::object();
    std::string bytes;
    Json::to_cbor(envelope, bytes);
    if (bytes.size() > message_bytes_max) {
        throw Error(ErrorKind::internal,
                    fmt::format("message \"{}\" has {} bytes, the limit is {}",
                                envelope["message"].get<std::string>(),
                                bytes.size(),
                                message_bytes_max));
    }
    return bytes;
}

template <class Messages>
Received<Messages> decode(std::span<const std::byte> bytes) {
    if (bytes.size() > message_bytes_max) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("message of {} bytes, the limit is {}", bytes.size(), message_bytes_max));
    }
    check_cbor_shape(bytes);
    const auto* start = reinterpret_cast<const std::uint8_t*>(bytes.data());
    const Json envelope = Json::from_cbor(start, start + bytes.size(), true, false);
    if (!envelope.is_object())
        throw Error(ErrorKind::bad_input, "malformed message: not an object");
    const auto version = from_json_value<std::uint64_t>(member(envelope, "protocol"), "protocol");
    const auto name = from_json_value<std::string>(member(envelope, "message"), "message");
    if (version != protocol_version && name != Refused::name) {
        throw Error(ErrorKind::not_allowed,
                    fmt::format("protocol version {} on the other side, {} here: install the same "
                                "release of Nightreel on both",
                                version,
                                protocol_version));
    }
    return {read_named<Messages>(name, member(envelope, "body")),
            from_json_value<std::uint64_t>(member(envelope, "request"), "request")};
}

template std::string encode(const WorkerMessage&, std::uint64_t);
template std::string encode(const SchedulerMessage&, std::uint64_t);
template std::string encode(const ClientRequest&, std::uint64_t);
template std::string encode(const ServerReply&, std::uint64_t);
template Received<WorkerMessage> decode(std::span<const std::byte>);
template Received<SchedulerMessage> decode(std::span<const std::byte>);
template Received<ClientRequest> decode(std::span<const std::byte>);
template Received<ServerReply> decode(std::span<const std::byte>);

}  // namespace nightreel::wire
