#pragma once
// The settings that hold for one shot of a night, and where each was written. One thread.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "shotspec/night/read_night.h"

namespace nightreel {

// A setting of a shot and where it was written: in the shot, else in the defaults, else nowhere.
template <class T>
struct Setting {
    std::optional<T> value;
    std::string path;
};

// The settings that hold for one shot. Borrows the document.
class ShotSettingsReader {
  public:
    ShotSettingsReader(NightDocument& document, std::size_t index);

    const NightShot& shot() const { return shot_; }

    const Night& night() const { return document_.night; }

    template <class T>
    Setting<T> get(const std::string& name, std::optional<T> ShotSettings::*field) const {
        const std::optional<T>& own = shot_.settings.*field;
        const std::optional<T>& shared = document_.night.defaults.*field;
        const std::string shared_path = "defaults." + name;
        if (!own && is_written(shared_path)) return {shared, shared_path};
        return {own, path_of(name)};
    }

    std::string path_of(const std::string& name) const { return path_ + "." + name; }

    // Whether the document has such a value, right or (and then complained of) wrong.
    bool is_written(const std::string& path) const { return document_.places.has(path); }

    bool is_right(const std::string& path) const { return document_.places.is_right(path); }

    // Complained of by the reader, there or left out.
    bool is_wrong(const std::string& path) const { return document_.places.is_wrong(path); }

    // The file of the night that a value was written in.
    std::filesystem::path file_of(const std::string& path) const {
        return document_.complaints.files()[document_.places.of(path).file];
    }

    // "shots[2].steps, line 14", for a complaint that is made at another place.
    std::string written_at(const std::string& path) const;

    void complain(const std::string& path, std::string message) const;
    void warn(const std::string& path, std::string message) const;

  private:
    NightDocument& document_;
    const NightShot& shot_;
    std::string path_;
};

}  // namespace nightreel
