#pragma once
// Whether a published take is what a delivery profile asks for. Decodes every frame, changes
// nothing. Any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/takes/publish_record.h"
#include "shotspec/base/pulse.h"
#include "shotspec/delivery/delivery_profile.h"

namespace nightreel {

// One thing that is wrong. Of frames that have it all, the first one and how many.
struct Breach {
    std::string file;  // below the take's folder, with '/'; publish.json for the take as a whole
    std::string text;
    std::int64_t files = 1;
};

template <class Visitor>
void describe(Breach& value, Visitor& field) {
    field("file", value.file, {.meaning = "File, relative to the take; the first one of several."});
    field("text", value.text, {.meaning = "What is wrong with it."});
    field("files", value.files, {.meaning = "Number of files with which this is wrong."});
}

// In the order of checking: the take, its frames, its movies. Files that are missing or changed are
// check_take's to find. A frame that cannot be decoded, or has NaN or infinite values, is a breach
// of every profile, and so are frames that are not numbered without a gap.
std::vector<Breach> check_delivery(const std::filesystem::path& folder,
                                   const PublishRecord& record,
                                   const DeliveryProfile& profile,
                                   const Pulse& pulse = {});

}  // namespace nightreel
