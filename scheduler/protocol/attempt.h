#pragma once
// Limits of all messages, and what nearly all of them name: an attempt. Plain values, any thread.

#include <compare>
#include <cstddef>
#include <cstdint>

#include "shotspec/describe/fields.h"

namespace nightreel::wire {

// Raised when a message changes in a way that the other side would misunderstand.
inline constexpr std::uint64_t protocol_version = 2;
inline constexpr std::size_t message_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t log_tail_bytes_max = 16 * 1024;  // of a child's log, in a report
inline constexpr std::size_t attempts_max = 1'000;            // listed in one message
inline constexpr std::size_t log_chunk_bytes_max = 4 * 1024;  // of a followed log, in a keep-alive
inline constexpr std::size_t models_max = 256;                // that a worker offers
inline constexpr std::size_t text_bytes_max = 4'096;          // reasons, progress, names

// One try of one task, as the scheduler numbered it.
struct Attempt {
    std::uint64_t job = 0;
    std::uint32_t task = 0;
    std::uint64_t number = 0;

    friend auto operator<=>(const Attempt&, const Attempt&) = default;
};

template <class Visitor>
void describe(Attempt& value, Visitor& field) {
    field("job", value.job, {.meaning = "Job number.", .required = true});
    field("task", value.task, {.meaning = "Task number within the job.", .required = true});
    field("number", value.number, {.meaning = "Attempt number.", .required = true});
}

}  // namespace nightreel::wire
