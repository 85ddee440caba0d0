#include "scheduler/protocol/refusal.h"

#include "shotspec/base/plain_text.h"

namespace nightreel::wire {

Refused refusal(ErrorKind kind, std::string_view text) {
    return {std::string(name_of(kind)), plain_text(text, text_bytes_max)};
}

Refused refusal_of(const Error& error) {
    return refusal(error.kind(), error.what());
}

}  // namespace nightreel::wire
