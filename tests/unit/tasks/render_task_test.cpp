#include <cstdio>
#include <fstream>
#include <vector>

#include <catch2/catch.hpp>

#include "pipeline/job/job_directory.h"
#include "pipeline/program/task.h"
#include "shotspec/base/error.h"
#include "tests/unit/tasks/workshop.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr int code_of_bad_document = 3;
constexpr int code_of_environment = 10;

// The plan of a workshop as a job folder.
class JobFolder {
  public:
    explicit JobFolder(const Workshop& shop) : shop_(shop), path_(shop.root() / "job") {
        write_job_directory(path_, shop.plan(), {});
    }

    int run_row(const std::vector<std::string>& tasks) const {
        std::vector<std::string> arguments{path_.string(), "--device", "cpu"};
        for (const std::string& task : tasks) arguments.push_back("sq010_sh0010." + task);
        return run_tasks(arguments, {});
    }

    int run(const std::string& task) const { return run_row({task}); }

    fs::path result_of(const std::string& task) const {
        const std::string digest = shop_.task(task).digest.hex();
        return path_ / "artifacts" / digest.substr(0, 2) / digest;
    }

    const fs::path& path() const { return path_; }

  private:
    const Workshop& shop_;
    fs::path path_;
};

std::vector<std::string> lines_of(const fs::path& file) {
    std::vector<std::string> lines;
    std::ifstream text(file);
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
}

}  // namespace

TEST_CASE("a task of a job folder leaves its result there and is not done twice", "[engine]") {
    const Workshop shop(17);
    const JobFolder job(shop);
    CHECK(job.run("take01.sample01") == code_of_environment);  // its encode has not been run
    CHECK(job.run("encode") == 0);
    const fs::path result = job.result_of("encode") / "encoded.safetensors";
    REQUIRE(fs::is_regular_file(result));
    const auto made = fs::last_write_time(result);
    CHECK(job.run("encode") == 0);
    CHECK(fs::last_write_time(result) == made);
    CHECK(job.run("take01.sample01") == 0);
}

TEST_CASE("a damaged result is set aside, named, and made again", "[engine]") {
    const Workshop shop(17);
    const JobFolder job(shop);
    REQUIRE(job.run("encode") == 0);
    const fs::path result = job.result_of("encode") / "encoded.safetensors";
    const Digest whole = digest_of_file(result);
    fs::resize_file(result, fs::file_size(result) - 1);
    CHECK(job.run("take01.sample01") == exit_code_of(ErrorKind::corrupt));
    CHECK_FALSE(fs::exists(result));
    CHECK(job.run("encode") == 0);
    CHECK(digest_of_file(result) == whole);
}

TEST_CASE("tasks in one call run up to the first failure, and what is done stays", "[engine]") {
    const Workshop shop(17);
    const JobFolder job(shop);
    CHECK(job.run_row({"encode", "take01.decode", "take01.sample01"}) == code_of_environment);
    CHECK(fs::exists(job.result_of("encode")));
    CHECK_FALSE(fs::exists(job.result_of("take01.sample01")));
    CHECK(job.run_row({"encode", "take01.sample01"}) == 0);
    CHECK(fs::exists(job.result_of("take01.sample01")));
}

TEST_CASE("a wrong job folder, task or option is told apart by the exit code", "[engine]") {
    const Workshop shop(17);
    const JobFolder job(shop);
    const auto code_of = [](const std::vector<std::string>& arguments) {
        try {
            return run_tasks(arguments, {});
        } catch (const Error& error) {
            return exit_code_of(error.kind());
        }
    };
    const int usage = exit_code_of(ErrorKind::usage);
    const std::string path = job.path().string();
    CHECK(code_of({path}) == usage);
    CHECK(code_of({path, "nothing"}) == usage);
    CHECK(code_of({path, "sq010_sh0010.encode", "--threads", "0"}) == usage);
    CHECK(code_of({path, "sq010_sh0010.encode", "--thread", "1"}) == usage);
    std::ofstream(job.path() / "job.json") << "{}";
    CHECK(code_of({path, "sq010_sh0010.encode"}) == code_of_bad_document);
}

TEST_CASE("a serving child answers orders that are wrong and lives on", "[engine]") {
    const Workshop shop(17);
    const fs::path answers = shop.root() / "answers";
    const std::string command =
        std::string(NIGHTREEL_RENDER) + " --serve > " + answers.string() + " 2> /dev/null";
    std::FILE* orders = ::popen(command.c_str(), "w");
    REQUIRE(orders != nullptr);
    TaskRequest nowhere = shop.request_for("encode");
    const std::string text = "{broken\n[]\n" + to_json_text(nowhere) + "\n";
    CHECK(std::fwrite(text.data(), 1, text.size(), orders) == text.size());
    CHECK(::pclose(orders) == 0);
    const std::vector<std::string> lines = lines_of(answers);
    REQUIRE(lines.size() == 3);
    for (const std::string& line : lines) {
        CAPTURE(line);
        REQUIRE(child_line_from_json(line).failure.has_value());
    }
    CHECK(child_line_from_json(lines[0]).failure->kind == "bad_input");
    CHECK(child_line_from_json(lines[1]).failure->kind == "bad_input");
    CHECK(child_line_from_json(lines[2]).failure->kind == "unavailable");  // no staging folder
}

}  // namespace nightreel
