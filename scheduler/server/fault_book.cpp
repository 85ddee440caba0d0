#include "scheduler/server/fault_book.h"

#include <algorithm>
#include <fstream>
#include <utility>

#include "shotspec/base/digest.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

std::string name_of_request(std::string_view peer, std::string_view request) {
    return Hasher().field(peer).field(request).finish().hex();
}

}  // namespace

FaultBook::FaultBook(std::filesystem::path file) : file_(std::move(file)) {
    std::ifstream lines(file_);
    Entry entry;
    while (entries_.size() < entries_max && lines >> entry.digest >> entry.ends) {
        entries_.push_back(entry);
    }
}

bool FaultBook::refuses(std::string_view peer, std::string_view request) const {
    if (entries_.empty()) return false;  // as nearly always: no digest is made
    const std::string digest = name_of_request(peer, request);
    return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
        return entry.digest == digest && entry.ends >= ends_tolerated;
    });
}

void FaultBook::note(std::string_view peer, std::string_view request) {
    Entry entry{name_of_request(peer, request), 1};
    for (const Entry& known : entries_) {
        if (known.digest == entry.digest) entry.ends = known.ends + 1;
    }
    // In a row: what ended once and was carried out since, or waits, begins to count again.
    std::erase_if(entries_, [&](const Entry& known) {
        return known.digest == entry.digest || known.ends < ends_tolerated;
    });
    entries_.push_back(std::move(entry));
    if (entries_.size() > entries_max) entries_.erase(entries_.begin());
    std::string text;
    for (const Entry& known : entries_) {
        text += known.digest + ' ' + std::to_string(known.ends) + '\n';
    }
    write_file_atomically(file_, text);
}

}  // namespace nightreel
