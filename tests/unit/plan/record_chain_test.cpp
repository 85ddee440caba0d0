#include "pipeline/plan/records/record_chain.h"

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

TaskRecord record_of(const std::string& task) {
    return {.kind = "any", .digest = digest_of(task), .task = task};
}

InputArtifact input_made_by(const std::vector<std::string>& tasks) {
    InputArtifact input{digest_of(tasks.back()), "/store/" + tasks.back()};
    for (const std::string& task : tasks) input.records.push_back(record_of(task));
    return input;
}

std::vector<std::string> names_of(const std::vector<TaskRecord>& records) {
    std::vector<std::string> names;
    for (const TaskRecord& record : records) names.push_back(record.task);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("a result knows all that it was made from, each once and in the order of making",
          "[plan]") {
    TaskRequest decode{.order = DecodeOrder{}};
    decode.inputs = {input_made_by({"encode", "sample01"}), input_made_by({"encode", "sample02"})};
    CHECK(names_of(records_below(decode)) == Names{"encode", "sample01", "sample02"});
    TaskRequest publish{.order = PublishOrder{}};
    publish.inputs = {input_made_by({"encode", "sample01", "decode"}),
                      input_made_by({"encode", "sample01", "decode", "proxy"})};
    CHECK(names_of(records_below(publish)) == Names{"encode", "sample01", "decode", "proxy"});
}

TEST_CASE("a segment does not carry the records of all segments before it", "[plan]") {
    SampleOrder order;
    order.encoded = digest_of("encode");
    order.previous = digest_of("sample01");
    TaskRequest sample{.order = order};
    sample.inputs = {input_made_by({"encode"}), input_made_by({"encode", "sample01"})};
    CHECK(names_of(records_below(sample)) == Names{"encode"});
}

TEST_CASE("a take that is made after a ranking is not made of the takes that were ranked",
          "[plan]") {
    SampleOrder order;
    order.encoded = digest_of("encode");
    order.round = digest_of("rank01");
    TaskRequest sample{.order = order};
    sample.inputs = {input_made_by({"encode"}),
                     input_made_by({"encode", "take01.sample01", "take01.measure", "rank01"})};
    CHECK(names_of(records_below(sample)) == Names{"encode"});
}

}  // namespace nightreel
