#include "pipeline/takes/page/review_page.h"

namespace nightreel {
namespace {

// The files beside this, written by CMake as {name, text}.
constexpr PageFile page_texts[] = {
#include "pipeline/takes/page/page_files.inc"
};

}  // namespace

std::span<const PageFile> page_files() {
    return page_texts;
}

}  // namespace nightreel
