#include "cli/machine/render_answer.h"

#include <array>
#include <cstdio>

#include <sys/wait.h>

namespace nightreel::cli {
namespace {

// One word for the shell, whatever stands in it.
std::string quoted(const std::string& word) {
    std::string text = "'";
    for (const char letter : word) {
        if (letter == '\'') {
            text += "'\\''";
        } else {
            text += letter;
        }
    }
    return text + "'";
}

}  // namespace

RenderAnswer ask_render_program(const Surroundings& surroundings,
                                const std::vector<std::string>& arguments) {
    std::string command = quoted(render_program(surroundings));
    for (const std::string& argument : arguments) command += " " + quoted(argument);
    RenderAnswer answer;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return answer;
    std::array<char, 512> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) answer.text += buffer.data();
    const int status = ::pclose(pipe);
    while (answer.text.ends_with('\n')) answer.text.pop_back();
    if (status != -1 && WIFEXITED(status)) answer.exit_code = WEXITSTATUS(status);
    return answer;
}

}  // namespace nightreel::cli
