#include <cstdlib>
#include <string>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include "pipeline/takes/publish_record.h"
#include "shotspec/base/files.h"
#include "shotspec/describe/field_traits.h"

namespace nightreel {
namespace {

constexpr const char* page_of_records = "docs/publish.md";

// A row for each field of a record and of what is inside it, in their order.
struct FieldRows {
    std::string prefix;
    std::string& text;

    template <class T>
    void operator()(std::string_view name, T&, const FieldInfo& info) {
        const std::string path = prefix + std::string(name);
        text += fmt::format("| `{}` | {} |\n", path, info.meaning);
        add_inner<T>(path);
    }

    template <class T>
    void add_inner(const std::string& path) {
        if constexpr (IsOptional<T>::value) {
            add_inner<typename T::value_type>(path);
        } else if constexpr (IsVector<T>::value) {
            add_inner<typename T::value_type>(path + "[]");
        } else if constexpr (Described<T>) {
            T value{};
            FieldRows rows{path + ".", text};
            describe(value, rows);
        }
    }
};

std::string page() {
    std::string text =
        "# publish.json\n\n"
        "Every published take has the file `publish.json`, written last. It says what the take is, "
        "what it was\n"
        "made from, by whom, where and when. Hosts, times and names of workers are in this file "
        "and in "
        "no frame: they\n"
        "decide neither a digest nor a byte of a picture. `tasks` lists every task that the take "
        "was made by, from\n"
        "encode on; the records survive when `nightreel store prune` removes the results. Fields "
        "of later releases\n"
        "are added; a field that is not known is absent or `null`.\n\n"
        "The night file as it was submitted is kept with the job: `nightreel status JOB --night` "
        "prints it, and the\n"
        "folder `night` of the job's dailies has it with what it includes.\n\n"
        "`nightreel schema --of publish` prints the JSON Schema of this record, `--of summary` "
        "that "
        "of\nsummary.json in the dailies.\n\n"
        "This page is generated from the field descriptions in the source "
        "(`pipeline/takes/publish_record.h`).\n\n"
        "| field | description |\n|---|---|\n";
    PublishRecord record;
    FieldRows rows{"", text};
    describe(record, rows);
    return text;
}

}  // namespace

TEST_CASE("the committed page of publish.json is what its record describes", "[dailies][golden]") {
    INFO(page_of_records << " is generated; run tests/golden/update");
    if (std::getenv("NIGHTREEL_UPDATE_GOLDENS") != nullptr) {
        write_file_atomically(page_of_records, std::string_view(page()));
    }
    CHECK(read_file(page_of_records) == page());
}

}  // namespace nightreel
