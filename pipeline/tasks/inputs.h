#pragma once
// The artifacts that a task reads, by digest. Whatever is wrong with one of them is LostInput, so
// that it is made again instead of failing the task for good. Borrowed values; any thread.

#include <filesystem>
#include <span>

#include "pipeline/plan/task_request.h"
#include "pipeline/tasks/run_task.h"

namespace nightreel {

class TaskInputs {
  public:
    // `inputs` must outlive this.
    explicit TaskInputs(std::span<const InputArtifact> inputs) : inputs_(inputs) {}

    // Where the files of an artifact lie. LostInput when nobody brought it or its folder is gone.
    std::filesystem::path folder_of(const Digest& digest) const;

    // What `read` makes of the artifact's folder; a fault of its files is LostInput.
    template <class Read>
    auto read(const Digest& digest, Read&& read) const {
        const std::filesystem::path folder = folder_of(digest);
        try {
            return read(folder);
        } catch (const Error& error) {
            rethrow_as_lost(digest, error);
        }
    }

  private:
    // Faults that are no fault of the files (no memory, cancelled) pass as they are.
    [[noreturn]] static void rethrow_as_lost(const Digest& digest, const Error& error);

    std::span<const InputArtifact> inputs_;
};

}  // namespace nightreel
