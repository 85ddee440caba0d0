#pragma once
// Where a take's version folder lies and how its files are called. Pure text, any thread: nothing
// here looks at a disk.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace nightreel {

inline constexpr std::string_view default_output_template =
    "{show}/{sequence}/{shot}/v{version:03}/take{take:02}";

// What a template's words stand for.
struct TakeNames {
    std::string show;
    std::string sequence;
    std::string shot;
    std::int32_t version = 1;
    std::int32_t take = 1;
};

// Publishing writes into a folder beside the take's, hidden and with more at the end of its name
// (".v001.1e7d66e6ca04.partial.dead"): what a name of 255 bytes leaves for the take's own.
inline constexpr std::size_t folder_name_bytes_max = 255;
inline constexpr std::size_t take_folder_name_bytes_max = folder_name_bytes_max - 32;

// Of the whole path of a take's folder, output root included: a path has 4095 bytes, and the names
// of the files in it are to have room.
inline constexpr std::size_t take_path_bytes_max = 4095 - 511;

// Why a folder cannot have this path; empty when it can.
std::string folder_length_problem(std::string_view folder);

// What is wrong with a template whatever the names are, and with the folder that it makes of these
// names; empty when nothing is.
std::string output_problem(std::string_view output_template);
std::string output_problem(std::string_view output_template, const TakeNames& names);

// The folder of a take, relative to the output root. Words are {show}, {sequence}, {shot},
// {version} and {take}; a number may be given a width with zeros in front: {version:03}. An empty
// template is the default. Throws Error{bad_input} on an unknown word, an open brace, an absolute
// path, or "..".
std::string take_folder(std::string_view output_template, const TakeNames& names);

// "aurora_sq010_sh0010_gen_v001_t01": what the names of a take's files begin with.
std::string take_base_name(const TakeNames& names);

// The folder, relative to the output root, whose entries tell which versions exist, and what stands
// around the number in their names.
struct VersionPlace {
    std::string folder;
    std::string before;
    std::string after;
};

// Empty when the template does not name the version.
std::optional<VersionPlace> version_place(std::string_view output_template, const TakeNames& names);

// The version that a name found in `place.folder` stands for; nothing for another name.
std::optional<std::int32_t> version_in(std::string_view name, const VersionPlace& place);

}  // namespace nightreel
