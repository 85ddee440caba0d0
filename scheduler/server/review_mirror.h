#pragma once
// Keeps the journal's verdicts and notes and those below the output roots the same, so that people
// who use the farm and people who use the folder see each other's (docs/notes.md). The disks are
// those of a network and may be away: a thread of its own reads and writes, and nobody waits for
// it. What could not be written is tried again; all of it is in the journal.

#include <condition_variable>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "shotspec/base/clock.h"
#include "shotspec/review/review_files.h"

namespace nightreel {

class ReviewMirror {
  public:
    static constexpr Millis look_every{10'000};     // at the files
    static constexpr std::size_t found_max = 100;   // of one fact
    static constexpr std::size_t faults_max = 100;  // that wait to be logged
    // Records of shows that no root has; more are written after the next start.
    static constexpr std::size_t waiting_max = 10'000;

    // Absolute folders, of which some may not be there. `host` is the name of this machine.
    ReviewMirror(std::vector<std::filesystem::path> roots, std::string host);
    ~ReviewMirror();
    ReviewMirror(const ReviewMirror&) = delete;
    ReviewMirror& operator=(const ReviewMirror&) = delete;

    // Records of the journal: written below each root that has their show, where they are not there
    // yet. Returns at once.
    void write(const std::vector<ReviewRecord>& records);

    // Records of files that were neither written nor found before.
    std::vector<ReviewRecord> take_found(std::size_t most);

    // Why something could not be read or written.
    std::vector<std::string> take_faults();

    // Until what was given before is written, or known not to be possible now, and the files were
    // looked at.
    void wait_until_done();

  private:
    struct Root {
        std::filesystem::path path;
        ReviewReader reader;
        std::size_t faults_said = 0;
    };

    void run(const std::stop_token& stop);
    void look_at_files(const std::vector<ReviewRecord>& given);
    void read_new(Root& root);
    void write_waiting(const Root& root, std::set<std::string>& written);
    void report(const std::string& fault);

    std::string host_;

    // Of the thread alone.
    std::vector<Root> roots_;
    std::map<std::string, ReviewRecord> waiting_;  // for a root that has their show
    std::set<std::string> known_;                  // ids that were given or found

    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<ReviewRecord> given_;
    std::vector<ReviewRecord> found_;
    std::vector<std::string> faults_;
    std::uint64_t looks_ = 0;
    std::uint64_t looks_wanted_ = 1;

    std::jthread thread_;
};

}  // namespace nightreel
