#include "shotspec/yaml/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/check.h"

namespace nightreel {

std::string text_of(const Diagnostic& diagnostic) {
    const std::string path = diagnostic.path.empty() ? "" : diagnostic.path + ": ";
    return fmt::format("{}:{}:{}: {}{}{}",
                       diagnostic.file,
                       diagnostic.line,
                       diagnostic.column,
                       diagnostic.severity == Severity::warning ? "warning: " : "",
                       path,
                       diagnostic.message);
}

std::string text_of(const std::vector<Diagnostic>& diagnostics) {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics) text += text_of(diagnostic) + "\n";
    return text;
}

std::size_t count_of(const std::vector<Diagnostic>& diagnostics, Severity severity) {
    return static_cast<std::size_t>(
        std::ranges::count(diagnostics, severity, &Diagnostic::severity));
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
    return count_of(diagnostics, Severity::error) > 0;
}

std::string count_text(const std::vector<Diagnostic>& diagnostics) {
    if (diagnostics.empty()) return "no problems";
    const auto counted = [&](Severity severity) {
        const std::size_t count = count_of(diagnostics, severity);
        if (count > diagnostics_max) {  // the last one says that more were left out
            return fmt::format("more than {} {}s", diagnostics_max, word_of(severity));
        }
        const std::string number = count == 0 ? "no" : fmt::format("{}", count);
        return fmt::format("{} {}{}", number, word_of(severity), count == 1 ? "" : "s");
    };
    std::string text = counted(Severity::error);
    if (count_of(diagnostics, Severity::warning) > 0) text += ", " + counted(Severity::warning);
    return text;
}

std::uint32_t Complaints::add_file(std::string name) {
    files_.push_back(std::move(name));
    return static_cast<std::uint32_t>(files_.size() - 1);
}

void Complaints::add(const Place& place, std::string_view path, std::string message) {
    keep({place, std::string(path), std::move(message), Severity::error});
}

void Complaints::warn(const Place& place, std::string_view path, std::string message) {
    keep({place, std::string(path), std::move(message), Severity::warning});
}

void Complaints::keep(Found found) {
    NIGHTREEL_CHECK(found.place.file < files_.size(), "a place lies in a file that was added");
    // Each severity has a limit of its own, so that warnings never crowd out an error.
    const auto kept =
        static_cast<std::size_t>(std::ranges::count(found_, found.severity, &Found::severity));
    if (kept > diagnostics_max) return;
    // A wrong default is met again by every shot.
    const auto is_same = [&](const Found& one) {
        return one.place == found.place && one.path == found.path && one.message == found.message &&
               one.severity == found.severity;
    };
    if (std::ranges::any_of(found_, is_same)) return;
    if (kept == diagnostics_max) {
        found.path.clear();
        found.message = fmt::format("and more: only the first {} {} are listed",
                                    diagnostics_max,
                                    found.severity == Severity::error ? "problems" : "warnings");
        found.closes_list = true;
    }
    found_.push_back(std::move(found));
}

void Complaints::append(const Complaints& other) {
    const auto shift = static_cast<std::uint32_t>(files_.size());
    files_.insert(files_.end(), other.files_.begin(), other.files_.end());
    for (Found one : other.found_) {
        one.place.file += shift;
        keep(std::move(one));
    }
}

bool Complaints::has_errors() const {
    return std::ranges::find(found_, Severity::error, &Found::severity) != found_.end();
}

std::vector<Diagnostic> Complaints::sorted() const {
    std::vector<Found> found = found_;
    std::ranges::sort(found, {}, [](const Found& one) {
        return std::tie(one.closes_list,
                        one.place.file,
                        one.place.line,
                        one.place.column,
                        one.path,
                        one.message,
                        one.severity);
    });
    std::vector<Diagnostic> diagnostics;
    for (Found& one : found) {
        diagnostics.push_back({files_[one.place.file],
                               one.place.line,
                               one.place.column,
                               std::move(one.path),
                               std::move(one.message),
                               one.severity});
    }
    return diagnostics;
}

}  // namespace nightreel
