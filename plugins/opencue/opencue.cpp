#include "plugins/opencue/opencue.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "plugins/opencue/opencue_report.h"
#include "plugins/scripts.h"  // from the script files
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::size_t name_min = 3;                 // characters of any name
constexpr std::size_t range_max = 4000;             // characters of a layer's range
constexpr std::size_t frames_max = 100'000;         // of a job
constexpr std::int64_t layer_memory_min = 256;      // MiB
constexpr std::int64_t gpu_layer_memory = 4096;     // MiB beside the GPU's, at most
constexpr std::int64_t gpu_memory_max = 100 << 10;  // MiB; Cuebot reads more as none
constexpr const char* no_uuid = "00000000-0000-0000-0000-000000000000";

std::string element(const char* name, std::string_view text) {
    return fmt::format("<{0}>{1}</{0}>\n", name, xml_text(text));
}

// One stage, or a part of one whose numbers are too many for a layer.
struct CueLayer {
    std::string name;
    std::string stage;
    std::vector<const Unit*> units;
};

std::vector<CueLayer> layers_of(const ManagerJob& job, const std::string& stage) {
    std::vector<CueLayer> layers;
    std::size_t length = range_max;
    for (const Unit* unit : units_of(job, stage)) {
        const bool follows =
            !layers.empty() && layers.back().units.back()->member + 1 == unit->member;
        // A range that begins: "17-18,", with room for a longer last number.
        const std::size_t more = follows ? 0 : 2 * fmt::format("{},", unit->member).size() + 1;
        if (length + more > range_max) {
            const std::string name = opencue_layer_name(stage, layers.size());
            layers.push_back({.name = name, .stage = stage, .units = {}});
            length = 0;
        }
        length += more;
        layers.back().units.push_back(unit);
    }
    return layers;
}

// What a unit waits for in a stage: numbers there.
std::vector<std::int64_t> waits_in(const ManagerJob& job,
                                   const Unit& unit,
                                   const std::string& stage) {
    std::vector<std::int64_t> numbers;
    for (const auto* others : {&unit.needs, &unit.after}) {
        for (const std::uint32_t other : *others) {
            if (job.units[other].stage == stage) numbers.push_back(job.units[other].member);
        }
    }
    return numbers;
}

// As Cuebot names frames.
std::string frame_name(const CueLayer& layer, std::int64_t number) {
    return fmt::format("{:04}-{}", number, layer.name);
}

class OpenCueNight {
  public:
    OpenCueNight(const ManagerJob& job, const ManagersSection& site)
        : job_(job),
          site_(site.opencue),
          threads_(site.threads),
          on_gpu_(site.device != "cpu"),
          name_(fmt::format("{}.{}", opencue_name(job.show), no_uuid)) {
        if (job.units.size() <= frames_max) return;
        throw Error(ErrorKind::usage,
                    fmt::format("the night has {} units, and a job of OpenCue at most {} frames: "
                                "take a larger --grain",
                                job.units.size(),
                                frames_max));
    }

    std::string spec() const {
        std::string text =
            "<?xml version=\"1.0\"?>\n"
            "<!DOCTYPE spec PUBLIC \"SPI Cue  Specification Language\" "
            "\"http://localhost:8080/spcue/dtd/cjsl-1.15.dtd\">\n<spec>\n";
        text += element("facility", site_.facility) + element("show", site_.show) +
                element("shot", opencue_name(job_.show)) + element("user", site_.user);
        if (site_.uid) text += element("uid", fmt::format("{}", *site_.uid));
        text += fmt::format("<job name=\"{}\">\n", name_);
        text +=
            element("paused", "False") + element("priority", fmt::format("{}", site_.priority)) +
            element("maxretries", fmt::format("{}", site_.retries_max)) +
            element("autoeat", "False") +
            fmt::format("<env>\n<key name=\"NIGHTREEL_SUBMISSION\">{}</key>\n</env>\n<layers>\n",
                        no_uuid);
        for (const std::string& stage : job_.stages) {
            for (const CueLayer& part : layers_of(job_, stage)) text += layer(part);
        }
        text += "</layers>\n</job>\n<depends>\n";
        for (const std::string& stage : job_.stages) text += depends(stage);
        return text + "</depends>\n</spec>\n";
    }

  private:
    // Never Post: such a layer becomes another job, on which nothing can depend.
    std::string layer(const CueLayer& part) const {
        const UnitResources resources = resources_of(part.units);
        std::vector<std::int64_t> numbers;
        for (const Unit* unit : part.units) numbers.push_back(unit->member);
        std::string text = fmt::format("<layer name=\"{}\" type=\"{}\">\n",
                                       part.name,
                                       resources.runs_model ? "Render" : "Util");
        text += element("cmd",
                        fmt::format("{} {} #IFRAME#",
                                    shell_word(job_.directory + "/member.sh"),
                                    shell_word(part.stage)));
        // Without the point the number would be hundredths of a core; and a layer that is not
        // threadable gets one core, whatever it asks for.
        text += element("range", number_ranges(numbers)) + element("chunk", "1") +
                element("cores", fmt::format("{}.0", threads_)) +
                element("threadable", threads_ > 1 ? "True" : "False") + memory(resources);
        if (resources.runs_model && !site_.limits.empty()) {
            text += "<limits>\n";
            for (const std::string& limit : site_.limits) text += element("limit", limit);
            text += "</limits>\n";
        }
        text += "<env/>\n<services>\n" + element("service", site_.service) + "</services>\n";
        return text + "</layer>\n";
    }

