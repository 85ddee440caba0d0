#pragma once
// Texts as shells and farm managers write them. Pure, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "shotspec/farm_managers.h"

namespace nightreel {

// Of the command `PROGRAM task JOBDIR TASK... OPTIONS` on a rendering machine.
std::string render_program_of(const ManagersSection& site);
std::vector<std::string> render_options(const ManagersSection& site);

// The script with each "@name@" replaced by its value.
std::string filled(std::string script,
                   const std::vector<std::pair<std::string, std::string>>& values);

// "0-3,7", as Slurm and OpenCue write numbers; they are ascending.
std::string number_ranges(const std::vector<std::int64_t>& numbers);

// Rounded up, as managers count memory.
std::int64_t mebibytes_of(std::int64_t bytes);

// One word of a POSIX shell, quoted where it must be; and a line of them.
std::string shell_word(std::string_view text);
std::string shell_words(const std::vector<std::string>& words);

// Text between two tags of XML or in an attribute.
std::string xml_text(std::string_view text);

}  // namespace nightreel
