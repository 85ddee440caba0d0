#include "pipeline/parity/run_parity.h"

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/model/tensor/device.h"
#include "pipeline/model/transformer/transformer.h"
#include "pipeline/parity/compare_tensors.h"
#include "pipeline/parity/find_cases.h"
#include "pipeline/parity/parity_cases.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

struct Orders {
    std::vector<std::filesystem::path> paths;
    std::optional<std::filesystem::path> write_to;
    std::string device = "cpu";
};

constexpr const char* usage = "expected CASE... [--device auto|cpu|cuda:0] [--write DIR]";

enum class Outcome { inside, outside, refused, refused_as_it_must_be };

struct Judgement {
    std::string what;
    double error = 0.0;
    std::optional<double> tolerance;
};

Orders read_orders(std::span<const std::string> arguments) {
    Orders orders;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--write" && i + 1 < arguments.size()) {
            orders.write_to = arguments[++i];
        } else if (arguments[i] == "--device" && i + 1 < arguments.size()) {
            orders.device = arguments[++i];
        } else if (arguments[i].starts_with('-')) {
            throw Error(ErrorKind::usage, fmt::format("parity: {}: {}", arguments[i], usage));
        } else {
            orders.paths.emplace_back(arguments[i]);
        }
    }
    if (orders.paths.empty()) throw Error(ErrorKind::usage, fmt::format("parity: {}", usage));
    return orders;
}

ComputeParityCase function_for(const ParityCase& parity_case) {
    const std::span<const ParityKind> kinds = parity_kinds();
    const auto found = std::ranges::find(kinds, parity_case.kind, &ParityKind::kind);
    if (found != kinds.end()) return found->compute;
    std::vector<std::string_view> known;
    for (const ParityKind& kind : kinds) known.push_back(kind.kind);
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: no engine for the kind {}; known: {}",
                            parity_case.name,
                            parity_case.kind,
                            fmt::join(known, ", ")));
}

bool report(const std::string& name, const Judgement& judgement) {
    const bool inside = !judgement.tolerance || judgement.error <= *judgement.tolerance;
    const std::string tolerance = judgement.tolerance ? fmt::format("{:.3g}", *judgement.tolerance)
                                                      : std::string("none given");
    fmt::print("{}: {}: max abs error {:.3g}, tolerance {}: {}\n",
               name,
               judgement.what,
               judgement.error,
               tolerance,
               !judgement.tolerance ? "not judged"
               : inside             ? "ok"
                                    : "OUTSIDE");
    return inside;
}

// The reference's own loss from bf16 is the measure for ours: twice that, from its float32 result.
bool judge_low_precision(const ParityCase& parity_case,
                         const NamedTensors& actual,
                         const NamedTensors& expected) {
    const nlohmann::json& config = parity_case.config;
    if (!config.contains("reference_gap") || !actual.contains("sample_bf16")) return true;
    const auto error = error_between(actual.at("sample_bf16"), expected.at("sample_fp32"));
    if (!error) return false;
    const double gap = config.value("reference_gap", 0.0);
    const double gap_rms = config.value("reference_gap_rms", 0.0);
    const bool largest =
        report(parity_case.name, {"sample_bf16 from float32 expected", error->largest, 2 * gap});
    const bool mean =
        report(parity_case.name,
               {"sample_bf16 from float32 expected, rms", error->root_mean_square, 2 * gap_rms});
    return largest && mean;
}

Outcome run_case(const FoundCase& found, const std::optional<std::filesystem::path>& write_to) {
    const ParityCase& parity_case = found.parity_case;
    const NamedTensors computed = function_for(parity_case)(parity_case);
    const NamedTensors expected = read_safetensors(parity_case.folder / "expected.safetensors");
    bool inside = true;
    NamedTensors actual;
    for (const auto& [name, wanted] : expected) {
        const auto mine = computed.find(name);
        if (mine == computed.end()) {
            fmt::print("{}: {}: NOT COMPUTED\n", parity_case.name, name);
            inside = false;
            continue;
        }
        actual[name] = mine->second;
        const auto error = error_between(mine->second, wanted);
        if (!error) {
            fmt::print("{}: {}: SHAPE {}, expected {}\n",
                       parity_case.name,
                       name,
                       shape_text(mine->second),
                       shape_text(wanted));
            inside = false;
            continue;
        }
        Judgement judgement{name, error->largest, {}};
        if (const auto tolerance = found.tolerances.find(name);
            tolerance != found.tolerances.end()) {
            judgement.tolerance = tolerance->second;
        }
        inside = report(parity_case.name, judgement) && inside;
    }
    inside = judge_low_precision(parity_case, actual, expected) && inside;
    if (write_to) {
        const std::filesystem::path folder = *write_to / parity_case.name;
        std::filesystem::create_directories(folder);
        write_safetensors(folder / "actual.safetensors", actual);
    }
    return inside ? Outcome::inside : Outcome::outside;
}

// Opens a broken model and uses it once, which must fail.
Outcome run_broken_model(const ParityCase& parity_case) {
    const std::string part = parity_case.config.value("open", "transformer");
    const WanTransformer transformer(
        parity_case.folder / part, parity_case.device, PrecisionPolicy::float32);
    const WanConfig& config = transformer.config();
    const auto& [frames, rows, columns] = config.patch;
    const at::Tensor latents = at::ones({1, config.channels_in, frames, 2 * rows, 2 * columns});
    const TextContext text = transformer.prepare_text(at::ones({1, 1, config.text}));
    (void)transformer.forward(latents, at::full({1}, 500.0), text);
    fmt::print("{}: a broken model was ACCEPTED\n", parity_case.name);
    return Outcome::outside;
}

// Of the engine itself: no word on the case.
Outcome report_fault(const FoundCase& found, const char* what) {
    fmt::print("{}: FAULT of the engine: {}\n", found.parity_case.name, what);
    return Outcome::outside;
}

Outcome run_found(const FoundCase& found, const std::optional<std::filesystem::path>& write_to) {
    // A request boundary: one case that is refused does not hide the others.
    try {
        return found.is_broken_model ? run_broken_model(found.parity_case)
                                     : run_case(found, write_to);
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::internal) return report_fault(found, error.what());
        if (error.kind() != ErrorKind::bad_input) throw;
        fmt::print("{}: refused: {}\n", found.parity_case.name, error.what());
        return found.is_broken_model ? Outcome::refused_as_it_must_be : Outcome::refused;
    } catch (const nlohmann::json::exception& error) {
        const std::string file = (found.parity_case.folder / "config.json").string();
        fmt::print("{}: refused: {}: {}\n", found.parity_case.name, file, error.what());
        return Outcome::refused;
    } catch (const std::exception& error) {  // oneDNN's own types among them
        const std::string text = error.what();
        return report_fault(found, text.substr(0, text.find('\n')).c_str());
    }
}

}  // namespace

int run_parity(std::span<const std::string> arguments) {
    const Orders orders = read_orders(arguments);
    const at::Device device = open_device(orders.device);
    std::map<Outcome, int> outcomes;
    for (const std::filesystem::path& path : orders.paths) {
        for (FoundCase& found : find_cases(path)) {
            found.parity_case.device = device;
            ++outcomes[run_found(found, orders.write_to)];
            std::fflush(stdout);
        }
    }
    if (outcomes[Outcome::outside] > 0) return 1;
    // Among others, a broken model that is refused is a case that passed; alone it is what was
    // asked about.
    const bool any_refused = outcomes[Outcome::refused] > 0;
    return any_refused || outcomes[Outcome::inside] == 0 ? exit_code_of(ErrorKind::bad_input) : 0;
}

}  // namespace nightreel
