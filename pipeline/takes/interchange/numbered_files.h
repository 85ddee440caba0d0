#pragma once
// A pattern of frame files taken apart, as each tool writes it in its own way. Pure; any thread.

#include <charconv>
#include <string>

#include "shotspec/base/check.h"

namespace nightreel {

struct NumberedFiles {
    std::string folder;  // "exr", below the take
    std::string prefix;  // "aurora_sq010_sh0010_gen_v001_t01."
    int digits = 4;
    std::string suffix;  // ".exr"
};

// Of "exr/NAME.%04d.exr", as publish.json has it.
inline NumberedFiles numbered_files(const std::string& pattern) {
    const std::size_t name = pattern.rfind('/') + 1;  // 0 without a folder
    const std::size_t number = pattern.find('%', name);
    const std::size_t end = pattern.find('d', number);
    NIGHTREEL_CHECK(number != std::string::npos && end != std::string::npos,
                    "a pattern of frames has a number");
    NumberedFiles files{.folder = pattern.substr(0, name == 0 ? 0 : name - 1),
                        .prefix = pattern.substr(name, number - name),
                        .suffix = pattern.substr(end + 1)};
    std::from_chars(pattern.data() + number + 1, pattern.data() + end, files.digits);
    return files;
}

}  // namespace nightreel
