#pragma once
// Cache of file digests, so that a machine reads a model of tens of gigabytes once and not at every
// start. A file counts as unchanged while its device, inode, size, mtime and ctime are the same;
// ctime is set by the system and cannot be forged with touch. One thread. Several processes may
// share the cache file; the last one to write wins.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/pulse.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct FileStamp {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t bytes = 0;
    std::int64_t modified_ns = 0;
    std::int64_t changed_ns = 0;

    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

template <class Visitor>
void describe(FileStamp& value, Visitor& field) {
    field(
        "device", value.device, {.meaning = "Device number of the file system.", .required = true});
    field("inode", value.inode, {.meaning = "Inode number.", .required = true});
    field("bytes", value.bytes, {.meaning = "File size in bytes.", .required = true});
    field("modified_ns",
          value.modified_ns,
          {.meaning = "Modification time (mtime), in nanoseconds.", .required = true});
    field("changed_ns",
          value.changed_ns,
          {.meaning = "Status change time (ctime), in nanoseconds.", .required = true});
}

struct KnownFile {
    FileStamp stamp;
    Digest digest;
};

template <class Visitor>
void describe(KnownFile& value, Visitor& field) {
    field(
        "stamp",
        value.stamp,
        {.meaning = "Identity of the file; any change invalidates the digest.", .required = true});
    field("digest", value.digest, {.meaning = "SHA-256 of the file.", .required = true});
}

class FileDigests {
  public:
    // `memory`: path of the cache file; empty: cache only in memory. A cache file that cannot be
    // read or written costs time but is not an error. `clock` must outlive this object.
    FileDigests(std::filesystem::path memory, const Clock& clock);

    // SHA-256 of the current contents of the file, with a pulse while it is read.
    // Error{unavailable} when it cannot be read.
    Digest of(const std::filesystem::path& file, const Pulse& pulse = {});
    // The same of several; the cache file is written once.
    std::vector<Digest> of_all(const std::vector<std::filesystem::path>& files,
                               const Pulse& pulse = {});

  private:
    Digest look_at(const std::filesystem::path& file, const Pulse& pulse);

    std::filesystem::path memory_;
    const Clock& clock_;
    std::map<std::string, KnownFile> known_;  // by absolute path
    bool has_news_ = false;                   // that the cache file does not have
};

}  // namespace nightreel
