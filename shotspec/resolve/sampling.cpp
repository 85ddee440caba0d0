#include "shotspec/resolve/sampling.h"

#include <utility>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/card/noise_levels.h"
#include "shotspec/describe/fields_json.h"
#include "shotspec/resolve/forcing.h"
#include "shotspec/resolve/loras.h"

namespace nightreel {
namespace {

// What of the noise levels a night gives, and where. A list, or a schedule, of the shot takes the
// place of all that the defaults say of levels; and only of these.
struct LevelsAsked {
    Setting<std::int32_t> steps;
    Setting<Schedule> schedule;
    Setting<double> shift;
    Setting<std::vector<double>> sigmas;
    Setting<std::vector<double>> timesteps;

    bool has_list() const { return sigmas.value || timesteps.value; }
};

class SamplingResolver {
  public:
    SamplingResolver(const ShotSettingsReader& settings,
                     const ModelCard& card,
                     const SamplingBase& base)
        : settings_(settings),
          card_(card),
          base_(base.quality == Quality::draft ? card.draft : card.final),
          base_name_(fmt::format("{} of {}", word_of(base.quality), card.name)) {
        if (base.recipe == nullptr) {
            if (!base_.sigmas) base_.shift = shift_at(base.size, card, base_.shift);
            return;
        }
        // How latent frames move is the model's own, whatever its steps are.
        const auto forcing = base_.forcing;
        base_ = base.recipe->sampling;
        base_.forcing = forcing;
        base_name_ = "recipe " + base.recipe->name;
        has_own_recipe_ = is_own(settings.get("recipe", &ShotSettings::recipe).path);
    }

    ShotSampling resolve() {
        resolved_.settings = base_;
        resolve_levels();
        resolve_guidance();
        const auto sampler = get("sampler", &ShotSettings::sampler);
        if (sampler.value) sampling().solver = *sampler.value;
        resolve_approximations();
        sampling().forcing = resolve_forcing(settings_, card_, sampling());
        return std::move(resolved_);
    }

  private:
    SamplingSettings& sampling() { return resolved_.settings; }

    // A recipe that a shot asks for itself takes the place of what the defaults say of sampling.
    template <class T>
    Setting<T> get(const std::string& name, std::optional<T> ShotSettings::*field) const {
        Setting<T> found = settings_.get(name, field);
        if (has_own_recipe_ && !is_own(found.path)) return {{}, settings_.path_of(name)};
        return found;
    }

    static bool is_own(const std::string& path) { return !path.starts_with("defaults."); }

    LevelsAsked levels_asked() const {
        LevelsAsked asked{get("steps", &ShotSettings::steps),
                          get("schedule", &ShotSettings::schedule),
                          get("shift", &ShotSettings::shift),
                          get("sigmas", &ShotSettings::sigmas),
                          get("timesteps", &ShotSettings::timesteps)};
        const auto own = [&](const auto& setting) { return setting.value && is_own(setting.path); };
        if (!own(asked.schedule) && !own(asked.sigmas) && !own(asked.timesteps)) return asked;
        const auto drop = [&](auto& setting) {
            if (!own(setting)) setting.value.reset();
        };
        drop(asked.schedule);
        drop(asked.sigmas);
        drop(asked.timesteps);
        if (!asked.has_list()) return asked;
        drop(asked.steps);
        if (asked.sigmas.value) drop(asked.shift);
        return asked;
    }

    // `what` at one place contradicts what stands at another.
    void refuse(const std::string& path, const std::string& what, const std::string& other) {
        settings_.complain(path, fmt::format("{} ({})", what, settings_.written_at(other)));
    }

    void resolve_levels() {
        const LevelsAsked asked = levels_asked();
        if (asked.has_list()) {
            take_list(asked);
        } else {
            take_schedule(asked);
        }
        resolve_switch(asked);
        const auto scale = get("noise_scale", &ShotSettings::noise_scale);
        const bool has_other_levels =
            asked.has_list() || asked.schedule.value || asked.steps.value || asked.shift.value;
        // What a recipe begins with goes with its own levels.
        if (has_other_levels) sampling().noise_scale.reset();
        if (scale.value) sampling().noise_scale = scale.value;
    }

