#pragma once
// Pictures that a night gives, found, looked at and named by their bytes. Reads each file once,
// however many places name it; one thread.

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "shotspec/card/model_card.h"
#include "shotspec/night/picture_file.h"
#include "shotspec/night/read_night.h"
#include "shotspec/picture/picture_reading.h"

namespace nightreel {

// One that was complained of has neither digest nor size.
struct GivenPicture {
    std::string path = {};   // absolute
    std::string place = {};  // in the night: "characters.mira.references[0]"
    std::string name = {};   // as it is written there
    Digest digest = {};
    PictureSize size = {};  // as shown
    std::optional<PictureReading> reading = {};
};

class PictureShelf {
  public:
    explicit PictureShelf(NightDocument& document) : document_(document) {}

    // The picture that is written at `place`; what is wrong with it is complained of there.
    GivenPicture find(const std::string& name, const std::string& place, PictureGround ground);

    // Complains of one that cannot stand for a frame of a shot of this size.
    void require_size(const GivenPicture& picture, PictureSize frame);

  private:
    const PictureFile& look_at(const std::filesystem::path& file);

    NightDocument& document_;
    std::map<std::filesystem::path, PictureFile> looked_;
};

// Whether its engine lays references of any size on a canvas; others take them as frames.
bool takes_references_of_any_size(const ModelCard& card);

}  // namespace nightreel
