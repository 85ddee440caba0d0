#include "tests/sim/simulation.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "scheduler/farm/indices.h"

namespace nightreel::sim {
namespace {

constexpr Millis step_length{500};
constexpr std::size_t heard_per_turn = 8;
constexpr int steps_with_faults = 1'200;
constexpr int steps_max = 40'000;  // then the night has not ended, and that is the fault
constexpr std::uint64_t gib = std::uint64_t{1} << 30;

void require(bool holds, const std::string& what) {
    if (!holds) throw Error(ErrorKind::internal, what);
}

FarmPolicy quick_policy() {
    FarmPolicy policy;
    policy.losses_max = 4;
    policy.losses_at_once = 1;
    policy.killed_max = 4;
    policy.stopped_max = 6;
    policy.input_losses_max = 5;
    policy.publishing_limit = Millis(90'000);
    policy.unavailable_limit = Millis(600'000);
    policy.unavailable_wait_max = Millis(60'000);
    policy.set_aside = Millis(120'000);
    return policy;
}

}  // namespace

Simulation::Simulation(std::uint64_t seed)
    : dice_(seed), policy_(quick_policy()), oracle_(world_, policy_) {
    faults_.lose_per_mille = dice_.below(200);
    faults_.repeat_per_mille = dice_.below(200);
    faults_.late_per_mille = dice_.below(300);
    faults_.worker_crash_per_mille = dice_.below(12);
    faults_.worker_stall_per_mille = dice_.below(8);
    faults_.task_trouble_per_mille = dice_.below(250);
    faults_.scheduler_crash_per_mille = dice_.below(15);
    faults_.append_failure_per_mille = dice_.below(15);
    faults_.damage_per_mille = dice_.below(30);
    faults_.operator_per_mille = dice_.below(30);
    faults_.clock_jump_per_mille = dice_.chance(300) ? dice_.below(8) : 0;
    faults_.machine_per_mille = dice_.chance(500) ? dice_.below(40) : 0;
    faults_.scheduler_stall_per_mille = dice_.chance(300) ? dice_.below(8) : 0;
    faults_.manage_per_mille = dice_.chance(500) ? dice_.below(20) : 0;
}

void Simulation::run() {
    make_workers();
    submit_jobs();
    for (int i = 0; i < steps_max; ++i) {
        if (i == steps_with_faults) calm_down();
        if (calm_ && oracle_.all_ended()) break;
        step();
    }
    require(oracle_.all_ended(), "a job never ended although the faults did");
    oracle_.judge_end();
    restart_scheduler(&farm_);
}

void Simulation::make_workers() {
    const int count = 1 + dice_.below(4);
    for (int i = 0; i < count; ++i) {
        // The first is large enough for everything, so that no work has to wait for ever.
        const std::uint64_t memory = i == 0 ? 32 * gib : (dice_.chance(500) ? 16 : 8) * gib;
        const WorkerId id{fmt::format("w{}", i)};
        world_.machines[id] = {{"toybox", "rare"}, true, true};
        workers_.push_back(std::make_unique<ModelWorker>(id, memory, world_, dice_));
        // Its disk was cloned: another machine has the same key, and speaks too.
        if (!dice_.chance(150)) continue;
        workers_.push_back(std::make_unique<ModelWorker>(id, memory, world_, dice_));
    }
}

TaskSpec Simulation::invent_task(TaskIndex index, const std::string& shot) {
    TaskSpec spec;
    spec.name = fmt::format("{}.take{:02}.task{:02}", shot, index % 2, index);
    spec.memory_bytes = (dice_.chance(300) ? 12 : 4) * gib;
    spec.cost_seconds = 10;
    constexpr std::array models{"", "", "toybox", "toybox", "rare"};
    spec.model = dice_.chance(15) ? "absent" : models[dice_.index(models.size())];
    spec.model_digest = card_of(spec.model);
    if (dice_.chance(200)) spec.device_class = dice_.chance(50) ? "a class nobody has" : "cpu";
    // Few names, so that jobs share work.
    spec.digest = digest_of(fmt::format("work {} {}", index, dice_.below(3)));
    if (!world_.truths.contains(spec.digest)) {
        Truth truth;
        const int roll = dice_.below(100);
        if (roll < 4)
            truth.nature = Nature::bad_input;
        else if (roll < 8)
            truth.nature = Nature::crashes;
        else if (roll < 10)
            truth.nature = Nature::corrupt;
        else if (roll < 12)
            truth.nature = Nature::never_available;
        else if (roll < 18)
            truth.nature = Nature::wants_memory;
        truth.needs_bytes = 20 * gib;
        truth.needs_bytes_lean = (dice_.chance(500) ? 8 : 10) * gib;
        world_.truths[spec.digest] = truth;
    }
    return spec;
}

std::vector<TaskSpec> Simulation::invent_tasks() {
    std::vector<TaskSpec> tasks;
    const int count = 1 + dice_.below(16);
    for (int i = 0; i < count; ++i) {
        const auto index = static_cast<TaskIndex>(i);
        TaskSpec spec = invent_task(index, i < count / 2 ? "sh0010" : "sh0020");
        for (TaskIndex need = index < 4 ? 0 : index - 4; need < index; ++need) {
            if (dice_.chance(300)) spec.needs.push_back(need);
        }
        tasks.push_back(std::move(spec));
    }
    tasks.push_back(invent_dailies(tasks));
    return tasks;
}

// After some of the others, whatever becomes of them.
TaskSpec Simulation::invent_dailies(const std::vector<TaskSpec>& others) {
    TaskSpec spec = invent_task(static_cast<TaskIndex>(others.size()), "night");
    spec.kind = TaskKind::dailies;
    spec.name = "dailies";
    for (TaskIndex i = 0; i < others.size(); ++i) {
        if (i + 1 == others.size() || dice_.chance(300)) spec.after.push_back(i);
    }
    return spec;
}

void Simulation::submit_jobs() {
    const int count = 1 + dice_.below(4);
    for (int i = 0; i < count; ++i) {
        const std::string name = fmt::format("night {}", i);
        submissions_.push_back({name, name, "td", dice_.below(3), invent_tasks()});
        // The number is known beforehand: jobs are numbered as they come.
        world_.jobs[JobId{static_cast<std::uint64_t>(i) + 1}] = submissions_.back().tasks;
        deliver_surely(submissions_.back());
    }
}

void Simulation::step() {
    now_ += step_length;
    const bool stopped = now_ < stopped_until_;
    if (!calm_ && !stopped) break_scheduler();
    if (!calm_) break_workers();
    let_workers_act();
    deliver_due();
    if (now_ < stopped_until_) {
        stopped_for_ += step_length;
        return;
    }
    listened_ += step_length;
    listen();
    if (dice_.chance(20)) check_indices();
}

// As the event loop does it: the clocks first, then what has come in, then what time brings.
void Simulation::listen() {
    if (stopped_for_ > Millis(0)) turn({{Resumed{std::exchange(stopped_for_, {})}, {}, 0, false}});
    while (!unheard_.empty()) {
        const auto count = static_cast<std::ptrdiff_t>(std::min(unheard_.size(), heard_per_turn));
        std::vector<ToScheduler> inbox(unheard_.begin(), unheard_.begin() + count);
        unheard_.erase(unheard_.begin(), unheard_.begin() + count);
        turn(std::move(inbox));
    }
    if (now_ < tick_at_) return;
    tick_at_ = now_ + Millis(1'000);
    turn({{Tick{}, {}, 0, false}});
}

void Simulation::let_workers_act() {
    const int trouble = calm_ ? 0 : faults_.task_trouble_per_mille;
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        ModelWorker& worker = *workers_[i];
        for (Command& command : worker.act(now_, trouble)) {
            send(ToScheduler{std::move(command), worker.session(), i, true});
        }
    }
}

void Simulation::break_workers() {
    for (std::size_t i = 0; i < workers_.size(); ++i) {
        ModelWorker& worker = *workers_[i];
        if (dice_.chance(faults_.worker_crash_per_mille)) {
            worker.die(now_ + dice_.between(Millis(0), Millis(120'000)));
        }
        if (dice_.chance(faults_.worker_stall_per_mille)) {
            worker.stall(now_ + dice_.between(Millis(30'000), Millis(200'000)));
        }
        // It says again what it said long ago, even from a life before.
        if (dice_.chance(20) && !worker.said().empty()) {
            const Command old = worker.said()[dice_.index(worker.said().size())];
            send(ToScheduler{old, worker.session(), i, true});
        }
    }
    if (dice_.chance(faults_.machine_per_mille)) change_machine();
    if (dice_.chance(faults_.damage_per_mille) && !world_.store.empty()) {
        auto victim = world_.store.begin();
        std::advance(victim, static_cast<std::ptrdiff_t>(dice_.index(world_.store.size())));
        if (dice_.chance(500))
            victim->second.whole = false;
        else
            world_.store.erase(victim);
    }
    if (dice_.chance(faults_.clock_jump_per_mille)) step_wall_clock();
}

void Simulation::change_machine() {
    auto found = world_.machines.begin();
    std::advance(found, static_cast<std::ptrdiff_t>(dice_.index(world_.machines.size())));
    Machine& machine = found->second;
    const std::string model = dice_.chance(500) ? "toybox" : "rare";
    switch (dice_.below(3)) {
        case 0:
            machine.store_mounted = !machine.store_mounted;
            return;
        case 1:
            machine.can_publish = !machine.can_publish;
            return;
        default:
            if (machine.models.erase(model) == 0) machine.models.insert(model);
    }
}

void Simulation::step_wall_clock() {
    const Millis most{dice_.chance(300) ? 6'000 : 3'600'000};
    const Millis jump = dice_.between(Millis(1'000), most);
    clock_offset_ += dice_.chance(500) ? jump : -jump;
}

void Simulation::break_scheduler() {
    if (dice_.chance(20)) tell_a_lie();
    if (dice_.chance(faults_.scheduler_crash_per_mille)) {
        const Farm before = farm_;
        restart_scheduler(&before);
    }
    if (dice_.chance(faults_.operator_per_mille)) operate();
    if (dice_.chance(faults_.manage_per_mille)) manage_worker();
    if (dice_.chance(faults_.scheduler_stall_per_mille)) {
        stopped_until_ = now_ + dice_.between(policy_.lease, 3 * policy_.lease);
    }
}

// A report in the name of a worker that does not hold the attempt, a publication that was never
// allowed, or an old result for a task to be made afresh: none may count as work done.
void Simulation::tell_a_lie() {
    std::vector<std::pair<WorkerId, TaskAttempt>> held;
    oracle_.book().each_task([&](TaskKey key, const TaskRecord& record) {
        if (record.status == Status::held && !record.accepted) {
            held.push_back({record.worker, {key, record.attempt}});
        }
    });
    if (held.empty()) return;
    const auto& [holder, attempt] = held[dice_.index(held.size())];
    const ModelWorker& who = *workers_[dice_.index(workers_.size())];
    const WorkerId liar = who.id();
    const SessionId session = who.session();
    const int kind = liar == holder ? 0 : dice_.below(3);
    if (liar == holder && oracle_.book().task(attempt.task).fresh) {
        return deliver_surely(ReportDone{liar, session, attempt, "{}", true});
    }
    if (kind == 0) return deliver_surely(ReportPublished{liar, session, attempt});
    if (kind == 1) return deliver_surely(ReportDone{liar, session, attempt, "{}", false});
    deliver_surely(ReportFailure{
        liar, session, attempt, ErrorKind::bad_input, "a lie", FailureCause::task, {}});
}

void Simulation::operate() {
    const JobId job{1 + static_cast<std::uint64_t>(dice_.index(submissions_.size()))};
    const std::vector<TaskSpec>& tasks = world_.jobs.at(job);
    const std::string& name = tasks[dice_.index(tasks.size())].name;
    const std::array paths{std::string(), name.substr(0, 6), name.substr(0, 13), name};
    const Selection selection{job, paths[dice_.index(paths.size())]};
    switch (dice_.below(7)) {
        case 0:
            return deliver_surely(CancelTasks{selection, "td"});
        case 1:
            return deliver_surely(RetryTasks{selection, RetryScope::failed, "td"});
        case 2:
            return deliver_surely(RetryTasks{selection, RetryScope::everything, "td"});
        case 3:
            return deliver_surely(PauseJob{job, "td"});
        case 4:
            return deliver_surely(ResumeJob{job, "td"});
        case 5:
            return deliver_surely(SetPriority{job, dice_.below(4), "td"});
        default:
            return deliver_surely(submissions_[job.value - 1]);  // once more: the same job
    }
}

void Simulation::manage_worker() {
    constexpr std::array modes{WorkerMode::online, WorkerMode::draining, WorkerMode::offline};
    const WorkerId id = workers_[dice_.index(workers_.size())]->id();
    deliver_surely(ManageWorker{id, modes[dice_.index(modes.size())], "td"});
}

// Somebody sees to it that workers are there again; jobs must end then.
void Simulation::calm_down() {
    calm_ = true;
    for (const auto& worker : workers_) {
        deliver_surely(ManageWorker{worker->id(), WorkerMode::online, "td"});
    }
    stopped_until_ = Millis(0);
    for (auto& [id, machine] : world_.machines) machine = {{"toybox", "rare"}, true, true};
    for (std::size_t i = 0; i < submissions_.size(); ++i) {
        deliver_surely(ResumeJob{JobId{i + 1}, "td"});
    }
}

void Simulation::send(Message message) {
    if (!calm_ && dice_.chance(faults_.lose_per_mille)) return;
    const int copies = !calm_ && dice_.chance(faults_.repeat_per_mille) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        const bool late = !calm_ && dice_.chance(faults_.late_per_mille);
        const Millis delay = dice_.between(Millis(1), Millis(late ? 90'000 : 900));
        in_flight_.emplace(now_ + delay, message);
    }
}

void Simulation::deliver_due() {
    while (!in_flight_.empty() && in_flight_.begin()->first <= now_) {
        Message message = std::move(in_flight_.begin()->second);
        in_flight_.erase(in_flight_.begin());
        if (auto* wish = std::get_if<ToScheduler>(&message)) {
            unheard_.push_back(std::move(*wish));
            continue;
        }
        const auto& told = std::get<ToWorker>(message);
        workers_[told.worker]->hear(told.answer, told.addressee, now_);
    }
}

// What the server adds to a Hello: how long ago it heard the session that the farm knows. Before
// its own start it heard nobody, so that it listens a while before it believes in a silence.
Command Simulation::as_received(const Command& command) const {
    const auto* hello = std::get_if<Hello>(&command);
    if (hello == nullptr) return command;
    Hello received = *hello;
    const auto known = farm_.workers.find(hello->worker);
    if (known == farm_.workers.end() || known->second.session == hello->session) return received;
    const auto heard = heard_.find(hello->worker);
    received.predecessor_heard = listened_ - (heard == heard_.end() ? started_ : heard->second);
    return received;
}

void Simulation::note_heard(const Command& command) {
    std::visit(
        [this](const auto& said) {
            if constexpr (requires {
                              said.worker;
                              said.session;
                          }) {
                const auto known = farm_.workers.find(said.worker);
                const bool current =
                    known != farm_.workers.end() && known->second.session == said.session;
                if (current) heard_[said.worker] = listened_;
            }
        },
        command);
}

void Simulation::deliver_surely(const Command& command) {
    const std::size_t before = journal_.events().size();
    turn({{command, {}, 0, false}});
    // People try again when the scheduler died on them before it could say anything.
    if (std::holds_alternative<SubmitJob>(command) && journal_.events().size() == before) {
        turn({{command, {}, 0, false}});
    }
}

// As the event loop does it: decide on all that came, make it durable at once, then answer.
void Simulation::turn(std::vector<ToScheduler> inbox) {
    struct Pending {
        ToScheduler wish;
        Decision decision;
    };

    const Millis now = scheduler_now();
    const Millis step = clock_offset_ - clock_offset_seen_;
    if (step != Millis(0)) inbox.insert(inbox.begin(), {StepClock{step}, {}, 0, false});
    std::vector<Pending> decided;
    JournalBatch batch;
    for (ToScheduler& wish : inbox) {
        wish.command = as_received(wish.command);
        Decision decision = advance(farm_, policy_, wish.command, now);
        note_heard(wish.command);
        const auto& events = decision.events;
        const bool stepped = std::holds_alternative<StepClock>(wish.command) && !events.empty();
        if (stepped) clock_offset_seen_ = clock_offset_;
        batch.events.insert(batch.events.end(), events.begin(), events.end());
        decided.push_back({std::move(wish), std::move(decision)});
    }
    const bool is_setup = world_.jobs.size() > farm_.jobs.size();
    const bool fails = !calm_ && !is_setup && dice_.chance(faults_.append_failure_per_mille);
    const auto how =
        dice_.chance(500) ? AppendFailure::nothing_written : AppendFailure::all_written;
    if (fails) journal_.fail_next_append(how);
    bool died = false;
    try {
        journal_.append(batch);
    } catch (const Error&) {
        died = true;
    }
    if (!died || how == AppendFailure::all_written) {
        for (const Pending& one : decided) {
            oracle_.judge(one.wish.command, one.decision, {now, listened_});
        }
    }
    if (died) return restart_scheduler(nullptr);
    for (Pending& one : decided) {
        if (!one.wish.wants_answer) continue;
        send(ToWorker{one.wish.worker, one.wish.sender, std::move(one.decision.answer)});
    }
}

void Simulation::restart_scheduler(const Farm* before) {
    Farm replayed;
    journal_.replay([&](const Event& event) { evolve(replayed, event); });
    require(before == nullptr || replayed == *before, "replaying the journal gives another farm");
    farm_ = std::move(replayed);
    check_indices();
    heard_.clear();
    started_ = listened_;
    clock_offset_seen_ = clock_offset_;
    const Command started = SchedulerStarted{};
    const Millis now = scheduler_now();
    const Decision decision = advance(farm_, policy_, started, now);
    journal_.append({decision.events, {}, {}});
    oracle_.judge(started, decision, {now, listened_});
}

void Simulation::check_indices() const {
    Farm anew = farm_;
    rebuild_indices(anew);
    require(anew == farm_, "an index says something else than the tasks");
}

}  // namespace nightreel::sim
