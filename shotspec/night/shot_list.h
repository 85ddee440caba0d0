#pragma once
// A table of shots, as spreadsheets and production trackers export it, as a night file. Pure but
// for reading the rows as a night is read; one thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

struct ShotListHead {
    std::string show;
    std::string model;  // for `defaults`; empty: none is written
};

struct ShotList {
    std::string night;                  // the text of a night file, of the rows that could be read
    std::size_t shots = 0;              // in it
    std::vector<std::string> problems;  // "row 7: duration: expected a length such as 8s ..."
    std::vector<std::string> unused;    // columns that no field of a shot is called like
};

// The first row has the names of the columns: fields of a shot, in any case and with spaces for
// "_", or what other programs call them (shot code, description, length). Empty cells are left out,
// empty rows skipped. Rows are counted as a spreadsheet does, the names being row 1.
// Error{bad_input} for a text that is no CSV, has no column for the shot's name, or has no row.
ShotList shot_list_of_csv(std::string_view csv, const ShotListHead& head);

}  // namespace nightreel