    // A frame that needs no GPU is not given to a host that has some: there every layer asks. A
    // layer asks for both GPUs and their memory, or for none.
    std::string memory(const UnitResources& resources) const {
        const std::int64_t needed =
            std::max(layer_memory_min, mebibytes_of(resources.memory_bytes));
        const auto mebibytes = [](std::int64_t count) { return fmt::format("{}m", count); };
        const bool model_on_gpu = on_gpu_ && resources.runs_model;
        const std::int64_t beside = model_on_gpu ? std::min(needed, gpu_layer_memory) : needed;
        std::string text = element("memory", mebibytes(beside));
        if (!model_on_gpu && !(on_gpu_ && site_.every_layer_on_gpu)) return text;
        const std::int64_t on_gpu =
            model_on_gpu ? std::min(needed, gpu_memory_max) : layer_memory_min;
        return text + element("gpus", "1") + element("gpu_memory", mebibytes(on_gpu));
    }

    std::string depends(const std::string& stage) const {
        std::string text;
        for (const std::string& needed : stages_needed_by(job_, stage)) {
            for (const CueLayer& part : layers_of(job_, stage)) {
                for (const CueLayer& other : layers_of(job_, needed)) text += wait(part, other);
            }
        }
        return text;
    }

    // Frame by frame where none waits for more than the frame with its own number, layer on layer
    // where each waits for all, else for the frames that each waits for: a shot that fails stops no
    // other.
    std::string wait(const CueLayer& layer, const CueLayer& other) const {
        bool by_frame = true;
        bool all = true;
        std::string frames;
        for (const Unit* unit : layer.units) {
            const std::vector<std::int64_t> numbers = waits_in(job_, *unit, other.stage);
            by_frame = by_frame &&
                       std::ranges::all_of(numbers, [&](auto one) { return one == unit->member; });
            std::size_t here = 0;
            for (const Unit* waited : other.units) {
                if (std::ranges::find(numbers, waited->member) == numbers.end()) continue;
                ++here;
                frames += depend("FRAME_ON_FRAME",
                                 layer.name,
                                 frame_name(layer, unit->member),
                                 other.name,
                                 frame_name(other, waited->member));
            }
            all = all && here == other.units.size();
        }
        if (frames.empty()) return {};
        if (by_frame) return depend("FRAME_BY_FRAME", layer.name, {}, other.name, {});
        return all ? depend("LAYER_ON_LAYER", layer.name, {}, other.name, {}) : frames;
    }

    std::string depend(const char* type,
                       const std::string& layer,
                       const std::string& frame,
                       const std::string& on_layer,
                       const std::string& on_frame) const {
        const auto frame_element = [](const char* name, const std::string& text) {
            return text.empty() ? std::string() : element(name, text);
        };
        return fmt::format("<depend type=\"{}\" anyframe=\"False\">\n", type) +
               element("depjob", name_) + element("deplayer", layer) +
               frame_element("depframe", frame) + element("onjob", name_) +
               element("onlayer", on_layer) + frame_element("onframe", on_frame) + "</depend>\n";
    }

    const ManagerJob& job_;
    const OpenCueSite& site_;
    std::int32_t threads_;
    bool on_gpu_;
    std::string name_;
};

ManagerFiles opencue_files(const ManagerJob& job, const ManagersSection& site) {
    const auto line = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> words = opencue_python(site.opencue);
        words.emplace_back("cue.py");
        words.insert(words.end(), arguments.begin(), arguments.end());
        return shell_words(words);
    };
    return {.texts = {{"opencue.xml", OpenCueNight(job, site).spec()},
                      {"cue.py", scripts::opencue_cue}},
            .to_submit = line({"submit", fmt::format("{}", site.opencue.retries_max)}),
            .to_watch = shell_words({"cueadmin", "-lj", opencue_name(job.show)}),
            .to_cancel = line({"cancel"}),
            .names_place = true};
}

}  // namespace

std::string opencue_name(std::string_view text) {
    std::string name;
    for (const char character : text) {
        const bool is_capital = character >= 'A' && character <= 'Z';
        const char lower = is_capital ? static_cast<char>(character - 'A' + 'a') : character;
        const bool is_allowed = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9') ||
                                lower == '.' || lower == '_';
        const char kept = is_allowed ? lower : '_';
        if (kept != '_' || !name.ends_with('_')) name += kept;
    }
    if (name.size() < name_min) name += std::string_view("_night").substr(name.ends_with('_'));
    return name;
}

std::string opencue_layer_name(const std::string& stage, std::size_t part) {
    const std::string name = opencue_name(stage);
    return part == 0 ? name : fmt::format("{}_part{}", name, part + 1);
}

FarmManager opencue_manager() {
    return {.name = "opencue",
            .meaning = "OpenCue: layers over takes, launched through pycue",
            .files = opencue_files,
            .query = opencue_report};
}

}  // namespace nightreel
