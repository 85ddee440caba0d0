#pragma once
// The journal in one SQLite file: write-ahead log, synchronous=FULL, one transaction a batch. One
// process holds it at a time. One thread.

#include <filesystem>
#include <memory>

#include "scheduler/journal/journal.h"

namespace nightreel {

class SqliteJournal final : public Journal {
  public:
    // Makes the file when it is not there, brings an older one up to date. Throws Error:
    // unavailable when another scheduler holds it, corrupt when it is damaged; both say what to do.
    explicit SqliteJournal(const std::filesystem::path& path);
    ~SqliteJournal() override;

    void append(const JournalBatch& batch) override;
    void replay(const std::function<void(const Event&)>& take) override;
    std::optional<std::string> order_of(TaskKey task) override;
    std::vector<NightPiece> night_of(JobId job) override;
    std::vector<LogDocument> logs_of(TaskKey task) override;

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace nightreel
