#include "shotspec/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {

std::string text_of(const Diagnostic& diagnostic) {
    const std::string path = diagnostic.path.empty() ? "" : diagnostic.path + ": ";
    return fmt::format("{}:{}:{}: {}{}",
                       diagnostic.file,
                       diagnostic.line,
                       diagnostic.column,
                       path,
                       diagnostic.message);
}

std::string text_of(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += text_of(diagnostic) + "\n";
    return text;
}

std::uint32_t Complaints::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

void Complaints::add(const Place& place, std::string_view path, std::string message) {
    NIGHTREEL_CHECK(place.file < files_.size(), "a place lies in a file that was added");
    if (found_.size() > diagnostics_max) return;
    // A wrong default is met again by every shot.
    const auto is_same = [&](const Found& one) {
        return one.place == place && one.path == path && one.message == message;
    };
    if (std::any_of(found_.begin(), found_.end(), is_same)) return;
    if (found_.size() == diagnostics_max) {
        message = fmt::format("and more: only the first {} problems are listed", diagnostics_max);
        path = {};
    }
    found_.push_back({place, std::string(path), std::move(message)});
}

void Complaints::append(const Complaints& other) {
    const auto shift = static_cast<std::uint32_t>(files_.size());
    files_.insert(files_.end(), other.files_.begin(), other.files_.end());
    for (const Found& one : other.found_) {
        Place place = one.place;
        place.file += shift;
        add(place, one.path, one.message);
    }
}

std::vector<Diagnostic> Complaints::sorted() const {
    std::vector<Found> found = found_;
    const bool cut_short = found.size() > diagnostics_max;
    const auto before = [](const Found& a, const Found& b) {
        return std::tie(a.place.file, a.place.line, a.place.column, a.path, a.message) <
               std::tie(b.place.file, b.place.line, b.place.column, b.path, b.message);
    };
    std::sort(found.begin(), found.end() - (cut_short ? 1 : 0), before);
    std::vector<Diagnostic> diagnostics;
    for (Found& one : found) {
        diagnostics.push_back({files_[one.place.file],
                               one.place.line,
                               one.place.column,
                               std::move(one.path),
                               std::move(one.message)});
    }
    return diagnostics;
}

}  // namespace nightreel
