#include "scheduler/server/review_mirror.h"

#include <algorithm>
#include <utility>

#include "shotspec/base/error.h"

namespace fs = std::filesystem;

namespace nightreel {

ReviewMirror::ReviewMirror(std::vector<fs::path> roots, std::string host) : host_(std::move(host)) {
    for (fs::path& path : roots) roots_.push_back({path, ReviewReader(path)});
    thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ReviewMirror::~ReviewMirror() {
    thread_.request_stop();
    changed_.notify_all();
}

void ReviewMirror::write(const std::vector<ReviewRecord>& records) {
    if (records.empty()) return;
    const std::lock_guard lock(mutex_);
    given_.insert(given_.end(), records.begin(), records.end());
    changed_.notify_all();
}

std::vector<ReviewRecord> ReviewMirror::take_found(std::size_t most) {
    const std::lock_guard lock(mutex_);
    const auto end = found_.begin() + static_cast<std::ptrdiff_t>(std::min(most, found_.size()));
    std::vector<ReviewRecord> taken(found_.begin(), end);
    found_.erase(found_.begin(), end);
    return taken;
}

std::vector<std::string> ReviewMirror::take_faults() {
    const std::lock_guard lock(mutex_);
    return std::exchange(faults_, {});
}

void ReviewMirror::wait_until_done() {
    std::unique_lock lock(mutex_);
    looks_wanted_ = looks_ + 2;  // the one that is under way, and a whole one
    changed_.notify_all();
    changed_.wait(lock, [this] { return looks_ >= looks_wanted_ && given_.empty(); });
}

void ReviewMirror::report(const std::string& fault) {
    const std::lock_guard lock(mutex_);
    if (faults_.size() < faults_max) faults_.push_back(fault);
}

void ReviewMirror::run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!stop.stop_requested()) {
        changed_.wait_for(
            lock, stop, look_every, [this] { return !given_.empty() || looks_ < looks_wanted_; });
        const std::vector<ReviewRecord> given = std::exchange(given_, {});
        lock.unlock();
        look_at_files(given);
        lock.lock();
        ++looks_;
        changed_.notify_all();
    }
}

void ReviewMirror::look_at_files(const std::vector<ReviewRecord>& given) {
    for (const ReviewRecord& record : given) {
        known_.insert(record.id);
        if (waiting_.size() < waiting_max) waiting_.insert_or_assign(record.id, record);
    }
    std::set<std::string> written;
    bool all_written = true;
    for (Root& root : roots_) {
        std::error_code ignored;
        if (!fs::is_directory(root.path, ignored)) continue;
        try {
            read_new(root);
            write_waiting(root, written);
        } catch (const Error& error) {
            all_written = false;
            report(error.what());
        }
    }
    if (!all_written) return;  // all of them again: what is there is found there
    for (const std::string& id : written) waiting_.erase(id);
}

void ReviewMirror::read_new(Root& root) {
    if (root.reader.refresh()) {
        std::vector<ReviewRecord> fresh;
        for (const ReviewRecord& record : in_order(root.reader.book())) {
            if (known_.insert(record.id).second) fresh.push_back(record);
        }
        const std::lock_guard lock(mutex_);
        found_.insert(found_.end(), fresh.begin(), fresh.end());
    }
    const std::vector<std::string>& faults = root.reader.faults();
    for (; root.faults_said < faults.size(); ++root.faults_said) report(faults[root.faults_said]);
}

// Notes which records are there now.
void ReviewMirror::write_waiting(const Root& root, std::set<std::string>& written) {
    std::vector<ReviewRecord> missing;
    for (const auto& [id, record] : waiting_) {
        std::error_code ignored;
        if (!fs::is_directory(root.path / record.show, ignored)) continue;
        if (is_news(root.reader.book(), record)) missing.push_back(record);
        written.insert(id);
    }
    append_reviews(root.path, missing, host_);
}

}  // namespace nightreel
