#include "toybox/detect/judge.h"

#include <algorithm>
#include <optional>
#include <vector>

namespace nightreel::toybox {
namespace {

void note(Tally& tally, bool right) {
    ++tally.asked;
    tally.right += right;
}

template <class Value>
void compare(Tally& tally,
             const std::optional<Value>& said,
             const SeenActor* seen,
             Value SeenActor::*member) {
    if (said) note(tally, seen != nullptr && seen->*member == *said);
}

// The actor seen for each actor told of, or none.
std::vector<const SeenActor*> partners(const Detection& seen, const Facts& facts) {
    std::vector<const SeenActor*> free;
    for (const SeenActor& actor : seen.actors) free.push_back(&actor);
    std::vector<const SeenActor*> found(facts.actors.size(), nullptr);
    for (std::size_t i = 0; i < facts.actors.size(); ++i) {
        const auto match = std::find_if(free.begin(), free.end(), [&](const SeenActor* actor) {
            return facts.actors[i].colour == actor->colour;
        });
        if (match == free.end()) continue;
        found[i] = *match;
        free.erase(match);
    }
    for (const SeenActor*& partner : found) {
        if (partner != nullptr || free.empty()) continue;
        partner = free.front();
        free.erase(free.begin());
    }
    return found;
}

}  // namespace

Judgement& Judgement::operator+=(const Judgement& other) {
    for (std::size_t i = 0; i < attributes.size(); ++i) attributes[i] += other.attributes[i];
    exact += other.exact;
    return *this;
}

Judgement judge(const Detection& seen, const Facts& facts) {
    Judgement result;
    note(result.of(Attribute::count), seen.actors.size() == facts.actors.size());
    const std::vector<const SeenActor*> found = partners(seen, facts);
    for (std::size_t i = 0; i < facts.actors.size(); ++i) {
        const ActorFacts& said = facts.actors[i];
        compare(result.of(Attribute::shape), said.shape, found[i], &SeenActor::shape);
        compare(result.of(Attribute::colour), said.colour, found[i], &SeenActor::colour);
        compare(result.of(Attribute::pattern), said.pattern, found[i], &SeenActor::pattern);
        compare(result.of(Attribute::size), said.size, found[i], &SeenActor::size);
        note(result.of(Attribute::action),
             found[i] != nullptr && found[i]->doing.action == said.action);
    }
    if (facts.background) {
        note(result.of(Attribute::background), seen.background == *facts.background);
    }
    note(result.of(Attribute::camera), seen.camera.move == facts.camera);
    note(result.of(Attribute::pillar), seen.has_pillar == facts.has_pillar);
    note(result.exact,
         std::all_of(result.attributes.begin(), result.attributes.end(), [](const Tally& tally) {
             return tally.right == tally.asked;
         }));
    return result;
}

bool is_same_character(const Detection& seen, const Actor& actor) {
    if (seen.actors.empty()) return false;
    const SeenActor& lead = seen.actors.front();
    return lead.shape == actor.shape && lead.colour == actor.colour &&
           lead.pattern == actor.pattern && lead.size == actor.size;
}

}  // namespace nightreel::toybox
