#include <set>

#include <catch2/catch.hpp>

#include "scheduler/protocol/cbor_shape.h"
#include "shotspec/base/error.h"
#include "shotspec/base/random.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/protocol/message_samples.h"

namespace nightreel::wire {
namespace {

template <class Messages>
void check_round_trip(const std::vector<Messages>& samples) {
    std::set<std::size_t> seen;
    for (const Messages& sample : samples) {
        seen.insert(sample.index());
        const std::string bytes = encode(sample, 11);
        const auto received = decode<Messages>(bytes);
        CHECK(received.request == 11);
        CHECK(received.message.index() == sample.index());
        CHECK(encode(received.message, 11) == bytes);
    }
    CHECK(seen.size() == std::variant_size_v<Messages>);
}

// Deterministic bytes for mutations: the same seed, the same damage.
class Dice {
  public:
    explicit Dice(std::uint32_t seed) : seed_(seed) {}

    std::size_t below(std::size_t end) {
        return philox4x32({count_++, 0, 0, 0}, {seed_, 77})[0] % end;
    }

  private:
    std::uint32_t seed_;
    std::uint32_t count_ = 0;
};

std::string mutated(std::string bytes, Dice& dice) {
    const std::size_t changes = 1 + dice.below(4);
    for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = dice.below(bytes.size());
        switch (dice.below(4)) {
            case 0:
                bytes[at] = static_cast<char>(dice.below(256));
                break;
            case 1:
                bytes.resize(at);
                break;
            case 2:
                bytes.insert(at, 1, static_cast<char>(dice.below(256)));
                break;
            default:
                bytes.erase(at, 1 + dice.below(4));
                break;
        }
    }
    return bytes;
}

template <class Messages>
int refusals_of_mutations(const std::vector<Messages>& samples, std::uint32_t seeds) {
    int refused = 0;
    for (std::uint32_t seed = 0; seed < seeds; ++seed) {
        Dice dice(seed);
        const std::string bytes = mutated(encode(samples[dice.below(samples.size())]), dice);
        try {
            const auto received = decode<Messages>(bytes);
            // What was accepted can be said again and is understood as the same.
            const std::string again = encode(received.message, received.request);
            CHECK(encode(decode<Messages>(again).message, received.request) == again);
        } catch (const Error& error) {
            const bool explained =
                error.kind() == ErrorKind::bad_input || error.kind() == ErrorKind::not_allowed;
            CHECK(explained);
            ++refused;
        }
    }
    return refused;
}

std::string kind_word(const std::string& bytes) {
    try {
        decode<WorkerMessage>(bytes);
    } catch (const Error& error) {
        return std::string(name_of(error.kind()));
    }
    return "accepted";
}

std::string cbor(const Json& json) {
    std::string bytes;
    Json::to_cbor(json, bytes);
    return bytes;
}

}  // namespace

TEST_CASE("every message survives the way to bytes and back", "[protocol]") {
    check_round_trip(worker_samples());
    check_round_trip(scheduler_samples());
    check_round_trip(client_samples());
    check_round_trip(reply_samples());
}

TEST_CASE("a mutated message is understood or refused with a reason, never more", "[protocol]") {
    CHECK(refusals_of_mutations(worker_samples(), 6'000) > 2'000);
    CHECK(refusals_of_mutations(scheduler_samples(), 3'000) > 1'000);
    CHECK(refusals_of_mutations(client_samples(), 3'000) > 1'000);
    CHECK(refusals_of_mutations(reply_samples(), 3'000) > 1'000);
}

TEST_CASE("lists inside each other are refused before a parser recurses into them", "[protocol]") {
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string(message_bytes_max, '\x81')),
                      Catch::Contains("nested too deeply"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\x9b\xff\xff\xff\xff\xff\xff\xff\xff", 9)),
                      Catch::Contains("too many items"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\xa1\x01\x02", 3)),
                      Catch::Contains("not a string"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\x62\xff\xff", 3)),
                      Catch::Contains("UTF-8"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\x00\x00", 2)),
                      Catch::Contains("after the message"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\xfa\x7f\xc0\x00\x00", 5)),
                      Catch::Contains("not finite"));
    CHECK(kind_word("") == "bad_input");
    CHECK(kind_word(std::string(message_bytes_max + 1, '\0')) == "bad_input");
}

TEST_CASE("what messages do not use is refused, though the parser would take it", "[protocol]") {
    // The parser recurses into each chunk of a string of indefinite length.
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string(message_bytes_max, '\x7f')),
                      Catch::Contains("indefinite length"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string(message_bytes_max, '\x5f')),
                      Catch::Contains("indefinite length"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\x9f\xff", 2)),
                      Catch::Contains("indefinite length"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\x41\x00", 2)),
                      Catch::Contains("unsupported type of item"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\xc1\x00", 2)),
                      Catch::Contains("unsupported type of item"));
    CHECK_THROWS_WITH(decode<WorkerMessage>(std::string("\xf9\x3c\x00", 3)),
                      Catch::Contains("unsupported type of value"));
}

TEST_CASE("another protocol version is refused by naming both", "[protocol]") {
    Json envelope{{"protocol", 99}, {"message", "hello"}, {"request", 0}, {"body", {}}};
    CHECK_THROWS_WITH(decode<WorkerMessage>(cbor(envelope)),
                      Catch::Contains("version 99") && Catch::Contains(", 2 here"));
    CHECK(kind_word(cbor(envelope)) == "not_allowed");

    // A refusal is understood across versions, or nobody could explain itself.
    envelope["message"] = "refused";
    envelope["body"] = {{"kind", "not_allowed"}, {"text", "too old"}};
    const auto received = decode<SchedulerMessage>(cbor(envelope));
    CHECK(std::get<Refused>(received.message).text == "too old");
}

TEST_CASE("what only the other side may say is refused by name, or by the role that it requires",
          "[protocol]") {
    CHECK_THROWS_WITH(decode<WorkerMessage>(encode(SchedulerMessage(NoWork{}))),
                      Catch::Contains("no_work"));
    CHECK_THROWS_AS(decode<ClientRequest>(encode(WorkerMessage(KeepAlive{}))), WrongSide);
    CHECK_THROWS_WITH(decode<WorkerMessage>(encode(ClientRequest(ListJobs{}))),
                      Catch::Contains("a key of a person"));
}

TEST_CASE("a message without a field that it needs names the field", "[protocol]") {
    const Json envelope{{"protocol", 2},
                        {"message", "done"},
                        {"request", 0},
                        {"body", {{"session", 1}, {"facts", "{}"}}}};
    CHECK_THROWS_WITH(decode<WorkerMessage>(cbor(envelope)), Catch::Contains("done.attempt"));
}

TEST_CASE("a message larger than the limit cannot be made", "[protocol]") {
    const Listing listing{std::string(message_bytes_max, 'x'), 0};
    CHECK_THROWS_WITH(encode(ServerReply(listing)), Catch::Contains("the limit is"));
}

}  // namespace nightreel::wire
