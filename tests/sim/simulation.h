#pragma once
// One night on a farm where everything goes wrong for a while and then stops going wrong. The seed
// decides everything. Faults are those the design promises to survive: messages lost, repeated,
// late and out of order; workers that die, freeze, and speak of the past; a scheduler that dies at
// any point and replays its journal; appends that fail before or after they are durable; artifacts
// that vanish or rot; clocks that jump; people who change their minds. One thread.

#include <map>
#include <memory>
#include <vector>

#include "tests/sim/dice.h"
#include "tests/sim/model_worker.h"
#include "tests/sim/oracle.h"
#include "tests/sim/world.h"
#include "tests/support/memory_journal.h"

namespace nightreel::sim {

class Simulation {
  public:
    explicit Simulation(std::uint64_t seed);

    // Throws Error that says which law was broken.
    void run();

    std::size_t facts() const { return journal_.events().size(); }

  private:
    struct ToScheduler {
        Command command;
        SessionId sender;  // the worker process that an answer is for
        std::size_t worker = 0;
        bool wants_answer = false;
    };

    struct ToWorker {
        std::size_t worker = 0;
        SessionId addressee;
        Answer answer;
    };

    using Message = std::variant<ToScheduler, ToWorker>;

    void make_workers();
    void submit_jobs();
    std::vector<TaskSpec> invent_tasks();
    TaskSpec invent_dailies(const std::vector<TaskSpec>& others);
    TaskSpec invent_task(TaskIndex index, const std::string& shot);

    void step();
    void listen();
    void let_workers_act();
    void break_workers();
    void break_scheduler();
    void change_machine();
    void step_wall_clock();
    void tell_a_lie();
    void operate();
    void manage_worker();
    void calm_down();

    void send(Message message);
    void deliver_due();
    void turn(std::vector<ToScheduler> inbox);
    Command as_received(const Command& command) const;
    void note_heard(const Command& command);
    void restart_scheduler(const Farm* before);
    void deliver_surely(const Command& command);

    Millis scheduler_now() const { return now_ + clock_offset_; }

    void check_indices() const;

    Dice dice_;
    FarmPolicy policy_;
    Faults faults_;
    World world_;
    Oracle oracle_;
    MemoryJournal journal_;
    Farm farm_;
    std::vector<std::unique_ptr<ModelWorker>> workers_;
    std::multimap<Millis, Message> in_flight_;
    std::vector<SubmitJob> submissions_;
    Millis now_{1'000'000'000};
    Millis clock_offset_{0};       // of the wall clock, from where it was at the start,
    Millis clock_offset_seen_{0};  // as far as the scheduler has noticed
    Millis tick_at_{0};
    // A scheduler that stops hears what came in the meantime when it goes on.
    Millis stopped_until_{0};
    Millis stopped_for_{0};
    Millis listened_{0};  // time in which it listened
    std::vector<ToScheduler> unheard_;
    // When it last heard the session that the farm knows by each name, in time that it listened.
    std::map<WorkerId, Millis> heard_;
    Millis started_{0};
    bool calm_ = false;
};

}  // namespace nightreel::sim
