#include "plugins/royal_render/royal_render.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "plugins/scripts.h"  // from the scripts of this folder
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::size_t jobs_max = 256;  // PreID, by which jobs of one file wait, is 0 to 255

class RoyalRenderNight {
  public:
    // Jobs wait for whole jobs. Units that are few are a job each, so that one that fails stops
    // only those that need it.
    RoyalRenderNight(const ManagerJob& job, const RoyalRenderSite& site) : job_(job), site_(site) {
        const bool by_unit = job.units.size() <= jobs_max;
        std::map<std::string, std::size_t> job_of_key;
        for (std::uint32_t at = 0; at < job.units.size(); ++at) {
            const Unit& unit = job.units[at];
            const auto [found, is_new] =
                job_of_key.emplace(by_unit ? unit.name : unit.stage, jobs_.size());
            if (is_new) jobs_.emplace_back();
            jobs_[found->second].push_back(at);
            job_of_unit_.push_back(found->second);
        }
        if (jobs_.size() <= jobs_max) return;
        throw Error(ErrorKind::usage,
                    fmt::format("the night has {} stages; Royal Render takes at most {} jobs in "
                                "one submission: use --grain take or shot",
                                jobs_.size(),
                                jobs_max));
    }

    // submit.sh puts the UUID into it.
    std::string submission() const {
        std::string text = "<rrJob_submitFile syntax_version=\"6.0\">\n<DeleteXML>0</DeleteXML>\n";
        for (std::size_t at = 0; at < jobs_.size(); ++at) text += job_text(at);
        return text + "</rrJob_submitFile>\n";
    }

  private:
    template <class Value>
    static std::string element(std::string_view name, const Value& value) {
        return fmt::format("<{0}>{1}</{0}>\n", name, xml_text(fmt::format("{}", value)));
    }

    // A unit that is done leaves a file: Royal Render counts those as frames, and sends out again
    // what has none.
    std::string job_text(std::size_t at) const {
        std::vector<const Unit*> units;
        std::vector<std::int64_t> numbers;
        std::set<std::size_t> waits;
        for (const std::uint32_t index : jobs_[at]) {
            units.push_back(&job_.units[index]);
            numbers.push_back(units.back()->member);
            for (const auto* others : {&units.back()->needs, &units.back()->after}) {
                for (const std::uint32_t other : *others) waits.insert(job_of_unit_[other]);
            }
        }
        std::ranges::sort(numbers);
        const std::string& stage = units.front()->stage;
        const std::string folder = files_directory(job_) + "/royal_render";
        std::string text =
            "<Job>\n" + element("Software", "Nightreel") + element("Renderer", "Unit") +
            element("Version", "1.0") + element("SceneOS", "linux") +
            element("SceneName", fmt::format("{}/stages/{}.sh", folder, stage)) +
            element("IsActive", "true") +
            element("Layer", units.size() == 1 ? units.front()->name : stage) +
            element("SeqStart", numbers.front()) + element("SeqEnd", numbers.back()) +
            element("SeqStep", 1) + element("SeqFrameSet", number_ranges(numbers)) +
            element("ImageDir", folder + "/done/") + element("ImageFilename", stage + "_") +
            element("ImageFramePadding", 4) + element("ImageExtension", ".done") +
            element("PreID", at);
        for (const std::size_t wait : waits) text += element("WaitForPreID", wait);
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
        if (const std::int64_t memory = mebibytes_of(most.memory_bytes); memory > 0) {
            parameters.push_back(
                fmt::format("RequiredMemory=1~{}", (memory + 1023) / 1024));  // GiB
        }
        const auto& group = most.runs_model && site_.model_client_group ? site_.model_client_group
                                                                        : site_.client_group;
        if (group) parameters.push_back("DefaultClientGroup=1~" + *group);
        parameters.insert(parameters.end(), site_.parameters.begin(), site_.parameters.end());
        return parameters;
    }

    const ManagerJob& job_;
    const RoyalRenderSite& site_;
    std::vector<std::vector<std::uint32_t>> jobs_;  // indices of their units
    std::vector<std::size_t> job_of_unit_;
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
                "Royal Render 8 or 9: jobs that wait for jobs (.xml); export only, not tried "
                "on Royal Render",
            .files = royal_render_files};
}

}  // namespace nightreel
