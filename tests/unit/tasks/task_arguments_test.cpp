#include "pipeline/program/task_arguments.h"

#include <map>

#include <catch2/catch.hpp>

#include "pipeline/program/assigned_gpus.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

TaskArguments arguments_of(const std::vector<std::string>& words) {
    return task_arguments_of(words, "/home/td");
}

}  // namespace

TEST_CASE("relative paths start from the folder of the caller", "[program]") {
    const TaskArguments asked = arguments_of({"job",
                                              "a",
                                              "--store",
                                              "../s",
                                              "--root",
                                              "out=./takes",
                                              "--models",
                                              "m",
                                              "--via",
                                              "d.sock"});
    CHECK(asked.job_directory == "/home/td/job");
    CHECK(asked.store == "/home/s");
    CHECK(asked.roots == Roots{{"out", "/home/td/takes"}});
    CHECK(asked.model_roots == std::vector<std::string>{"/home/td/m"});
    CHECK(asked.via == "/home/td/d.sock");
}

TEST_CASE("results lie in the job directory but where another store is named", "[program]") {
    const std::vector<std::string> plain{"/jobs/1", "a.encode", "a.take01.sample01"};
    CHECK(arguments_of(plain).store == "/jobs/1/artifacts");
    CHECK(arguments_of(plain).tasks == std::vector<std::string>{"a.encode", "a.take01.sample01"});
    const std::vector<std::string> named{"/jobs/1", "a.encode", "--store", "/mnt/store/"};
    CHECK(arguments_of(named).store == "/mnt/store/");
}

TEST_CASE("roots of a job are mapped, and one that was asked for by name wins", "[program]") {
    const std::vector<std::string> mapped{"/jobs/1", "a.encode", "--map", "/mnt=/net"};
    CHECK(roots_for({{"out", "/mnt/out"}}, arguments_of(mapped)) == Roots{{"out", "/net/out"}});
    const std::vector<std::string> named{
        "/jobs/1", "a.encode", "--map", "/mnt=/net", "--root", "out=/takes"};
    CHECK(roots_for({{"out", "/mnt/out"}}, arguments_of(named)) == Roots{{"out", "/takes"}});
    CHECK_THROWS_WITH(roots_for({{"plates", "/mnt/out"}}, arguments_of(named)),
                      Catch::Contains("it has: plates"));
}

TEST_CASE("a store and models that are named as at the export are mapped", "[program]") {
    const TaskArguments asked = mapped_arguments(arguments_of({"/mnt/job",
                                                               "a",
                                                               "--store",
                                                               "/mnt/store",
                                                               "--models",
                                                               "/mnt/models",
                                                               "--map",
                                                               "/mnt=/net"}));
    CHECK(asked.store == "/net/store");
    CHECK(asked.model_roots == std::vector<std::string>{"/net/models"});
    // That of the job directory lies where the directory is.
    const std::vector<std::string> words{"/mnt/job", "a", "--map", "/mnt=/net"};
    CHECK(mapped_arguments(arguments_of(words)).store == "/mnt/job/artifacts");
}

TEST_CASE("a unit is a name, never a path to other folders", "[program]") {
    const auto unit = [](const std::string& name) {
        return arguments_of({"/jobs/1", "a", "--unit", name}).unit;
    };
    CHECK(unit("sh010.take01") == "sh010.take01");
    for (const char* bad : {"", "..", "../take01", "a/b", ".hidden", "a\nb"}) {
        CAPTURE(bad);
        CHECK_THROWS_WITH(unit(bad), Catch::Contains("expected the name of a unit"));
    }
}

TEST_CASE("GPUs that a farm manager assigned are the visible ones, unless it said so itself",
          "[program]") {
    std::map<std::string, std::string> variables;
    const auto gpus = [&] {
        return assigned_gpus([&](const char* name) -> const char* {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        });
    };
    CHECK_FALSE(gpus().has_value());
    variables["SLURM_JOB_GPUS"] = "3";
    CHECK(gpus() == "3");
    variables["CUE_GPU_CORES"] = "0, 2 5";
    CHECK(gpus() == "0,2,5");
    variables["CUDA_VISIBLE_DEVICES"] = "1";
    CHECK_FALSE(gpus().has_value());
}

}  // namespace nightreel
