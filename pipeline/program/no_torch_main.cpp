// nightreel-render of a build without LibTorch: it says so, with the exit code for a part that is
// not available, so that a worker reports the host's environment and not a broken task.

#include "shotspec/base/error.h"
#include "shotspec/base/streams.h"

int main() {
    nightreel::say(
        "nightreel-render: built without LibTorch; configure with "
        "-DNIGHTREEL_WITH_TORCH=ON to run tasks\n");
    return nightreel::exit_code_of(nightreel::ErrorKind::unavailable);
}
