#pragma once
// The one kind of error that headers of pictures have. Any thread.

#include <string>

#include "shotspec/base/error.h"

namespace nightreel {

// `what` is said as what comes after the picture's name: "is empty; export it again".
[[noreturn]] inline void refuse_picture(const std::string& what) {
    throw Error(ErrorKind::bad_input, what);
}

}  // namespace nightreel
