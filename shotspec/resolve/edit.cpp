#include "shotspec/resolve/edit.h"

#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "shotspec/card/legal_values.h"
#include "shotspec/card/long_takes.h"
#include "shotspec/describe/nearest_word.h"
#include "shotspec/night/picture_file.h"
#include "shotspec/resolve/blend.h"
#include "shotspec/resolve/edit_verb.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

std::string size_text(PictureSize size) {
    return TextForm<PictureSize>::write(size);
}

class EditResolver {
  public:
    EditResolver(const ShotSettingsReader& settings,
                 const ModelCard& card,
                 EditVerb verb,
                 const ShotMeans& means,
                 ResolvedShot& shot)
        : settings_(settings),
          card_(card),
          verb_(verb),
          means_(means),
          shot_(shot),
          path_(settings.path_of(std::string(word_of(verb)))) {}

    std::optional<std::int64_t> resolve(const std::optional<std::int64_t>& frames) {
        edit_.verb = verb_;
        if (!is_right() || !is_possible()) return {};
        const NightShot& night = settings_.shot();
        std::optional<std::int64_t> total;
        switch (verb_) {
            case EditVerb::extend:
                if (frames && find(night.extend->clip, "clip")) {
                    total = extend(night.extend->side, *frames);
                }
                break;
            case EditVerb::fill:
                if (frames && find(night.fill->before, "before") &&
                    find(night.fill->after, "after")) {
                    total = fill(*frames);
                }
                break;
            case EditVerb::loop:
                if (frames) total = loop(*frames);
                break;
            case EditVerb::recut:
                if (find(night.recut->clip, "clip")) total = recut(night.recut->keep);
                break;
            case EditVerb::retake:
                if (find(night.retake->take, "take")) total = retake(night.retake->range);
                break;
            case EditVerb::remix:
                if (find(night.remix->clip, "clip")) total = remix(night.remix->strength);
                break;
            case EditVerb::blend:
                if (find(night.blend->a, "a") && find(night.blend->b, "b")) {
                    total = blend(night.blend->curve);
                }
                break;
            case EditVerb::control:
                total = control(*night.control);
                break;
            case EditVerb::paint:
                if (find(night.paint->clip, "clip") && find(night.paint->mask, "mask")) {
                    total = paint(night.paint->grow.value_or(grow_default));
                }
                break;
            case EditVerb::reframe:
                total = reframe(*night.reframe);
                break;
        }
        if (total) shot_.edit = std::move(edit_);
        return total;
    }

  private:
    // What the reader complained of is not looked at again.
    bool is_right() const {
        for (const char* name : {"clip",
                                 "before",
                                 "after",
                                 "take",
                                 "keep",
                                 "range",
                                 "strength",
                                 "a",
                                 "b",
                                 "curve",
                                 "depth",
                                 "pose",
                                 "edges",
                                 "grey",
                                 "mask",
                                 "grow",
                                 "anchor"}) {
            const std::string inner = fmt::format("{}.{}", path_, name);
            if (settings_.is_written(inner) && !settings_.is_right(inner)) return false;
            if (!settings_.is_written(inner) && settings_.is_wrong(inner)) return false;
            for (const char* field : {"file", "range"}) {
                const std::string part = fmt::format("{}.{}", inner, field);
                if (settings_.is_wrong(part)) return false;
            }
        }
        return settings_.is_right(path_);
    }

    std::nullopt_t complain(const std::string& name, std::string why) const {
        settings_.complain(name.empty() ? path_ : fmt::format("{}.{}", path_, name),
                           std::move(why));
        return std::nullopt;
    }

    bool is_possible() const {
        const auto cut = settings_.get("cut", &ShotSettings::cut);
        if (cut.value.value_or(false)) {
            settings_.complain(
                cut.path,
                fmt::format("cannot be combined with {}; write cut: false", word_of(verb_)));
            return false;
        }
        if (can_do(card_, verb_)) {
            const auto asked = settings_.get("strategy", &ShotSettings::strategy);
            if (verb_ == EditVerb::remix ||
                asked.value.value_or(Strategy::chain) == Strategy::chain)
                return true;
            settings_.complain(asked.path,
                               fmt::format("{} cannot be combined with {}; omit it",
                                           word_of(*asked.value),
                                           word_of(verb_)));
            return false;
        }
        const std::vector<std::string> able = means_.models(verb_);
        complain("",
                 fmt::format("{} cannot do this; {}",
                             card_.name,
                             able.empty() ? "no installed model can"
                                          : "of the installed models " + listed(able) + " can"));
        return false;
    }

