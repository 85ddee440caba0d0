#pragma once
// Where results and takes go on this machine, and whether these folders are the farm's and take
// files. A worker never makes such a folder: where a disk is away it would fill the local one, and
// the night with it. Reads disks, which may take as long as they like; any thread.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "pipeline/plan/task_request.h"
#include "scheduler/protocol/scheduler_messages.h"
#include "shotspec/base/error.h"
#include "worker/run_worker.h"

namespace nightreel {

struct WorkFolder {
    std::string name;  // of the root; empty: this worker's own folder
    std::filesystem::path path;
    std::string identity;   // that its marker must have; empty: no marker is expected
    bool is_marked = true;  // else this worker may mark it, if something is in it
    std::uint64_t free_bytes_min = 0;

    friend bool operator==(const WorkFolder&, const WorkFolder&) = default;
};

using WorkFolders = std::vector<WorkFolder>;

// `roots`: as the scheduler has said; none, as in a farm within `nightreel run`, expects no
// markers.
WorkFolders work_folders_of(const WorkerConfig& config, const std::vector<wire::FarmRoot>& roots);

// The fault is this machine's, not the task's: unfit when a folder is not the farm's, unavailable
// when its disk takes no files.
class FolderFault : public Error {
  public:
    using Error::Error;
};

// Every folder is the farm's. Throws FolderFault.
void expect_folders(const WorkFolders& folders);

// And can be written to, with room for a task. Throws FolderFault.
void expect_room(const WorkFolders& folders);

// What either of them would throw now; empty: nothing.
std::string fault_of(const WorkFolders& folders);

// Runs `work` where the folders are the farm's. What fails while one is not is the folder's fault.
void at_folders(const WorkFolders& folders, const std::function<void()>& work);

// Identities by name, for a renderer.
RootMarks marks_of(const WorkFolders& folders);

}  // namespace nightreel
