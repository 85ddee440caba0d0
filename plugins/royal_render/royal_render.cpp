#include "plugins/royal_render/royal_render.h"

#include <algorithm>

#include <fmt/format.h>

#include "plugins/opencue/opencue.h"  // xml_text
#include "plugins/scripts.h"          // from the scripts of this folder
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::size_t jobs_max = 256;  // PreID, by which jobs of one file wait, is 0 to 255

class RoyalRenderNight {
  public:
    RoyalRenderNight(const ManagerJob& job, const RoyalRenderSite& site) : job_(job), site_(site) {
        if (job.stages.size() <= jobs_max) return;
        throw Error(ErrorKind::usage,
                    fmt::format("the night has {} stages; Royal Render takes at most {} jobs in "
                                "one submission: use --grain take or shot",
                                job.stages.size(),
                                jobs_max));
    }

    // submit.sh puts the UUID into it.
    std::string submission() const {
        std::string text = "<rrJob_submitFile syntax_version=\"6.0\">\n<DeleteXML>0</DeleteXML>\n";
        for (const std::string& stage : job_.stages) text += job_of(stage);
        return text + "</rrJob_submitFile>\n";
    }

  private:
    static std::string element(std::string_view name, std::string_view text) {
        return fmt::format("<{0}>{1}</{0}>\n", name, xml_text(text));
    }

    std::string number_of(const std::string& stage) const {
        return fmt::format("{}", std::ranges::find(job_.stages, stage) - job_.stages.begin());
    }

    // A unit that is done leaves a file: Royal Render counts those as frames, and sends out again
    // what has none.
    std::string job_of(const std::string& stage) const {
        const std::vector<const Unit*> units = units_of(job_, stage);
        std::vector<std::int64_t> numbers;
        for (const Unit* unit : units) numbers.push_back(unit->member);
        const std::string folder = files_directory(job_) + "/royal_render";
        std::string text = "<Job>\n" + element("Software", "Nightreel") +
                           element("Renderer", "Unit") + element("Version", "1.0") +
                           element("SceneOS", "linux") +
                           element("SceneName", fmt::format("{}/stages/{}.sh", folder, stage)) +
                           element("IsActive", "true") + element("Layer", stage);
        text += element("SeqStart", fmt::format("{}", numbers.front())) +
                element("SeqEnd", fmt::format("{}", numbers.back())) + element("SeqStep", "1") +
                element("SeqFileOffset", "0");
        if (const std::string ranges = number_ranges(numbers);
            ranges.find(',') != std::string::npos) {
            text += element("SeqFrameSet", ranges);
        }
        text += element("ImageDir", folder + "/done/") + element("ImageFilename", stage + "_") +
                element("ImageFramePadding", "4") + element("ImageExtension", ".done") +
                element("ImageSingleOutputFile", "false") + element("PreID", number_of(stage));
        for (const std::string& needed : stages_needed_by(job_, stage)) {
            text += element("WaitForPreID", number_of(needed));
        }
        text += element("CustomNightreelSubmission", "NIGHTREEL_UUID");
        for (const std::string& parameter : parameters_of(resources_of(units))) {
            text += element("SubmitterParameter", parameter);
        }
        return text + "</Job>\n";
    }

    std::vector<std::string> parameters_of(const UnitResources& most) const {
        std::vector<std::string> parameters{fmt::format("Priority=1~{}", site_.priority),
                                            "AllowLocalSceneCopy=0~0",
                                            "SequenceDivide=1~1",
                                            "SeqDivMIN=1~1",
                                            "SeqDivMAX=1~1"};
        constexpr std::int64_t gibibyte = 1024;  // MiB
        const std::int64_t memory = mebibytes_of(most.memory_bytes);
        if (memory > 0) {
            parameters.push_back(
                fmt::format("RequiredMemory=1~{}", (memory + gibibyte - 1) / gibibyte));
        }
        const auto& group = most.runs_model && site_.model_client_group ? site_.model_client_group
                                                                        : site_.client_group;
        if (group) parameters.push_back("DefaultClientGroup=1~" + *group);
        parameters.insert(parameters.end(), site_.parameters.begin(), site_.parameters.end());
        return parameters;
    }

    const ManagerJob& job_;
    const RoyalRenderSite& site_;
};

ManagerFiles royal_render_files(const ManagerJob& job, const ManagersSection& site) {
    const std::string submitter = site.royal_render.submitter
                                      ? shell_word(*site.royal_render.submitter)
                                      : "${RR_ROOT:?}/bin/lx64/rrSubmitterconsole";
    ManagerFiles files{
        .texts = {{"royal_render/night.xml", RoyalRenderNight(job, site.royal_render).submission()},
                  {"royal_render/render_apps/_config/E90__Nightreel.cfg",
                   scripts::royal_render_nightreel},
                  {"royal_render/render_apps/_install_paths/Nightreel.cfg",
                   "[Linux]\nExecutable= bash\nPath= OS; /bin/bash\n"},
                  {"submit.sh", filled(scripts::royal_render_submit, {{"submitter", submitter}})}},
        .to_submit = "./submit.sh",
        .to_watch = "",
        .to_cancel = "",
        .names_place = true};
    for (const std::string& stage : job.stages) {
        files.texts[fmt::format("royal_render/stages/{}.sh", stage)] =
            filled(scripts::royal_render_stage,
                   {{"job", shell_word(job.directory)},
                    {"marks", shell_word(files_directory(job) + "/royal_render/done")},
                    {"stage", stage}});
    }
    return files;
}

}  // namespace

FarmManager royal_render_manager() {
    return {.name = "royal_render",
            .meaning =
                "Royal Render 8 or 9: a job for each stage (.xml); export only, not tried "
                "on Royal Render",
            .files = royal_render_files};
}

}  // namespace nightreel