    void take_list(const LevelsAsked& asked) {
        const bool has_sigmas = asked.sigmas.value.has_value();
        if (has_sigmas && asked.timesteps.value) {
            refuse(asked.timesteps.path,
                   "conflicts with sigmas; give only one of them",
                   asked.sigmas.path);
            return;
        }
        const auto& list = has_sigmas ? asked.sigmas : asked.timesteps;
        const std::string name = has_sigmas ? "sigmas" : "timesteps";
        const std::string problem =
            has_sigmas ? sigmas_problem(*list.value) : timesteps_problem(*list.value);
        if (!problem.empty()) {
            settings_.complain(list.path, problem);
            return;
        }
        const auto count = static_cast<std::int32_t>(list.value->size());
        if (asked.steps.value && *asked.steps.value != count) {
            refuse(
                asked.steps.path,
                fmt::format(
                    "is {}, but {} has {} values; remove steps", *asked.steps.value, name, count),
                list.path);
        }
        if (asked.schedule.value) {
            refuse(
                asked.schedule.path, fmt::format("conflicts with {}; remove one", name), list.path);
        }
        if (has_sigmas && asked.shift.value) {
            refuse(asked.shift.path,
                   "has no effect on sigmas, which are final; remove one of them",
                   list.path);
        }
        sampling().steps = count;
        sampling().schedule = Schedule::uniform;
        sampling().sigmas = asked.sigmas.value;
        sampling().timesteps = asked.timesteps.value;
        sampling().shift = has_sigmas ? 1 : asked.shift.value.value_or(base_.shift);
    }

    void take_schedule(const LevelsAsked& asked) {
        const bool has_list = base_.sigmas || base_.timesteps;
        const char* const name = base_.sigmas ? "sigmas" : "timesteps";
        if (asked.schedule.value && has_list) {
            sampling().sigmas.reset();
            sampling().timesteps.reset();
            if (base_.sigmas && !asked.shift.value) {
                settings_.complain(asked.schedule.path,
                                   fmt::format("{} gives sigmas, which have no shift; write shift "
                                               "beside schedule",
                                               base_name_));
            }
        } else if (has_list) {
            if (asked.steps.value && *asked.steps.value != base_.steps) {
                settings_.complain(
                    asked.steps.path,
                    fmt::format("is {}, but {} gives {} {}; remove steps, or write {} or schedule "
                                "too",
                                *asked.steps.value,
                                base_name_,
                                base_.steps,
                                name,
                                name));
            }
            if (asked.shift.value && base_.sigmas) {
                settings_.complain(
                    asked.shift.path,
                    fmt::format("has no effect on the sigmas of {}, which are final; remove shift, "
                                "or write schedule and steps too",
                                base_name_));
            }
        }
        sampling().steps = asked.steps.value.value_or(base_.steps);
        sampling().schedule = asked.schedule.value.value_or(base_.schedule);
        sampling().shift = asked.shift.value.value_or(base_.shift);
    }

    void resolve_switch(const LevelsAsked& asked) {
        const auto at = get("switch_at_step", &ShotSettings::switch_at_step);
        if (!at.value) {
            if (!base_.switch_at_step || sampling().steps == base_.steps) return;
            const std::string& path =
                asked.has_list() ? (asked.sigmas.value ? asked.sigmas : asked.timesteps).path
                                 : asked.steps.path;
            settings_.complain(path,
                               fmt::format("makes {} steps, but {} changes experts after {} of its "
                                           "{} steps; write switch_at_step too",
                                           sampling().steps,
                                           base_name_,
                                           *base_.switch_at_step,
                                           base_.steps));
            return;
        }
        if (!has_two_experts(card_)) {
            settings_.complain(
                at.path,
                fmt::format("is for models with two experts; {} has one: remove switch_at_step",
                            card_.name));
            return;
        }
        sampling().switch_at_step = at.value;
        const std::string problem = switch_problem(sampling());
        if (problem.empty()) return;
        const std::string& steps =
            asked.has_list() ? (asked.sigmas.value ? asked.sigmas.path : asked.timesteps.path)
                             : asked.steps.path;
        if (settings_.is_written(steps)) {
            refuse(at.path, problem, steps);
        } else {
            settings_.complain(at.path, fmt::format("{} ({})", problem, base_name_));
        }
    }

