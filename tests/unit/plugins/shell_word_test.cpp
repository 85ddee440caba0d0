#include <array>
#include <cstdio>

#include <catch2/catch.hpp>

#include "plugins/farm_manager.h"

namespace nightreel {
namespace {

std::string said_by_shell(const std::string& command) {
    std::FILE* shell = ::popen(command.c_str(), "r");
    REQUIRE(shell != nullptr);
    std::string text;
    std::array<char, 256> piece{};
    while (const std::size_t count = std::fread(piece.data(), 1, piece.size(), shell)) {
        text.append(piece.data(), count);
    }
    CHECK(::pclose(shell) == 0);
    return text;
}

}  // namespace

TEST_CASE("a shell reads a quoted word as it was", "[plugins]") {
    for (const char* word : {"plain",
                             "",
                             "two words",
                             "it's",
                             "$(touch hurt)",
                             "`id`",
                             "a\nb",
                             "*",
                             "~",
                             "a;b",
                             "\\",
                             "\"",
                             "-x",
                             "a=b",
                             "#",
                             "!x"}) {
        CAPTURE(word);
        CHECK(said_by_shell("printf %s " + shell_word(word)) == word);
    }
}

}  // namespace nightreel
