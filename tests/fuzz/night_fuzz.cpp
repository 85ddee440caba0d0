// libFuzzer: any bytes as a night file. It never crashes, and it is a night exactly when no error
// was found.

#include <cstdint>
#include <optional>
#include <string>

#include "shotspec/base/check.h"
#include "shotspec/resolve/check_night.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using nightreel::DocumentSource;
    const DocumentSource source{"/nowhere/night.yaml",
                                std::string(reinterpret_cast<const char*>(data), size),
                                [](const std::string& name) {
                                    return name == "A" ? std::optional<std::string>("1")
                                                       : std::nullopt;
                                }};
    const nightreel::CheckedNight checked = nightreel::check_night(source, {"models"});
    NIGHTREEL_CHECK(checked.night.has_value() == !nightreel::has_errors(checked.diagnostics),
                    "a night or errors, never both or neither");
    return 0;
}
