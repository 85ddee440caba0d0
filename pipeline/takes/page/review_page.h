#pragma once
// The review page of a dailies folder: index.html, and `review/` with its scripts and the data of
// the takes as scripts, so that it works from a disk as well as from a server. Any thread.
//
//   index.html
//   review/review.css, review/*.js       the page, the same for all
//   review/data.js                       what the list of takes shows
//   review/takes/<show>_<shot>_v001_t01.js   what one take shows, read when it is opened
//   review/references/<digest>.png       reference pictures that could be read

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "pipeline/takes/dailies_folder.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {

// Frames of a review movie before the first one of the take.
inline constexpr int frames_before_take = 1;

struct PageFile {
    std::string_view name;
    std::string_view text;
};

// Of the page itself, from the sources beside this.
std::span<const PageFile> page_files();

// A value as a script: no text in it can end a script or a line.
std::string script_text(const Json& value);

// Media are named and placed already. Each file is replaced by one rename, index.html last; those
// of takes that are gone are removed. A take without a readable record has what the summary has.
void write_review_page(const std::filesystem::path& folder, const Dailies& dailies);

}  // namespace nightreel
