#include "pipeline/takes/character_report.h"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/takes/publish.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/fields_json.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// A record as a published take has it, of which the report reads only this.
void write_take(const fs::path& output,
                const std::string& shot,
                std::int32_t version,
                const std::vector<CharacterMetric>& characters,
                const std::vector<Finding>& findings) {
    PublishRecord record;
    record.take.show = "aurora";
    record.take.shot = shot;
    record.take.version = version;
    record.take.prompt = "a <b>star</b> & a ball";
    record.metrics.characters = characters;
    record.metrics.findings = findings;
    record.references = {{"mira", "/refs/mira one.png", digest_of("mira"), {}, {8, 8}}};
    record.files = {{"thumb/a b.png", 1, digest_of("x")}, {"contact/a.png", 1, digest_of("y")}};
    const fs::path folder = output / fmt::format("aurora/{}/v{:03}/take01", shot, version);
    fs::create_directories(folder);
    write_file_atomically(folder / "publish.json", to_json_value(record).dump());
}

}  // namespace

TEST_CASE("a character's takes are those of the newest versions, doubtful ones first", "[takes]") {
    const TemporaryFolder output;
    const CharacterMetric mira{.name = "mira", .seen = 1, .reference_distance = 0.1};
    const CharacterMetric otto{.name = "otto", .seen = 1};
    const Finding doubled{FindingKind::doubles, {1005, 1012}, 8, "mira"};
    const Finding of_otto{FindingKind::doubles, {1005, 1012}, 8, "otto"};
    write_take(output.path(), "sh0010", 1, {mira}, {doubled});
    write_take(output.path(), "sh0010", 2, {mira}, {});
    write_take(output.path(), "sh0020", 1, {mira, otto}, {doubled, of_otto});
    fs::create_directories(output.path() / "aurora/sh0030/v001/take01");
    write_file_atomically(output.path() / "aurora/sh0030/v001/take01/publish.json", "{ half");

    std::vector<std::string> unread;
    const std::vector<CharacterReport> reports = character_reports(output.path(), {}, unread);
    CHECK(unread.size() == 1);
    REQUIRE(reports.size() == 2);
    const CharacterReport& report = reports[0];
    CHECK(report.name == "mira");
    CHECK(report.references.size() == 1);
    REQUIRE(report.takes.size() == 2);
    CHECK(report.takes[0].shot == "sh0020");
    REQUIRE(report.takes[0].flags.size() == 1);
    CHECK(report.takes[0].flags[0].frames.first == 1005);
    CHECK(report.takes[1].version == 2);
    CHECK(character_reports(output.path(), "otto", unread).size() == 1);
    CHECK(character_reports(output.path(), "nobody", unread).empty());
}

TEST_CASE("the page of a character shows text as text, and links pictures from where it is",
          "[takes]") {
    const TemporaryFolder output;
    write_take(output.path(), "sh0010", 1, {{.name = "mira", .seen = 0.5}}, {});
    std::vector<std::string> unread;
    const auto reports = character_reports(output.path(), {}, unread);
    REQUIRE(reports.size() == 1);
    const std::string page =
        character_page(reports[0], output.path(), output.path() / "characters/mira.html");
    CHECK(page.find("a &lt;b&gt;star&lt;/b&gt; &amp; a ball") != std::string::npos);
    CHECK(page.find("<b>") == std::string::npos);
    CHECK(page.find("src=\"../aurora/sh0010/v001/take01/thumb/a%20b.png\"") != std::string::npos);
    CHECK(page.find("mira%20one.png") != std::string::npos);
    CHECK(page.find("50 % of the frames") != std::string::npos);
    CHECK(page.find("http") == std::string::npos);
}

}  // namespace nightreel
