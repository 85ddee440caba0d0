#include "cli/machine/required_device.h"

#include <fmt/format.h>

#include "cli/machine/render_answer.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/fields.h"
#include "shotspec/farm_config.h"

namespace nightreel::cli {
namespace {

bool runs_everywhere(const std::optional<PrecisionPolicy>& precision) {
    return precision != PrecisionPolicy::eight_bits &&
           precision != PrecisionPolicy::eight_bit_floats;
}

std::string answer_to(const Surroundings& surroundings, const std::vector<std::string>& question) {
    const RenderAnswer answer = ask_render_program(surroundings, question);
    if (answer.exit_code == 0) return answer.text;
    // What it prints begins with its own name.
    constexpr std::string_view name = "nightreel-render: ";
    const std::string text =
        answer.text.starts_with(name) ? answer.text.substr(name.size()) : answer.text;
    throw Error(ErrorKind::unavailable, text.empty() ? "nightreel-render does not start" : text);
}

void refuse_no_name(const std::string& device) {
    if (is_device_name(device)) return;
    throw Error(ErrorKind::usage,
                fmt::format("invalid device '{}': expected auto, cpu or cuda:N", device));
}

}  // namespace

std::string machine_class(const Surroundings& surroundings,
                          const std::string& device,
                          std::int32_t threads,
                          const std::optional<PrecisionPolicy>& precision) {
    refuse_no_name(device);
    std::vector<std::string> question{"class", device, "--threads", fmt::format("{}", threads)};
    if (precision) {
        question.insert(question.end(), {"--precision", std::string(word_of(*precision))});
    }
    const std::string text = answer_to(surroundings, question);
    return text.substr(text.rfind('\n') + 1);  // libraries may have warned before
}

void require_device(const Surroundings& surroundings,
                    const std::string& device,
                    const std::optional<PrecisionPolicy>& precision) {
    refuse_no_name(device);
    if (!device.starts_with("cuda") && runs_everywhere(precision)) return;
    std::vector<std::string> question{"device", device};
    if (precision) {
        question.insert(question.end(), {"--precision", std::string(word_of(*precision))});
    }
    (void)answer_to(surroundings, question);
}

}  // namespace nightreel::cli
