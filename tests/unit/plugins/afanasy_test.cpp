#include "plugins/afanasy/afanasy.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plugins/asked_manager.h"

namespace nightreel {
namespace {

std::map<std::string, Json> blocks_of(const ManagerJob& job, const ManagersSection& site = {}) {
    const Json afanasy =
        parse_json(afanasy_manager().files(job, site).texts.at("afanasy.json"), "afanasy");
    std::map<std::string, Json> blocks;
    for (const Json& block : afanasy.at("job").at("blocks")) {
        CHECK(blocks.emplace(block.at("name").get<std::string>(), block).second);
    }
    return blocks;
}

// A job as afserver starts it: which units have ended before each may begin.
class Afserver {
  public:
    explicit Afserver(const ManagerJob& job, const ManagersSection& site = {}) {
        const ManagerFiles files = afanasy_manager().files(job, site);
        for (const auto& [name, block] : blocks_of(job, site)) {
            std::istringstream lines(files.texts.at("afanasy/" + name));
            std::int64_t number = 0;
            for (std::string unit; lines >> number >> unit;) {
                CHECK(number == block.at("frame_first").get<std::int64_t>() +
                                    static_cast<std::int64_t>(units_[name].size()));
                units_[name].push_back(unit);
            }
            CHECK(number == block.at("frame_last").get<std::int64_t>());
            blocks_[name] = block;
        }
    }

    std::set<std::string> all_units() const {
        std::set<std::string> all;
        for (const auto& [name, units] : units_) all.insert(units.begin(), units.end());
        return all;
    }

    // As constructDependTasks() counts: both blocks are numeric, a number out of range is the last
    // or first one there.
    std::set<std::string> waited_for_by(const std::string& unit) const {
        std::set<std::string> waited;
        for (const auto& [name, block] : blocks_) {
            const auto found = std::ranges::find(units_.at(name), unit);
            if (found == units_.at(name).end()) continue;
            const std::int64_t number =
                block.at("frame_first").get<std::int64_t>() + (found - units_.at(name).begin());
            for (const std::string& other : matched(block, "depend_mask")) {
                waited.insert(units_.at(other).begin(), units_.at(other).end());
            }
            for (const std::string& other : matched(block, "tasks_depend_mask")) {
                const auto first = blocks_.at(other).at("frame_first").get<std::int64_t>();
                const auto last = blocks_.at(other).at("frame_last").get<std::int64_t>();
                const std::int64_t place = std::clamp(number, first, last) - first;
                waited.insert(units_.at(other).at(static_cast<std::size_t>(place)));
            }
        }
        return waited;
    }

  private:
    std::vector<std::string> matched(const Json& block, const char* key) const {
        std::vector<std::string> names;
        if (!block.contains(key)) return names;
        const auto mask = block.at(key).get<std::string>();
        CHECK(mask.find('\\') == std::string::npos);  // afserver stores it without quoting
        for (const auto& [name, other] : blocks_) {
            if (std::regex_match(name, std::regex(mask))) names.push_back(name);
        }
        CHECK_FALSE(names.empty());
        return names;
    }

