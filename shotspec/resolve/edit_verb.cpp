#include "shotspec/resolve/edit_verb.h"

#include <string>
#include <vector>

#include <fmt/format.h>

#include "shotspec/card/long_takes.h"

namespace nightreel {
namespace {

// Whether it makes a clip anew from a noised version of it.
bool can_remix(const ModelCard& card) {
    return can_use_windows(card) && continuation_of(card) != Continuation::frames;
}

}  // namespace

std::optional<EditVerb> verb_of(const ShotSettingsReader& settings) {
    const NightShot& shot = settings.shot();
    std::vector<EditVerb> asked;
    if (shot.extend) asked.push_back(EditVerb::extend);
    if (shot.fill) asked.push_back(EditVerb::fill);
    if (shot.loop.value_or(false)) asked.push_back(EditVerb::loop);
    if (shot.recut) asked.push_back(EditVerb::recut);
    if (shot.retake) asked.push_back(EditVerb::retake);
    if (shot.remix) asked.push_back(EditVerb::remix);
    if (shot.blend) asked.push_back(EditVerb::blend);
    if (shot.control) asked.push_back(EditVerb::control);
    if (shot.paint) asked.push_back(EditVerb::paint);
    if (shot.reframe) asked.push_back(EditVerb::reframe);
    if (asked.empty()) return {};
    const auto refuse_beside = [&](const std::string& other) {
        settings.complain(settings.path_of(other),
                          fmt::format("cannot be combined with {}; a shot has one operation at "
                                      "most",
                                      word_of(asked.front())));
    };
    for (std::size_t index = 1; index < asked.size(); ++index) {
        refuse_beside(std::string(word_of(asked[index])));
    }
    if (shot.still.value_or(false)) refuse_beside("still");
    if (shot.storyboard) refuse_beside("storyboard");
    if (!shot.keys.empty()) refuse_beside("keys");
    return asked.front();
}

bool can_keep_frames(const ModelCard& card) {
    return card.pictures_between == PictureUse::taken &&
           continuation_of(card) == Continuation::latents;
}

bool can_do(const ModelCard& card, EditVerb verb) {
    switch (verb) {
        case EditVerb::remix:
            return can_remix(card);
        case EditVerb::control:
        case EditVerb::paint:
        case EditVerb::reframe:
            return has_control_channels(card);
        case EditVerb::extend:
        case EditVerb::fill:
        case EditVerb::loop:
        case EditVerb::recut:
        case EditVerb::retake:
        case EditVerb::blend:
            break;
    }
    return can_keep_frames(card);
}

}  // namespace nightreel
