// Every file that a manager makes for one small night, and for a retry of two of its units:
// tests/golden/managers/, refreshed by `tests/golden/update build`. Scripts that are handed on as
// they lie in plugins/ are not kept a second time. tests/e2e/manager_files_test.py has each file
// read by a program for its format.
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include <catch2/catch.hpp>

#include "plugins/managers.h"
#include "plugins/unit_files.h"
#include "shotspec/base/files.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

const fs::path goldens = "tests/golden/managers";

// Something of everything: takes that share an encode, takes of unequal length, words to quote.
ManagerJob golden_job() {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 2), shot_of("sh2", 17)});
    return manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                          Grain::task,
                          "/farm/it's a job");
}

ManagersSection golden_site() {
    ManagersSection site;
    site.program = "/opt/nightreel/bin/nightreel-render";
    site.models = {"/farm/models"};
    site.slurm.partition = "gpu";
    site.slurm.licences = "nightreel:1";
    site.slurm.time_factor = 2;
    site.opencue.limits = {"nightreel"};
    site.flamenco.model_task_type = "render";
    site.afanasy.hosts_mask = "gpu.*";
    site.afanasy.gpu_ticket = "GPU";
    site.deadline.pool = "nights";
    site.deadline.model_group = "gpu";
    site.deadline.limits = {"nightreel"};
    site.deadline.time_factor = 2;
    site.tractor.model_service = "GPU,@.mem > 8";
    site.tractor.tags = {"nightreel"};
    site.royal_render.model_client_group = "gpu";
    return site;
}

using Texts = std::map<std::string, std::string>;

std::set<std::string> texts_of_sources() {
    std::set<std::string> texts;
    for (const auto& entry : fs::recursive_directory_iterator("plugins")) {
        if (entry.is_regular_file()) texts.insert(read_file(entry.path()));
    }
    return texts;
}

Texts written_below(const std::string& folder, const Texts& texts) {
    Texts moved;
    for (const auto& [name, text] : texts) moved[folder + "/" + name] = text;
    return moved;
}

// Of a retry only what it writes otherwise.
Texts files_of(const FarmManager& manager) {
    const ManagersSection site = golden_site();
    ManagerJob job = golden_job();
    const Texts first = manager.files(job, site).texts;
    Texts texts = first;
    job = only_units(job, {"sh2.take01.sample01", "sh2.take01.decode"});
    job.files = "submissions/2";
    for (const auto& [name, text] : manager.files(job, site).texts) {
        const auto same = first.find(name);
        if (same == first.end() || same->second != text) texts["submissions/2/" + name] = text;
    }
    return written_below(std::string(manager.name), texts);
}

Texts all_files() {
    Texts texts = written_below("every_manager", unit_files(golden_job(), golden_site()));
    for (const FarmManager& manager : farm_managers()) texts.merge(files_of(manager));
    const std::set<std::string> sources = texts_of_sources();
    std::erase_if(texts, [&](const auto& file) { return sources.contains(file.second); });
    return texts;
}

}  // namespace

TEST_CASE("files for other managers are those that were looked at", "[plugins][golden]") {
    const Texts texts = all_files();
    if (std::getenv("NIGHTREEL_UPDATE_GOLDENS") != nullptr) {
        fs::remove_all(goldens);
        for (const auto& [name, text] : texts) {
            fs::create_directories((goldens / name).parent_path());
            write_file_atomically(goldens / name, text);
        }
    }
    std::set<std::string> kept;
    for (const auto& entry : fs::recursive_directory_iterator(goldens)) {
        if (entry.is_regular_file()) kept.insert(entry.path().lexically_relative(goldens).string());
    }
    INFO("tests/golden/update BUILD_FOLDER writes them anew");
    for (const auto& [name, text] : texts) {
        CAPTURE(name);
        REQUIRE(kept.erase(name) == 1);
        CHECK(text == read_file(goldens / name));
    }
    CHECK(kept.empty());
}

}  // namespace nightreel