    void resolve_guidance() {
        const auto guidance = get("guidance", &ShotSettings::guidance);
        const auto low = get("guidance_low", &ShotSettings::guidance_low);
        if (guidance.value) {
            sampling().guidance = *guidance.value;
            sampling().guidance_low = 0;
        }
        if (!low.value) return;
        if (!has_two_experts(card_)) {
            settings_.complain(
                low.path,
                fmt::format("is for models with two experts; {} has one: write guidance",
                            card_.name));
            return;
        }
        // A guidance of the shot is for both experts, whatever the defaults say of one.
        const bool is_overridden = guidance.value && is_own(guidance.path) && !is_own(low.path);
        if (!is_overridden) sampling().guidance_low = *low.value;
    }

    void resolve_guided_references() {
        const auto asked = get("guide_references", &ShotSettings::guide_references);
        if (asked.value) sampling().guide_references = asked.value;
        if (!sampling().guide_references.value_or(false)) return;
        const bool is_in_front =
            card_.references_max > 0 && continuation_of(card_) != Continuation::frames;
        if (!is_in_front) {
            settings_.complain(asked.path,
                               fmt::format("requires a model that takes reference pictures as "
                                           "frames before the clip; {} does not; remove it",
                                           card_.name));
        } else if (sampling().step_cache > 0) {
            settings_.complain(asked.path,
                               "cannot be combined with step_cache; write step_cache: 0");
        }
    }

    void resolve_approximations() {
        const auto step_cache = get("step_cache", &ShotSettings::step_cache);
        const auto until = get("guidance_until", &ShotSettings::guidance_until);
        sampling().step_cache = step_cache.value.value_or(sampling().step_cache);
        sampling().guidance_until = until.value.value_or(sampling().guidance_until);
        const auto interval = get("guidance_interval", &ShotSettings::guidance_interval);
        if (interval.value) sampling().guidance_interval = interval.value;
        const std::string problem = interval_problem(sampling());
        if (!problem.empty()) settings_.complain(interval.path, problem);
        resolve_guided_references();
        if (sampling().step_cache <= 0) return;
        resolved_.step_cache_fit = card_.step_cache;
        if (!card_.step_cache.coefficients.empty()) return;
        settings_.complain(
            step_cache.path,
            fmt::format("{} has no step_cache.coefficients in its card; leave step_cache out, or "
                        "fit them: nightreel-bench approximations --model {}",
                        card_.name,
                        card_.folder));
    }

    const ShotSettingsReader& settings_;
    const ModelCard& card_;
    SamplingSettings base_;
    std::string base_name_;  // for complaints: "draft of toybox"
    bool has_own_recipe_ = false;
    ShotSampling resolved_;
};

std::string text_of_value(const Json& value) {
    if (value.is_null()) return "none";
    return value.is_string() ? value.get<std::string>() : value.dump();
}

}  // namespace

ShotSampling resolve_sampling(const ShotSettingsReader& settings,
                              const ModelCard& card,
                              const SamplingBase& base) {
    return SamplingResolver(settings, card, base).resolve();
}

RecipeUse recipe_use(const Recipe& recipe,
                     const SamplingSettings& sampling,
                     std::vector<std::string> changed) {
    SamplingSettings published = recipe.sampling;
    published.forcing = sampling.forcing;
    const Json before = to_json_value(published);
    const Json after = to_json_value(sampling);
    for (const auto& [name, value] : after.items()) {
        if (value == before.at(name)) continue;
        changed.push_back(fmt::format(
            "{}: {} instead of {}", name, text_of_value(value), text_of_value(before.at(name))));
    }
    return {recipe.name,
            fmt::format("{} at {}", recipe.source.repository, recipe.source.commit),
            std::move(changed)};
}

}  // namespace nightreel
