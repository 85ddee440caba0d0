#pragma once
// Records as tests make them.

#include <cstdint>
#include <string>

#include <fmt/format.h>

#include "shotspec/review/review_record.h"

namespace nightreel {

// A note of `by` on take `take`; `number` decides id and time.
inline ReviewRecord note_of(std::uint32_t number, const std::string& by = "anna", int take = 1) {
    return {.id = fmt::format("{:032x}", number),
            .at = fmt::format("2026-12-01T07:{:02}:{:02}.000Z", number / 60 % 60, number % 60),
            .by = by,
            .take = digest_of(fmt::format("take {}", take)),
            .show = "aurora",
            .shot = "sq010_sh0010",
            .version = 1,
            .take_number = take,
            .kind = ReviewKind::note,
            .text = fmt::format("note {}", number)};
}

inline ReviewRecord verdict_of(std::uint32_t number,
                               ReviewVerdict verdict,
                               const std::string& by = "anna",
                               int take = 1) {
    ReviewRecord record = note_of(number, by, take);
    record.kind = ReviewKind::verdict;
    record.verdict = verdict;
    record.text.reset();
    return record;
}

// Every member filled.
inline ReviewRecord drawn_note(std::uint32_t number) {
    ReviewRecord record = note_of(number);
    record.frame = 1013;
    record.last_frame = 1020;
    record.drawing = {{0.25, 0.5, 1, 0}, {0, 0}};
    return record;
}

}  // namespace nightreel
