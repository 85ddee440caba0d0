#include "pipeline/preflight/night_checks.h"

#include "pipeline/preflight/check_loras.h"
#include "pipeline/preflight/check_models.h"
#include "pipeline/preflight/check_pictures.h"
#include "pipeline/preflight/check_prompts.h"
#include "pipeline/preflight/check_words.h"

namespace nightreel {

std::vector<NightCheck> night_checks() {
    return {check_words, check_prompts, check_models, check_loras, check_pictures};
}

}  // namespace nightreel
