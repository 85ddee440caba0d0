#include "pipeline/preflight/check_pictures.h"

#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>

#include "pipeline/picture/picture.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

class PictureCheck {
  public:
    // Only pictures that nothing was said of yet have a digest.
    PictureCheck(NightDocument& document, const ResolvedNight& night) : document_(document) {
        for (const ResolvedShot& shot : night.shots) {
            for (const ReferencePicture& picture : shot.references) note(picture);
            for (const KeyPicture& picture : shot.keys) note(picture);
        }
    }

    // `name` as it is written at `place`.
    void look(const std::string& name, const std::string& place) {
        const Place where = document_.places.of(place);
        const fs::path written_in = document_.complaints.files()[where.file];
        const fs::path file = fs::absolute(written_in.parent_path() / name).lexically_normal();
        if (waiting_.erase(file.string()) == 0) return;
        try {
            PictureFlaws flaws;
            const FrameRgb picture = read_picture(file, PictureGround::black, &flaws);
            if (flaws.pixels_without_number == 0) return;
            document_.complaints.warn(where,
                                      place,
                                      fmt::format("{}: {} of its {} pixels are NaN, which are read "
                                                  "as black",
                                                  name,
                                                  flaws.pixels_without_number,
                                                  picture.rgb.size() / 3));
        } catch (const Error& error) {
            const std::string_view what = error.what();
            const std::string label = file.string() + ": ";
            const bool is_named = what.starts_with(label);
            document_.complaints.add(
                where,
                place,
                fmt::format("{}: {}", name, is_named ? what.substr(label.size()) : what));
        }
    }

  private:
    template <class Picture>
    void note(const Picture& picture) {
        if (!picture.digest.empty()) waiting_.insert(picture.path);
    }

    NightDocument& document_;
    std::set<std::string> waiting_;
};

}  // namespace

void check_pictures(NightDocument& document, ResolvedNight& night) {
    PictureCheck check(document, night);
    for (const auto& [name, sheet] : document.night.characters) {
        for (std::size_t i = 0; i < sheet.references.size(); ++i) {
            check.look(sheet.references[i], fmt::format("characters.{}.references[{}]", name, i));
        }
    }
    for (std::size_t shot = 0; shot < document.night.shots.size(); ++shot) {
        const auto& keys = document.night.shots[shot].keys;
        for (std::size_t i = 0; i < keys.size(); ++i) {
            check.look(keys[i].image, fmt::format("shots[{}].keys[{}].image", shot, i));
        }
        const auto& board = document.night.shots[shot].storyboard;
        for (std::size_t i = 0; board && i < board->size(); ++i) {
            if (!(*board)[i].image) continue;
            check.look(*(*board)[i].image, fmt::format("shots[{}].storyboard[{}].image", shot, i));
        }
    }
}

}  // namespace nightreel
