#pragma once
// The order of the one task of a job that tells what became of its takes. A plain value, any
// thread.

#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

// The root that takes are published below. Paths of roots are in no digest: workers may mount
// elsewhere.
inline constexpr const char* takes_root = "out";

// Result: summary.json; and the dailies of the job below `folder`
// (pipeline/takes/dailies_folder.h). Which takes there are is said by whoever runs it: it is run
// again whenever that changes, and its result is never taken from the store.
struct DailiesOrder {
    std::string root = takes_root;
    std::string folder;  // of all dailies of the show, relative to the root: show/dailies
    std::string show;
    Digest night;
};

template <class Visitor>
void describe(DailiesOrder& value, Visitor& field) {
    field("root", value.root, {.meaning = "Name of the output root."});
    field("folder",
          value.folder,
          {.meaning = "Folder of all dailies of the show, relative to the output root."});
    field("show", value.show, {.meaning = "Name of the show."});
    field("night", value.night, {.meaning = "Digest of the resolved night."});
}

}  // namespace nightreel
