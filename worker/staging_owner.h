#pragma once
// Under whose name a worker process makes staging folders in the shared store. The name is drawn at
// every start: two processes never clear away each other's folders, even where a key or a whole
// machine was copied. Disk only; one thread at a time.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "pipeline/store/artifact_store.h"

namespace nightreel {

class StagingOwner {
  public:
    // Remembers the drawn name in the state folder, with those of its earlier processes. A state
    // folder that was copied from elsewhere begins anew: the folders may be in use by the worker
    // that it was copied from. They go with those that are abandoned.
    StagingOwner(const std::filesystem::path& state, const std::string& worker);

    const std::string& name() const { return name_; }

    // Clears away what this process and earlier ones have left in the store, but the attempts in
    // `kept`; the first time also what others have abandoned.
    void sweep(ArtifactStore& store, const std::set<std::string>& kept);

  private:
    std::string name_;
    std::vector<std::string> former_;
    bool has_swept_ = false;
};

}  // namespace nightreel
