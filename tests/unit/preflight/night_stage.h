#pragma once
// A folder with a night file, and models and LoRAs beside it, that is checked as `nightreel check`
// does. For tests; one thread.

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/preflight/night_checks.h"
#include "shotspec/base/files.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

class NightStage {
  public:
    const std::filesystem::path& path() const { return folder_.path(); }

    void write(const std::string& name, const std::string& text) const {
        std::filesystem::create_directories((path() / name).parent_path());
        write_file_atomically(path() / name, text);
    }

    // A model of which there is no more than its card.
    void write_card(const std::string& name, const std::string& lines) const {
        write(name + "/model.yaml",
              "name: " + name +
                  "\nfamily: wan2.1-t2v\nlicence: Apache-2.0\ntraining_data: none\n"
                  "sizes: [96x64]\nrate: 12\nhistory: true\n" +
                  lines);
    }

    // Models are the bundled one and those of this folder.
    CheckedNight check(const std::string& night) const {
        write("night.yaml", night);
        return check_night(path() / "night.yaml",
                           {.model_roots = {"models", path()}, .checks = night_checks()});
    }

    // "5:12: shots[0].prompt: ..." with "warning: " in it; the file's name is left out.
    static std::vector<std::string> told(const CheckedNight& checked) {
        std::vector<std::string> told;
        for (Diagnostic diagnostic : checked.diagnostics) {
            diagnostic.file.clear();
            told.push_back(text_of(diagnostic).substr(1));
        }
        return told;
    }

  private:
    TemporaryFolder folder_;
};

// Nine frames of the bundled model for each of the shots' lines.
inline std::string night_of(const std::string& shots, const std::string& before = "") {
    return "nightreel: 1\nshow: aurora\ndefaults: { model: toybox }\n" + before + "shots:\n" +
           shots;
}

}  // namespace nightreel
