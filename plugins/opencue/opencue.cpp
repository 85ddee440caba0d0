#include "plugins/opencue/opencue.h"

#include <algorithm>

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the .sh files

namespace nightreel {
namespace {

constexpr int retries_max = 3;
constexpr std::int64_t layer_memory_min = 256;  // MiB

std::string element(const char* name, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>\n", name, xml_text(text));
}

class OpenCueNight {
  public:
    OpenCueNight(const ManagerJob& job, const ManagersSection& site)
        : job_(job), site_(site.opencue), threads_(site.threads), on_gpu_(site.device != "cpu") {}

    std::string spec() const {
        std::string text =
            "<?xml version=\"1.0\"?>\n"
            "<!DOCTYPE spec PUBLIC \"SPI Cue  Specification Language\" "
            "\"http://localhost:8080/spcue/dtd/cjsl-1.15.dtd\">\n<spec>\n";
        text += element("facility", site_.facility) + element("show", site_.show) +
                element("shot", job_.show) + element("user", site_.user);
        if (site_.uid) text += element("uid", fmt::format("{}", *site_.uid));
        text += fmt::format("<job name=\"{}\">\n", xml_text(job_.show));
        text += element("paused", "False") +
                element("priority", fmt::format("{}", site_.priority)) +
                element("maxretries", fmt::format("{}", retries_max)) +
                element("autoeat", "False") + "<env/>\n<layers>\n";
        for (const std::string& stage : job_.stages) text += layer(stage);
        text += "</layers>\n</job>\n<depends>\n";
        for (const std::string& stage : job_.stages) text += depends(stage);
        return text + "</depends>\n</spec>\n";
    }

  private:
    // A frame that needs no GPU is not given to a host that has some: there every layer asks.
    bool asks_for_gpu(const UnitResources& resources) const {
        return on_gpu_ && (resources.runs_model || site_.every_layer_on_gpu);
    }

    // Never Post: such a layer becomes another job, on which nothing can depend.
    std::string layer(const std::string& stage) const {
        const std::vector<const Unit*> units = units_of(job_, stage);
        const UnitResources resources = resources_of(units);
        std::vector<std::int64_t> numbers;
        for (const Unit* unit : units) numbers.push_back(unit->member);
        const std::string memory =
            fmt::format("{}m", std::max(layer_memory_min, mebibytes_of(resources.memory_bytes)));
        std::string text = fmt::format("<layer name=\"{}\" type=\"{}\">\n",
                                       xml_text(stage),
                                       resources.runs_model ? "Render" : "Util");
        text += element(
            "cmd",
            fmt::format(
                "{} {} #IFRAME#", shell_word(job_.directory + "/member.sh"), shell_word(stage)));
        text += element("range", number_ranges(numbers)) + element("chunk", "1") +
                element("cores", fmt::format("{}", threads_)) + element("memory", memory);
        if (asks_for_gpu(resources)) text += element("gpus", "1") + element("gpu_memory", memory);
        if (resources.runs_model && !site_.limits.empty()) {
            text += "<limits>\n";
            for (const std::string& limit : site_.limits) text += element("limit", limit);
            text += "</limits>\n";
        }
        return text + "<env/>\n<services>" + "\n" + element("service", site_.service) +
               "</services>\n</layer>\n";
    }

    std::string depends(const std::string& stage) const {
        std::string text;
        for (const std::string& needed : stages_needed_by(job_, stage)) {
            const bool by_frame = waits_for_partner(job_, stage, needed);
            text += fmt::format("<depend type=\"{}\" anyframe=\"False\">\n",
                                by_frame ? "FRAME_BY_FRAME" : "LAYER_ON_LAYER");
            text += element("depjob", job_.show) + element("deplayer", stage) +
                    element("onjob", job_.show) + element("onlayer", needed) + "</depend>\n";
        }
        return text;
    }

    const ManagerJob& job_;
    const OpenCueSite& site_;
    std::int32_t threads_;
    bool on_gpu_;
};

ManagerFiles opencue_files(const ManagerJob& job, const ManagersSection& site) {
    return {.texts = {{"opencue.xml", OpenCueNight(job, site).spec()},
                      {"submit.py", scripts::opencue_submit}},
            .to_submit = "./submit.py",
            .to_watch = shell_words({"cueadmin", "-lj", job.show}),
            .to_cancel = "",
            .names_place = true};
}

}  // namespace

std::string xml_text(std::string_view text) {
    std::string safe;
    for (const char character : text) {
        switch (character) {
            case '&':
                safe += "&amp;";
                break;
            case '<':
                safe += "&lt;";
                break;
            case '>':
                safe += "&gt;";
                break;
            case '"':
                safe += "&quot;";
                break;
            default:
                safe += character;
        }
    }
    return safe;
}

FarmManager opencue_manager() {
    return {.name = "opencue",
            .meaning = "OpenCue: layers over takes, launched through pycue",
            .files = opencue_files};
}

}  // namespace nightreel
