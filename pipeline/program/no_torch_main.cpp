// nightreel-render of a build without LibTorch: it says so, with the exit code for a part that is
// not available, so that a worker reports the host's environment and not a broken task.

#include <cstdio>

#include <fmt/format.h>

#include "shotspec/base/error.h"

int main() {
    fmt::print(stderr,
               "nightreel-render: built without LibTorch; configure with "
               "-DNIGHTREEL_WITH_TORCH=ON to run tasks\n");
    return nightreel::exit_code_of(nightreel::ErrorKind::unavailable);
}