    std::map<std::string, Json> blocks_;
    std::map<std::string, std::vector<std::string>> units_;
};

std::set<std::string> needed_by(const ManagerJob& job, const Unit& unit) {
    std::set<std::string> names;
    for (const auto* others : {&unit.needs, &unit.after}) {
        for (const std::uint32_t other : *others) names.insert(job.units[other].name);
    }
    return names;
}

// Nights of many shapes, whole and as a retry with gaps.
std::vector<ManagerJob> many_jobs() {
    std::vector<ManagerJob> jobs;
    for (const std::vector<std::int32_t>& takes : {std::vector<std::int32_t>{1},
                                                   {5},
                                                   {1, 1, 1},
                                                   {2, 1},
                                                   {1, 1, 2},
                                                   {1, 2, 1},
                                                   {3, 1, 2, 4}}) {
        std::vector<ResolvedShot> shots;
        for (std::size_t at = 0; at < takes.size(); ++at) {
            shots.push_back(shot_of(fmt::format("sh{}", at), 29, takes[at]));
        }
        const JobIndex index =
            job_index_of(plan_night(night_of(shots), {.output_path = "/out", .versions = {}}));
        for (const auto& [grain, word] : EnumWords<Grain>::words) {
            jobs.push_back(manager_job_of(index, grain, "/job"));
            std::set<std::string> some;
            for (std::size_t at = 0; at < jobs.back().units.size(); ++at) {
                if (at % 3 != 1) some.insert(jobs.back().units[at].name);
            }
            jobs.push_back(only_units(jobs.back(), some));
        }
    }
    return jobs;
}

// afserver's two answers, to its list of jobs and to the progress of one.
RunCommand afserver_with(const std::string& jobs, const std::string& progress) {
    return [=](const std::vector<std::string>& command, const std::string& input) {
        CHECK(command.front() == "curl");
        CHECK(command.back() == "http://localhost:51000/");
        const std::string header = fmt::format("AFANASY: {}", input.size());
        CHECK(std::ranges::find(command, header) != command.end());
        const Json question = parse_json(input, "question").at("get");
        const bool of_one = question.value("mode", "") == "progress";
        return CommandEnd{
            .code = 0, .output = (of_one ? progress : jobs) + "\x1e" + "200\n", .errors = ""};
    };
}

// The job in afserver's list, its blocks those of the file.
std::string afserver_job(const std::string& uuid, const char* state) {
    const ManagerFiles files = afanasy_manager().files(handed_over_night(Grain::take), {});
    Json job = parse_json(files.texts.at("afanasy.json"), "afanasy").at("job");
    job.update({{"id", 4}, {"serial", 9}, {"state", state}, {"description", "nightreel " + uuid}});
    return job.dump();
}

// The tasks of that job, by block, as afserver tells them.
std::string afserver_progress(const std::map<std::string, Json>& tasks) {
    const ManagerFiles files = afanasy_manager().files(handed_over_night(Grain::take), {});
    const Json job = parse_json(files.texts.at("afanasy.json"), "afanasy").at("job");
    Json progress = Json::array();
    for (const Json& block : job.at("blocks")) {
        std::istringstream lines(files.texts.at("afanasy/" + block.at("name").get<std::string>()));
        Json& of_block = progress.emplace_back(Json::array());
        std::int64_t number = 0;
        for (std::string unit; lines >> number >> unit;) of_block.push_back(tasks.at(unit));
    }
    return Json{{"job_progress", {{"id", 4}, {"progress", progress}}}}.dump();
}

}  // namespace

TEST_CASE("a unit of Afanasy is one task, after what it needs and after nothing else",
          "[plugins]") {
    for (const ManagerJob& job : many_jobs()) {
        const Afserver afserver(job);
        CHECK(afserver.all_units().size() == job.units.size());
        for (const Unit& unit : job.units) {
            CAPTURE(job.units.size(), unit.name);
            CHECK(afserver.waited_for_by(unit.name) == needed_by(job, unit));
        }
    }
}

TEST_CASE("a block of Afanasy has numbers, and its command finds the unit of one", "[plugins]") {
    ManagerJob job = handed_over_night(Grain::task);
    job.files = "submissions/2";
    const auto blocks = blocks_of(job);
    for (const auto& [name, block] : blocks) {
        CHECK(block.at("flags") == 1);
        CHECK_FALSE(block.contains("tasks"));
        CHECK(block.at("frames_per_task") == 1);
        CHECK(block.at("frames_inc") == 1);
    }
    CHECK(blocks.at("measure").at("command") ==
          "'/farm/it'\\''s a job/unit.sh' \"$(sed -n 's/^@#@ //p' "
          "'/farm/it'\\''s a job/submissions/2/afanasy/measure')\"");
    CHECK(blocks.at("measure").at("tasks_depend_mask") == "decode");
    CHECK(blocks.at("dailies").at("depend_mask") == "publish|publish-2");
}

TEST_CASE("a block of Afanasy asks for memory of what its units run on", "[plugins]") {
    ManagersSection site;
    site.afanasy.gpu_ticket = "GPU";
    site.threads = 4;
    const ManagerJob job = handed_over_night(Grain::task);
    const Json on_gpu = blocks_of(job, site).at("sample01");
    CHECK(on_gpu.at("need_gpu_mem_mb") > 0);
    CHECK(on_gpu.at("tickets").at("GPU") == 1);
    CHECK(on_gpu.at("capacity") == 1000);
    CHECK_FALSE(blocks_of(job, site).at("proxy").contains("tickets"));
    CHECK(blocks_of(job, site).at("proxy").at("capacity") == 400);
    site.device = "cpu";
    const Json on_processor = blocks_of(job, site).at("sample01");
    CHECK(on_processor.at("need_memory") > 0);
    CHECK_FALSE(on_processor.contains("tickets"));
    CHECK(on_processor.at("capacity") == 400);
}

TEST_CASE("the service nightreel brings its parser, unless the site names another", "[plugins]") {
    ManagersSection site;
    const auto parser = [&] {
        return blocks_of(handed_over_night(Grain::take), site).at("take").at("parser");
    };
    CHECK(parser() == "generic");
    site.afanasy.service = "nightreel";
    CHECK(parser() == "nightreel");
    site.afanasy.parser = "studio";
    site.afanasy.errors_task_same_host = 1;
    CHECK(parser() == "studio");
    const Json take = blocks_of(handed_over_night(Grain::take), site).at("take");
    CHECK(take.at("errors_task_same_host") == 1);
}

TEST_CASE("a mask of hosts is given to Afanasy as a regular expression", "[plugins]") {
    ManagersSection site;
    const auto job = [&] {
        const ManagerFiles files = afanasy_manager().files(handed_over_night(Grain::take), site);
        return parse_json(files.texts.at("afanasy.json"), "afanasy").at("job");
    };
    CHECK_FALSE(job().contains("hosts_mask"));
    site.afanasy.hosts_mask = "gpu.*";
    CHECK(job().at("hosts_mask") == "gpu.*");
    CHECK(job().at("hosts_mask_type") == "regex");
}

TEST_CASE("tasks of Afanasy are reported as units, found by the UUID", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const std::string progress =
        afserver_progress({{"sh1.encode", {{"state", " DON"}, {"hst", "gpu07"}}},
                           {"sh2.encode", {{"state", " DON SKP"}}},
                           {"sh1.take01", {{"state", " RUN"}, {"per", 12}, {"hst", "gpu07"}}},
                           {"sh1.take02", {{"state", " ERR"}, {"err", 4}, {"hst", "gpu08"}}},
                           {"sh2.take01", {{"state", " RDY RER"}, {"err", 1}}},
                           {"dailies", {{"state", " WDP"}}}});
    const auto asked = [&](const std::string& jobs) {
        return afanasy_manager().query(
            job, {}, submission_of(job), afserver_with(R"({"jobs":[)" + jobs + "]}", progress));
    };
    const ManagerReport report =
        asked(afserver_job("other", " RUN") + "," + afserver_job(asked_uuid, " RUN"));
    CHECK(report.ids == std::vector<std::string>{"4"});
    CHECK(report.units.size() == 6);
    CHECK(report_of(report, "sh1.encode").state == UnitState::done);
    CHECK(report_of(report, "sh1.encode").host == "gpu07");
    CHECK(report_of(report, "sh2.encode").state == UnitState::cancelled);
    CHECK(report_of(report, "sh1.take01").state == UnitState::running);
    CHECK(report_of(report, "sh1.take02").state == UnitState::failed);
    CHECK(report_of(report, "sh1.take02").reason == "4 failed runs");
    CHECK(report_of(report, "sh2.take01").state == UnitState::waiting);
    CHECK(report_of(report, "dailies").reason == "waits for other units");
    CHECK(report_of(asked(afserver_job(asked_uuid, " OFF")), "dailies").reason ==
          "the job is offline");
    CHECK(asked("").ids.empty());
}

TEST_CASE("an afserver that does not answer is no night that it has forgotten", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const auto kind_of = [&](const RunCommand& run) {
        try {
            afanasy_manager().query(job, {}, submission_of(job), run);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::internal;
    };
    CHECK(kind_of(no_answer) == ErrorKind::unreachable);
    CHECK(kind_of(afserver_with("", "")) == ErrorKind::unreachable);  // closes the connection
    CHECK(kind_of(afserver_with(R"({"jobs":[)" + afserver_job(asked_uuid, "") + "]}", "{}")) ==
          ErrorKind::unreachable);
}

}  // namespace nightreel
