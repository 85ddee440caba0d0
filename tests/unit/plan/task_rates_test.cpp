// Estimates from what tasks have cost before.

#include "pipeline/plan/estimate/task_rates.h"

#include <catch2/catch.hpp>

#include "pipeline/plan/orders/order_model.h"
#include "pipeline/plan/plan_night.h"
#include "shotspec/describe/fields_json.h"
#include "tests/unit/plan/night_of.h"

namespace nightreel {
namespace {

const PlanOptions options{.output_path = "/shows/out", .versions = {}};

// What a worker says of a task that took `seconds`.
std::string facts_of(const Workload& workload, double seconds, const std::string& device_class) {
    const MeasuredTask measured{seconds, 0.9 * seconds, workload};
    return Json{{"device_class", device_class},
                {"facts", {{measured_fact, to_json_value(measured)}}}}
        .dump();
}

// A night of which every task took `factor` times what was reckoned.
RateBook book_of(const NightPlan& plan, double factor, const std::string& device_class) {
    RateBook book;
    for (const PlannedTask& task : plan.graph.tasks) {
        const ModelReference* model = model_run_by(task.order);
        book.note(kind_of(task.order),
                  model == nullptr ? Digest{} : model->digest,
                  facts_of(workload_of(task.order), factor * task.cost.seconds, device_class));
    }
    return book;
}

}  // namespace

TEST_CASE("a night like one before is reckoned to cost the same", "[plan]") {
    const ResolvedNight night = night_of({shot_of("sh1", 61, 2), shot_of("sh2", 17)});
    const NightPlan first = plan_night(night, options);
    PlanOptions second = options;
    second.rates = book_of(first, 3, "cpu a").rows();
    const NightPlan plan = plan_night(night, second);
    CHECK(plan.totals.seconds == Approx(3 * first.totals.seconds));
    CHECK(plan.basis.device_class == "cpu a");
    CHECK(plan.basis.measured_tasks == plan.totals.tasks);
    CHECK(plan.basis.processor_seconds == Approx(0.9 * plan.totals.seconds));
    CHECK(first.basis.measured_tasks == 0);
}

TEST_CASE("what was measured changes no digest", "[plan]") {
    const ResolvedNight night = night_of({shot_of("sh1", 61, 2)});
    const NightPlan first = plan_night(night, options);
    PlanOptions second = options;
    second.rates = book_of(first, 3, "cpu a").rows();
    const NightPlan plan = plan_night(night, second);
    for (std::size_t i = 0; i < plan.graph.tasks.size(); ++i) {
        CHECK(plan.graph.tasks[i].digest == first.graph.tasks[i].digest);
    }
}

TEST_CASE("device classes are kept apart, and the one that did most is taken", "[plan]") {
    const ResolvedNight night = night_of({shot_of("sh1", 61, 2)});
    const NightPlan first = plan_night(night, options);
    std::vector<TaskRate> rates = book_of(first, 1, "cuda fast").rows();
    for (const TaskRate& rate : book_of(first, 8, "cpu slow").rows()) {
        if (!rate.model.empty()) rates.push_back(rate);
    }
    CHECK(device_classes_of(rates) == std::vector<std::string>{"cpu slow", "cuda fast"});
    PlanOptions slow = options;
    slow.rates = rates;
    PlanOptions fast = slow;
    fast.rates_of = "cuda fast";
    const NightPlan on_slow = plan_night(night, slow);
    CHECK(on_slow.basis.device_class == "cpu slow");
    CHECK(on_slow.basis.other_classes == std::vector<std::string>{"cuda fast"});
    CHECK(on_slow.totals.seconds > 4 * plan_night(night, fast).totals.seconds);
}

TEST_CASE("the row of the nearest scale speaks for a task", "[plan]") {
    RateBook book;
    const Digest model = digest_of("model");
    book.note(TaskKind::sample, model, facts_of({100, 10}, 1, "cpu"));
    book.note(TaskKind::sample, model, facts_of({100, 1000}, 50, "cpu"));
    const std::vector<TaskRate> rates = book.rows();
    const auto seconds = [&](double scale) {
        return measured_cost(rates, TaskKind::sample, model, "cpu", {100, scale})->seconds;
    };
    CHECK(seconds(20) == Approx(1));
    CHECK(seconds(400) == Approx(50));
    CHECK_FALSE(measured_cost(rates, TaskKind::decode, model, "cpu", {100, 10}));
    CHECK_FALSE(measured_cost(rates, TaskKind::sample, digest_of("other"), "cpu", {100, 10}));
}

TEST_CASE("facts that measure nothing are not noted, and rows are bounded", "[plan]") {
    RateBook book;
    for (const char* facts : {"",
                              "[]",
                              "{",
                              "{\"device_class\":\"cpu\"}",
                              "{\"device_class\":\"cpu\",\"facts\":{\"measured\":3}}"}) {
        book.note(TaskKind::sample, Digest{}, facts);
    }
    book.note(TaskKind::sample, Digest{}, facts_of({0, 1}, 1, "cpu"));
    CHECK(book.rows().empty());
    for (std::size_t i = 0; i < RateBook::rows_max + 10; ++i) {
        book.note(TaskKind::sample, Digest{}, facts_of({1, 1.0 + static_cast<double>(i)}, 1, "c"));
    }
    CHECK(book.rows().size() == RateBook::rows_max);
}

}  // namespace nightreel
