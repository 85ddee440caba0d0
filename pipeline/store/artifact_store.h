#pragma once
// Where results live, named by the digest of the work that made them:
//
//     <root>/ab/<digest>/        the files of a result and artifact.json, all or nothing
//     <root>/.staging/<owner>/   what is being made, one folder an attempt
//     <root>/.damaged/           results that were found changed, kept as evidence
//     <root>/.replaced/          results that give way to new ones, for the moment that it takes
//
// The root may be shared by many workers. It is somebody's mount, and is never made here: a folder
// that is made because a disk is away would take the results of a night. A result appears by one
// rename and is never changed again. A store belongs to one thread at a time, but for sweeping.
// Faults are Error{unavailable} naming the path.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "pipeline/plan/task_kind.h"
#include "pipeline/plan/task_request.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/pulse.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct ArtifactFile {
    std::string name;  // relative to the folder of the artifact
    std::uint64_t bytes = 0;
    Digest sha256;
};

template <class Visitor>
void describe(ArtifactFile& value, Visitor& field) {
    field(
        "name", value.name, {.meaning = "Path of the file inside the artifact.", .required = true});
    field("bytes", value.bytes, {.meaning = "File size in bytes.", .required = true});
    field("sha256", value.sha256, {.meaning = "SHA-256 of the file.", .required = true});
}

// artifact.json. `self` is the digest of the rest in canonical form.
struct Artifact {
    std::int32_t format = 1;
    Digest digest;
    TaskKind kind = TaskKind::sample;
    std::string task;
    std::vector<ArtifactFile> files;
    TaskResult result;
    std::optional<std::vector<TaskRecord>> made_from =
        {};  // results of earlier releases do not say
    Digest self;
};

template <class Visitor>
void describe(Artifact& value, Visitor& field) {
    field("format", value.format, {.meaning = "Version of this record.", .required = true});
    field("digest",
          value.digest,
          {.meaning = "Digest of the task: the artifact's name.", .required = true});
    field("kind", value.kind, {.meaning = "Kind of the task."});
    field("task", value.task, {.meaning = "Name of the task that made it first."});
    field("files", value.files, {.meaning = "Files of the artifact.", .required = true});
    field("result", value.result, {.meaning = "Facts about the attempt that made it."});
    field("made_from",
          value.made_from,
          {.meaning = "Records of all tasks that it was made from, in the order of making."});
    field("self", value.self, {.meaning = "Digest of this record.", .in_digest = false});
}

// What the artifact was made from, and its own record last.
std::vector<TaskRecord> records_of(const Artifact& artifact);

// What becomes of a whole result that is there already.
enum class Existing { keep, replace };

class ArtifactStore {
  public:
    static constexpr std::size_t files_max = 100'000;        // of one artifact
    static constexpr std::size_t verified_max = 100'000;     // remembered; forgotten all at once
    static constexpr Millis staging_kept{7 * 86'400'000LL};  // of an owner that never came back

    // `pulse` is told while files are hashed, and may end that by what it throws: nothing is lost,
    // and the same call may be made again.
    explicit ArtifactStore(std::filesystem::path root, Pulse pulse = {});

    // An empty folder for one attempt.
    std::filesystem::path make_staging(const std::string& owner, const std::string& attempt);
    std::filesystem::path staging_of(const std::string& owner, const std::string& attempt) const;

    // A folder that attempts of one task share, one after the other: what lets the next go on where
    // one was killed. It is there once one of them makes it, and gone with the task's result.
    std::filesystem::path resume_of(const Digest& digest) const;

    // Names and hashes the files of a staging folder and makes them durable: what is sealed can be
    // published after any crash. Throws Error{corrupt} when the folder holds anything but files.
    Artifact seal(const std::filesystem::path& staging,
                  const Digest& digest,
                  TaskKind kind,
                  const std::string& task,
                  const TaskResult& result,
                  std::vector<TaskRecord> made_from = {});

    // Makes a sealed staging folder the result, by one rename. Where a whole result is there
    // already, the staging folder is dropped or takes its place; killed meanwhile, either of the
    // two is found afterwards.
    void publish(const Digest& digest,
                 const std::filesystem::path& staging,
                 Existing existing = Existing::keep);

    // The result with every byte verified, or nothing. A damaged one is moved to .damaged and
    // reported by Error{corrupt}. What was verified once is hashed again only after a change of
    // size, time or place.
    std::optional<Artifact> find(const Digest& digest);

    std::filesystem::path folder_of(const Digest& digest) const;

    // Removes a result that nobody needs; who needs it after all makes it again.
    void remove(const Digest& digest);

    // Removes one staging folder and what its attempt has prepared elsewhere
    // (pipeline/plan/prepared_note.h).
    void remove_staging(const std::filesystem::path& staging);
    // Removes the staging folders of `owner` but those of the attempts in `keep`.
    void sweep_staging(const std::string& owner, const std::set<std::string>& keep);
    // Removes staging folders of anybody that have not been touched for `staging_kept`, by the
    // clock of the disk that the store is on: the clock of one worker must not judge another's.
    // Also puts back, or removes, what a replacement that was killed has left.
    void sweep_abandoned();

    const std::filesystem::path& root() const { return root_; }

  private:
    void quarantine(const Digest& digest, const std::string& why);
    bool is_there_whole(const Digest& digest);
    std::filesystem::path replaced_of(const Digest& digest) const;
    bool put_back(const Digest& digest);
    void discard(const std::filesystem::path& folder);
    void make_folders(const std::filesystem::path& path) const;
    void verify_bytes(const std::filesystem::path& folder, const Artifact& artifact) const;

    std::filesystem::path root_;
    Pulse pulse_;
    std::map<Digest, Digest> verified_;  // what the files looked like then
};

}  // namespace nightreel
