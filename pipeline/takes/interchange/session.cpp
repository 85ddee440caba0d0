#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/takes/interchange/night_cut.h"
#include "pipeline/takes/interchange/numbered_files.h"

namespace nightreel {
namespace {

// A string of GTO's text form.
std::string gto_string(const std::string& text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted.push_back('\\');
        if (c == '\n') {
            quoted += "\\n";
        } else {
            quoted.push_back(c);
        }
    }
    return quoted + "\"";
}

// "/p/x.1001-1096#.exr": # stands for four digits, @ for one.
std::string sequence_of(const CutTake& take) {
    const NumberedFiles files = numbered_files(take.frame_pattern);
    const std::string digits =
        files.digits == 4 ? "#" : std::string(static_cast<std::size_t>(files.digits), '@');
    return (take.folder / files.folder).generic_string() + fmt::format("/{}{}-{}{}{}",
                                                                       files.prefix,
                                                                       take.frames.first,
                                                                       take.frames.last,
                                                                       digits,
                                                                       files.suffix);
}

std::string source_text(const CutTake& take, std::size_t number) {
    const std::string title =
        fmt::format("{} v{:03} take {:02}", take.shot, take.version, take.take);
    return fmt::format(
        "\nsourceGroup{0:06} : RVSourceGroup (1)\n{{\n"
        "    ui {{ string name = {1} }}\n}}\n"
        "\nsourceGroup{0:06}_source : RVFileSource (1)\n{{\n"
        "    media {{ string movie = {2} }}\n"
        "    group {{ float fps = {3} }}\n"
        "    cut\n    {{\n        int in = {4}\n        int out = {5}\n    }}\n}}\n",
        number,
        gto_string(title),
        gto_string(sequence_of(take)),
        take.rate.per_second(),
        take.cut.first,
        take.cut.last);
}

}  // namespace

std::string session_text(const NightCut& cut) {
    std::string sources;
    std::vector<std::string> from;
    std::vector<std::string> to;
    std::size_t number = 0;
    const auto connect = [&](const char* group) {
        from.push_back(fmt::format("\"sourceGroup{:06}\"", number));
        to.push_back(fmt::format("\"{}\"", group));
    };
    for (const std::vector<CutTake>& shot : shots_of(cut)) {
        for (const CutTake& take : shot) {
            sources += source_text(take, number);
            if (&take == &shot.front()) connect("nightCut");
            connect("allTakes");
            ++number;
        }
    }
    std::string text =
        "GTOa (3)\n\nrv : RVSession (2)\n{\n"
        "    session { string viewNode = \"nightCut\" }\n}\n";
    text += fmt::format(
        "\nconnections : connection (1)\n{{\n    evaluation\n    {{\n"
        "        string lhs = [ {} ]\n        string rhs = [ {} ]\n    }}\n"
        "    top {{ string nodes = [ \"nightCut\" \"allTakes\" ] }}\n}}\n",
        fmt::join(from, " "),
        fmt::join(to, " "));
    text += fmt::format("\nnightCut : RVSequenceGroup (1)\n{{\n    ui {{ string name = {} }}\n}}\n",
                        gto_string(fmt::format("{} {}", cut.show, cut.name)));
    text += "\nallTakes : RVLayoutGroup (1)\n{\n    ui { string name = \"all takes\" }\n}\n";
    return text + sources;
}

}  // namespace nightreel
