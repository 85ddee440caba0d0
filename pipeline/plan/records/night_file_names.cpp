#include "pipeline/plan/records/night_file_names.h"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

namespace nightreel {

std::vector<std::string> night_file_names(std::span<const NightFile> night) {
    std::vector<std::string> names;
    for (const NightFile& file : night) {
        const std::filesystem::path base = std::filesystem::path(file.name).filename();
        std::string name = fmt::format("night/{}", base.string());
        for (int number = 2; std::ranges::find(names, name) != names.end(); ++number) {
            name = fmt::format(
                "night/{}.{}{}", base.stem().string(), number, base.extension().string());
        }
        names.push_back(std::move(name));
    }
    return names;
}

}  // namespace nightreel