    // `fits` says whether a clip of this size is used as it is.
    bool find(const ClipAsked& asked,
              const std::string& name,
              const std::function<bool(PictureSize)>& fits = {}) {
        const std::string place = fmt::format("{}.{}", path_, name);
        const auto refuse = [&](const std::string& why) {
            complain(name, fmt::format("{}: {}", asked.file, why));
            return false;
        };
        if (asked.file.empty()) return refuse("expected the path of a clip");
        const fs::path file =
            fs::absolute(settings_.file_of(place).parent_path() / asked.file).lexically_normal();
        if (!means_.clips) return refuse("clips cannot be read here");
        ClipFacts facts = means_.clips(file, asked.range);
        if (!facts.problem.empty()) return refuse(facts.problem);
        const bool fits_already = fits && fits(facts.size);
        const std::string size = fits_already ? std::string() : size_problem(facts.size, asked);
        if (!size.empty()) return refuse(size);
        const bool is_allowed = asked.any_rate.value_or(false);
        if (facts.rate && !is_same_rate(*facts.rate, shot_.rate) && !is_allowed) {
            return refuse(
                fmt::format("has {} frames a second, but the shot has {}: convert it, or "
                            "write any_rate: true to use it frame by frame",
                            TextForm<FrameRate>::write(*facts.rate),
                            TextForm<FrameRate>::write(shot_.rate)));
        }
        edit_.clips.push_back({.kind = facts.kind,
                               .name = asked.file,
                               .files = std::move(facts.files),
                               .frames = asked.range.value_or(facts.frames),
                               .size = facts.size,
                               .rate = facts.rate.value_or(shot_.rate)});
        return true;
    }

    std::string size_problem(PictureSize size, const ClipAsked& asked) const {
        if (size == shot_.size) return {};
        const std::string problem = frame_size_problem(size, shot_.size);
        if (!problem.empty()) return problem;
        if (asked.resize.value_or(false)) return {};
        return fmt::format(
            "has {} pixels, but the shot has {}: write resize: true to make it "
            "smaller",
            size_text(size),
            size_text(shot_.size));
    }

    std::int64_t count_of(std::size_t clip) const { return edit_.clips[clip].frames.count(); }

    void keep(std::int32_t clip, std::int64_t first, std::int64_t count) {
        if (count > 0) edit_.parts.push_back({clip, first, count});
    }

    void make(std::int64_t count) {
        if (count > 0) edit_.parts.push_back({.count = count});
    }

    std::optional<std::int64_t> extend(ClipSide side, std::int64_t frames) {
        const std::int64_t clip = count_of(0);
        if (frames <= clip) {
            return complain("",
                            fmt::format("the shot has {} frames and its clip {}: the length counts "
                                        "the clip and the new frames",
                                        frames,
                                        clip));
        }
        if (side == ClipSide::before) make(frames - clip);
        keep(0, 0, clip);
        if (side == ClipSide::after) make(frames - clip);
        return checked(frames);
    }

    std::int64_t stride() const { return card_.latents.frames_per_latent; }

    std::optional<std::int64_t> fill(std::int64_t frames) {
        const std::int64_t kept = count_of(0) + count_of(1);
        const std::int64_t gap = frames - kept;
        if (gap < 1) {
            return complain("",
                            fmt::format("the shot has {} frames and its clips {}: the length "
                                        "counts the clips and the new frames",
                                        frames,
                                        kept));
        }
        if (gap % stride() != 0) {
            const std::int64_t less = gap / stride() * stride();
            return complain(
                "",
                fmt::format("{} new frames: between two clips their number is a multiple of {}; "
                            "make the shot {} frames long{}",
                            gap,
                            stride(),
                            kept + less + stride(),
                            less > 0 ? fmt::format(" or {}", kept + less) : ""));
        }
        keep(0, 0, count_of(0));
        make(gap);
        keep(1, 0, count_of(1));
        return checked(frames);
    }

