#include "shotspec/resolve/shot_reader.h"

#include <utility>

#include <fmt/format.h>

namespace nightreel {

ShotSettingsReader::ShotSettingsReader(NightDocument& document, std::size_t index)
    : document_(document),
      shot_(document.night.shots[index]),
      path_(fmt::format("shots[{}]", index)) {}

void ShotSettingsReader::complain(const std::string& path, std::string message) const {
    document_.complaints.add(document_.places.of(path), path, std::move(message));
}

void ShotSettingsReader::warn(const std::string& path, std::string message) const {
    document_.complaints.warn(document_.places.of(path), path, std::move(message));
}

std::string ShotSettingsReader::written_at(const std::string& path) const {
    return fmt::format("{}, line {}", path, document_.places.of(path).line);
}

}  // namespace nightreel
