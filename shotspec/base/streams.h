#pragma once
// stdout and stderr as programs of people use them: messages, which may be lost, and answers, which
// may not. A full disk behind a log, a reader that went away or a closed stream costs messages and
// never ends the program. Any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace nightreel {

// First of all in main. A standard stream that is closed is opened on /dev/null, because the next
// file that is opened would take its number and receive what is printed; a reader that has gone is
// an error of the write and no longer a signal.
void prepare_standard_streams();

// How many bytes of it were written: fewer than all where the file or its reader takes no more.
std::size_t write_some(int descriptor, std::string_view text) noexcept;

// To stderr, at once. What cannot be written is lost.
void say_text(std::string_view text) noexcept;

template <class... Arguments>
void say(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    say_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// To stdout. What cannot be written is found by lost_answers.
void answer_text(std::string_view text) noexcept;

template <class... Arguments>
void answer(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    answer_text(fmt::format(format, std::forward<Arguments>(arguments)...));
}

// To stdout, at once, for a reader who can do without it. What cannot be written is lost.
void mention_text(std::string_view text) noexcept;

// Last of all in main: writes what is left of the answers. Empty when all of them were written,
// else why they were not ("No space left on device").
std::string lost_answers();

}  // namespace nightreel