    // The way back to the first frame is made last, in one window.
    std::optional<std::int64_t> loop(std::int64_t frames) {
        const std::int64_t least = frames_of_segment(card_.window.latent_frames_min, card_);
        const std::int64_t context = 1 + 2 * std::int64_t{shot_.overlap_latents};
        const std::int64_t most = (card_.window.latent_frames_max - context) * stride();
        const std::int64_t back = std::min((frames - least) / stride() * stride(), most);
        if (back < 2 * stride()) {
            return complain("",
                            fmt::format("a loop of {} frames is too short for {}: at least {}",
                                        frames,
                                        card_.name,
                                        least + 2 * stride()));
        }
        make(frames - back);
        make(back);
        return frames;
    }

    // From 0, the end included; nothing after a complaint.
    std::optional<FrameRange> range_of(const ClipSpan& span, const std::string& name) const {
        const FrameRange all = edit_.clips[0].frames;
        if (const auto* numbers = std::get_if<FrameRange>(&span.part)) {
            if (numbers->first >= all.first && numbers->last <= all.last) {
                return FrameRange{numbers->first - all.first, numbers->last - all.first};
            }
            return complain(
                name, fmt::format("the clip has frames {}", TextForm<FrameRange>::write(all)));
        }
        const auto& times = std::get<TimeSpan>(span.part);
        const bool is_start = times.first.amount == 0;
        const WholeFrames first =
            is_start ? WholeFrames{0, {}} : whole_frames(times.first, shot_.rate);
        const WholeFrames end = whole_frames(times.end, shot_.rate);
        const std::string& problem = first.problem.empty() ? end.problem : first.problem;
        if (!problem.empty()) return complain(name, problem);
        if (end.count <= all.count()) return FrameRange{first.count, end.count - 1};
        return complain(name, fmt::format("the clip has {} frames", all.count()));
    }

    std::optional<std::int64_t> recut(const ClipSpan& span) {
        const auto kept = range_of(span, "keep");
        if (!kept) return {};
        const std::int64_t frames = count_of(0);
        if (kept->count() == frames) return complain("keep", "is the whole clip; nothing is made");
        make(kept->first);
        keep(0, kept->first, kept->count());
        make(frames - 1 - kept->last);
        return checked(frames);
    }

    std::optional<std::int64_t> retake(const ClipSpan& span) {
        auto made = range_of(span, "range");
        if (!made) return {};
        const std::int64_t frames = count_of(0);
        const bool is_between = made->first > 0 && made->last < frames - 1;
        if (is_between) {
            const std::int64_t whole = (made->count() + stride() - 1) / stride() * stride();
            made->last = std::min(made->first + whole, frames) - 1;
        }
        if (made->count() == frames) {
            return complain("range", "is the whole clip; render a new take of its shot instead");
        }
        keep(0, 0, made->first);
        make(made->count());
        keep(0, made->last + 1, frames - 1 - made->last);
        return checked(frames);
    }

    std::optional<std::int64_t> remix(const RemixStrength& strength) {
        if (shot_.sampling.forcing && shot_.sampling.forcing->lag > 0) {
            return complain("", "diffusion forcing with a lag cannot be combined with a remix");
        }
        edit_.strength = strength.sigma;
        make(count_of(0));
        return count_of(0);
    }

    std::optional<std::int64_t> blend(const std::vector<CurvePointAsked>& asked) {
        if (shot_.sampling.forcing) {
            return complain("", "diffusion forcing cannot be combined with a blend");
        }
        std::vector<CurvePoint> curve;
        for (const CurvePointAsked& point : asked) {
            const bool is_start = point.at.amount == 0;
            const WholeFrames frames =
                is_start ? WholeFrames{0, {}} : whole_frames(point.at, shot_.rate);
            if (!frames.problem.empty()) return complain("curve", frames.problem);
            if (!curve.empty() && frames.count <= curve.back().frame) {
                return complain("curve",
                                fmt::format("the times must rise, but {} does not follow {}",
                                            TextForm<Length>::write(point.at),
                                            TextForm<Length>::write(asked[curve.size() - 1].at)));
            }
            curve.push_back({frames.count, point.share});
        }
        if (curve.empty()) return complain("curve", "expected a point such as [1s, 0]");
        BlendParts blended = parts_of_blend(curve, {count_of(0), count_of(1)}, stride());
        if (!blended.problem.empty()) return complain("curve", blended.problem);
        edit_.parts = std::move(blended.parts);
        edit_.curve = std::move(curve);
        return blended.frames;
    }

