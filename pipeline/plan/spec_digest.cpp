#include "pipeline/plan/spec_digest.h"

#include "shotspec/describe/canonical_text.h"

namespace nightreel {

Digest spec_digest(const ResolvedShot& shot, const ModelCard& card) {
    return Hasher().field(canonical_text(shot)).field(card.digest.hex()).finish();
}

}  // namespace nightreel
