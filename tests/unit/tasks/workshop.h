#pragma once
// A folder in which the tasks of a small night with the bundled model are run one after the other,
// each into its own folder. Owned by one test; removes the folder at its end.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/plan/plan_night.h"
#include "pipeline/tasks/engines.h"
#include "pipeline/tasks/run_task.h"
#include "tests/support/temporary_folder.h"

namespace nightreel {

// Stops the task when it is asked for the `stop_at`th time.
class TestObserver final : public TaskObserver {
  public:
    explicit TestObserver(int stop_at = 0) : stop_at_(stop_at) {}

    void progress(double fraction, std::string_view text) override {
        fractions.push_back(fraction);
        last_text = text;
    }

    void alive(std::optional<double> fraction) override {
        ++beats;
        if (fraction) fractions_inside.push_back(*fraction);
    }

    void note(std::string_view line) override { notes.emplace_back(line); }

    bool cancelled() override { return ++asked == stop_at_; }

    std::vector<double> fractions;
    std::string last_text;
    int asked = 0;
    int beats = 0;
    std::vector<double> fractions_inside;  // said between the others
    std::vector<std::string> notes;

  private:
    int stop_at_;
};

// `frames` of one take, in segments of 5 latent frames that overlap by 2, few steps each.
ResolvedNight small_night(std::int64_t frames);

class Workshop {
  public:
    explicit Workshop(const ResolvedNight& night);
    // Of small_night. `first_picture` names one that the take begins with; empty for none.
    explicit Workshop(std::int64_t frames, const std::filesystem::path& first_picture = {});

    const NightPlan& plan() const { return plan_; }

    const PlannedTask& task(std::string_view name) const;
    std::filesystem::path folder_of(std::string_view name) const;
    TaskRequest request_for(std::string_view name) const;

    // Runs one task into a fresh folder.
    TaskResult run(std::string_view name, Engines& engines, TaskObserver& observer);
    void run_all_up_to(std::string_view name, Engines& engines);

    const std::filesystem::path& root() const { return folder_.path(); }

  private:
    std::filesystem::path folder_of(const Digest& digest) const;

    TemporaryFolder folder_;
    NightPlan plan_;
    std::map<Digest, std::vector<TaskRecord>> records_;  // of what was run
};

}  // namespace nightreel