    // All frames are made; how their clip is used is said.
    std::int64_t shown(ResolvedControl how) {
        edit_.control = how;
        make(count_of(0));
        return count_of(0);
    }

    std::optional<std::int64_t> control(const ControlAsked& asked) {
        const std::pair<const std::optional<ClipAsked>&, ControlKind> clips[] = {
            {asked.depth, ControlKind::depth},
            {asked.pose, ControlKind::pose},
            {asked.edges, ControlKind::edges},
            {asked.grey, ControlKind::grey}};
        for (const auto& [clip, kind] : clips) {
            if (!clip) continue;
            if (!find(*clip, std::string(word_of(kind)))) return {};
            return shown({.kind = kind});
        }
        return {};
    }

    std::optional<std::int64_t> paint(std::int32_t grow) {
        if (count_of(1) != count_of(0)) {
            return complain(
                "mask",
                fmt::format("has {} frames, but the clip has {}", count_of(1), count_of(0)));
        }
        return shown({.grow = grow});
    }

    std::optional<std::int64_t> reframe(const ReframeAsked& asked) {
        const PictureSize canvas = shot_.size;
        const auto fits = [&](PictureSize size) {
            return size.width <= canvas.width && size.height <= canvas.height && size != canvas;
        };
        if (asked.clip.resize.value_or(false)) {
            return complain("clip", "resize cannot be combined with reframe, which scales nothing");
        }
        if (!find(asked.clip, "clip", fits)) return {};
        const PictureSize inside = edit_.clips[0].size;
        if (!fits(inside)) {
            return complain("clip",
                            fmt::format("has the {} pixels of the shot; write the larger size of "
                                        "the new pictures as the size of the shot",
                                        size_text(inside)));
        }
        return shown({.grow = asked.grow.value_or(grow_default),
                      .corner = corner_of(asked.anchor, inside),
                      .inside = inside});
    }

    ClipCorner corner_of(FrameAnchor anchor, PictureSize inside) const {
        const std::string_view word = word_of(anchor);
        const auto has = [&](std::string_view part) {
            return word.find(part) != std::string_view::npos;
        };
        const auto along = [](std::int32_t spare, bool is_first, bool is_last) {
            return is_first ? 0 : is_last ? spare : spare / 2;
        };
        return {along(shot_.size.width - inside.width, has("left"), has("right")),
                along(shot_.size.height - inside.height, has("top"), has("bottom"))};
    }

    // New frames before a clip are given whole latent frames of it.
    std::optional<std::int64_t> checked(std::int64_t frames) const {
        for (std::size_t index = 1; index < edit_.parts.size(); ++index) {
            const EditPart& part = edit_.parts[index];
            if (edit_.parts[index - 1].clip || part.count >= stride()) continue;
            return complain("",
                            fmt::format("{} kept frames behind new ones are too few: at least {}",
                                        part.count,
                                        stride()));
        }
        return frames;
    }

    const ShotSettingsReader& settings_;
    const ModelCard& card_;
    EditVerb verb_;
    const ShotMeans& means_;
    ResolvedShot& shot_;
    std::string path_;
    ResolvedEdit edit_;
};

}  // namespace

std::optional<std::int64_t> resolve_edit(const ShotSettingsReader& settings,
                                         const ModelCard& card,
                                         EditVerb verb,
                                         const std::optional<std::int64_t>& frames,
                                         const ShotMeans& means,
                                         ResolvedShot& shot) {
    return EditResolver(settings, card, verb, means, shot).resolve(frames);
}

std::optional<std::int64_t> first_number_of(const ResolvedEdit& edit) {
    std::int64_t before = 0;
    for (const EditPart& part : edit.parts) {
        if (!part.clip && keeps_whole_frames(edit)) {
            before += part.count;
            continue;
        }
        const ResolvedClip& clip = edit.clips.at(static_cast<std::size_t>(part.clip.value_or(0)));
        if (clip.kind == ClipKind::movie) return {};
        const std::int64_t first = clip.frames.first + part.first - before;
        return first >= 0 ? std::optional(first) : std::nullopt;
    }
    return {};
}

}  // namespace nightreel
