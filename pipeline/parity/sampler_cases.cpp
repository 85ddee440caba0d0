#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "pipeline/parity/parity_cases.h"
#include "pipeline/sample/solver/frame_schedule.h"
#include "pipeline/sample/solver/schedule.h"
#include "pipeline/sample/solver/solver.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

// The made-up network of these cases.
at::Tensor toy_velocity(const at::Tensor& x, double timestep, const at::Tensor& w) {
    return x * 0.8 - (x * 1.7).sin() * 0.5 + w * (timestep / 1000 - 0.45);
}

at::Tensor sigmas_of(const SigmaGrid& grid) {
    return at::tensor(grid.sigmas, at::kFloat);
}

bool has_whole_timesteps(Solver solver) {
    return solver == Solver::unipc || solver == Solver::dpm;
}

at::Tensor timesteps_of(const SigmaGrid& grid, Solver solver) {
    return at::tensor(grid.timesteps, at::kDouble)
        .to(has_whole_timesteps(solver) ? at::kLong : at::kFloat);
}

Solver solver_of(const ParityCase& parity_case) {
    const std::string name =
        parity_case.config.at("scheduler").at("_class_name").get<std::string>();
    if (name == "FlowMatchEulerDiscreteScheduler") return Solver::euler;
    if (name == "UniPCMultistepScheduler") return Solver::unipc;
    if (name == "DPMSolverMultistepScheduler") return Solver::dpm;
    if (name == "FlowMatchLCMScheduler") return Solver::few_step;
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: no sampler named {}; known: FlowMatchEulerDiscreteScheduler, "
                            "UniPCMultistepScheduler, DPMSolverMultistepScheduler, "
                            "FlowMatchLCMScheduler",
                            parity_case.name,
                            name));
}

SigmaGrid grid_of(const ParityCase& parity_case, const nlohmann::json& variant, Solver solver) {
    const double shift = variant.at("shift").get<double>();
    if (variant.contains("sigmas")) {
        return given_sigmas_grid(variant.at("sigmas").get<std::vector<double>>(), shift);
    }
    const int steps = variant.at("steps").get<int>();
    if (solver == Solver::euler || solver == Solver::few_step) {
        return diffusers_euler_grid(steps, shift);
    }
    if (solver == Solver::dpm) return diffusers_dpm_grid(steps, shift);
    const bool is_original = parity_case.name.ends_with("original_grid");
    return is_original ? wan_grid(steps, shift) : diffusers_flow_grid(steps, shift);
}

NamedTensors run_tables(const ParityCase& parity_case) {
    NamedTensors seen;
    const auto add = [&](const std::string& name, const SigmaGrid& grid, Solver solver) {
        seen[name + ".sigmas"] = sigmas_of(grid);
        seen[name + ".timesteps"] = timesteps_of(grid, solver);
    };
    for (const double shift : parity_case.config.at("shifts").get<std::vector<double>>()) {
        for (const int steps : parity_case.config.at("steps").get<std::vector<int>>()) {
            const std::string variant = fmt::format("shift{:g}.steps{}", shift, steps);
            add("euler." + variant, diffusers_euler_grid(steps, shift), Solver::euler);
            add("unipc." + variant, diffusers_flow_grid(steps, shift), Solver::unipc);
            add("dpm." + variant, diffusers_dpm_grid(steps, shift), Solver::unipc);
        }
    }
    return seen;
}

NamedTensors run_frame_schedules(const ParityCase& parity_case) {
    NamedTensors seen;
    int number = 0;
    for (const nlohmann::json& one : parity_case.config.at("schedules")) {
        const SigmaGrid grid =
            diffusers_flow_grid(one.at("steps").get<int>(), one.at("shift").get<double>());
        const auto rows = frame_schedule({.frames = one.at("frames").get<std::int32_t>(),
                                          .window = one.at("base").get<std::int32_t>(),
                                          .block = one.at("block").get<std::int32_t>(),
                                          .lag = one.at("ar_step").get<std::int32_t>(),
                                          .ready = one.at("ready").get<std::int32_t>()},
                                         grid.timesteps);
        std::vector<at::Tensor> steps;
        std::vector<at::Tensor> timesteps;
        std::vector<at::Tensor> moves;
        std::vector<at::Tensor> windows;
        for (const FrameScheduleRow& row : rows) {
            steps.push_back(at::tensor(row.steps, at::kLong));
            timesteps.push_back(at::tensor(row.timesteps, at::kLong));
            moves.push_back(at::tensor(
                std::vector<std::int64_t>(row.moves.begin(), row.moves.end()), at::kByte));
            windows.push_back(
                at::tensor({std::int64_t{row.window_begin}, std::int64_t{row.window_end}}));
        }
        const std::string prefix = fmt::format("{}.", number++);
        seen[prefix + "step_index"] = at::stack(steps);
        seen[prefix + "timestep_matrix"] = at::stack(timesteps);
        seen[prefix + "update_mask"] = at::stack(moves);
        seen[prefix + "valid_interval"] = at::stack(windows);
    }
    return seen;
}

}  // namespace

NamedTensors compute_sampler_case(const ParityCase& parity_case) {
    if (parity_case.config.contains("schedules")) return run_frame_schedules(parity_case);
    if (parity_case.config.contains("shifts")) return run_tables(parity_case);
    const Solver solver = solver_of(parity_case);
    const NamedTensors inputs = parity_case.inputs();
    const at::Tensor w = input_of(parity_case, inputs, "w");
    NamedTensors seen;
    for (const auto& [name, variant] : parity_case.config.at("variants").items()) {
        const SigmaGrid grid = grid_of(parity_case, variant, solver);
        SolverState state{.solver = solver, .fresh_noise = [&](int step) {
                              return input_of(parity_case, inputs, "noise").select(0, step);
                          }};
        std::vector<at::Tensor> latents{input_of(parity_case, inputs, "start")};
        for (int step = 0; step < grid.steps(); ++step) {
            const at::Tensor& x = latents.back();
            const double timestep = grid.timesteps[static_cast<std::size_t>(step)];
            latents.push_back(solver_step(state, grid, step, x, toy_velocity(x, timestep, w)));
        }
        seen[name + ".latents"] = at::stack(latents);
        seen[name + ".sigmas"] = sigmas_of(grid);
        seen[name + ".timesteps"] = timesteps_of(grid, solver);
    }
    return seen;
}

}  // namespace nightreel
