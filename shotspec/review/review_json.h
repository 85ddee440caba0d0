#pragma once
// Records as JSON. Pure, any thread.

#include <string>
#include <string_view>

#include "shotspec/describe/fields_json.h"
#include "shotspec/review/review_record.h"

namespace nightreel {

// Members that are absent are omitted.
Json json_of(const ReviewRecord& record);

// One line without its end, at most record_bytes_max bytes for a record without problems.
std::string line_of(const ReviewRecord& record);

// Throws Error{bad_input} that names `place` and every problem.
ReviewRecord review_from(const Json& json, const std::string& place);
ReviewRecord review_from_line(std::string_view line, const std::string& place);

}  // namespace nightreel
