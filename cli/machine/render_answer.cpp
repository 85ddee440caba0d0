#include "cli/machine/render_answer.h"

#include <array>
#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "shotspec/base/child.h"
#include "shotspec/base/error.h"

namespace nightreel::cli {
namespace {

std::string read_to_end(const Descriptor& pipe) {
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        const ssize_t got = ::read(pipe.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
}

RenderAnswer answer_of(const ChildProgram& program) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        throw Error(ErrorKind::unavailable, "no file descriptor available for the renderer");
    }
    const Descriptor ours(ends[0]);
    Descriptor theirs(ends[1]);
    Child child(program, {.streams = {-1, theirs.get(), theirs.get()}});
    theirs = Descriptor();  // or the answer would never end
    RenderAnswer answer;
    answer.text = read_to_end(ours);
    while (answer.text.ends_with('\n')) answer.text.pop_back();
    const ChildEnd end = child.wait();
    if (end.signal == 0) answer.exit_code = end.code;
    return answer;
}

}  // namespace

RenderAnswer ask_render_program(const Surroundings& surroundings,
                                const std::vector<std::string>& arguments) {
    try {
        return answer_of({render_program(surroundings), arguments, {}});
    } catch (const Error& error) {
        return {.text = error.what()};
    }
}

}  // namespace nightreel::cli
