// An agent's task in hand, from lease to outbox, and what follows until it is settled.

#include <set>
#include <utility>

#include <fmt/format.h>

#include "pipeline/plan/records/record_chain.h"
#include "scheduler/protocol/order_facts.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/utf8.h"
#include "worker/agent/agent.h"
#include "worker/model_stall.h"

namespace nightreel {
namespace {

std::string heading_of(const wire::Lease& lease, Millis wall) {
    return fmt::format("{} worker on {}: task {}, attempt {} ({})\n",
                       utc_text(wall),
                       host_name(),
                       lease.task,
                       lease.number,
                       file_name_of(lease.attempt));
}

// A renderer that met a damaged input says so if it can.
bool may_come_of_inputs(const RenderFailure& failure) {
    if (failure.was_killed || !failure.lost.empty()) return false;
    return failure.kind == ErrorKind::crash || failure.kind == ErrorKind::internal ||
           failure.kind == ErrorKind::corrupt || failure.kind == ErrorKind::bad_input;
}

}  // namespace

// The side thread. -------------------------------------------------------------------------------

void Agent::start_side(SideWork work) {
    side_unwanted_ = false;
    side_work_ = std::move(work);
    side_.start(side_work_.job);
}

void Agent::advance_side_thread() {
    // The task boundary: what failed is the task or the publication, never the worker.
    const auto failed = [this](const Error& error) {
        if (dynamic_cast<const FolderFault*>(&error) != nullptr) look_again();
        std::exchange(side_work_, {}).failed(error);
    };
    try {
        if (!side_.take_end()) return;
    } catch (const Error& error) {
        return failed(error);
    } catch (const std::exception& error) {
        return failed(Error(ErrorKind::internal, error.what()));
    }
    std::exchange(side_work_, {}).then();
}

// The task in hand. ------------------------------------------------------------------------------

void Agent::advance_current() {
    std::optional<RenderOutcome> outcome = child_.pump(now_);
    if (!current_) return;
    if (current_->phase == Current::Phase::leased && !side_.busy()) return begin_preparing();
    if (current_->phase == Current::Phase::rendering) {
        if (outcome) {
            after_rendering(std::move(*outcome));
        } else if (current_->dropped) {
            child_.cancel(now_);
        }
    }
    // At once: nothing else would wake us for it.
    const bool is_made = current_ && current_->phase == Current::Phase::rendered;
    if (is_made && !side_.busy()) begin_recording();
}

void Agent::begin_preparing() {
    if (current_->dropped) return clear_current();
    current_->phase = Current::Phase::preparing;
    start_side({[this, folders = folders_] { prepare_current(folders); },
                [this] { after_preparation(); },
                [this](const Error& error) {
                    fail_current({error.kind(), error.what(), {}});
                }});
}

// On the side thread.
void Agent::prepare_current(const WorkFolders& folders) {
    expect_room(folders);
    logs_.tidy();
    at_folders(folders, [&] {
        current_->preparation =
            prepare(store_, {current_->lease, current_->parts, name_}, workplace_);
        // Inputs on a disk that has just gone away are not lost.
        if (std::holds_alternative<InputsLost>(current_->preparation)) expect_folders(folders);
    });
    if (auto* request = std::get_if<TaskRequest>(&current_->preparation)) {
        request->marks = marks_of(folders);
        current_->inputs = identity_of_inputs(store_, request->order);
        current_->stall = stall_of_model(request->order, workplace_.model_roots);
    }
}

void Agent::after_preparation() {
    if (current_->dropped) return clear_current();
    if (const auto* lost = std::get_if<InputsLost>(&current_->preparation)) {
        return fail_current({lost->kind, lost->text, lost->lost});
    }
    if (const auto* request = std::get_if<TaskRequest>(&current_->preparation)) {
        return begin_rendering(*request);
    }
    current_->result = std::get<AlreadyMade>(current_->preparation).artifact.result;
    current_->phase = Current::Phase::rendered;
}

void Agent::begin_rendering(const TaskRequest& request) {
    const wire::Lease& lease = current_->lease;
    current_->phase = Current::Phase::rendering;
    try {
        child_.begin({request,
                      logs_.path_of(lease.attempt),
                      heading_of(lease, clock_.wall()),
                      std::max(current_->stall, lease_)},
                     now_);
    } catch (const Error& error) {
        return fail_current({error.kind(), error.what(), {}});
    }
    const ModelReference* model = model_loaded_for(request.order);
    if (model != nullptr) loaded_model_ = model->name;
}

void Agent::after_rendering(RenderOutcome outcome) {
    if (current_->dropped) return clear_current();
    if (const auto* failure = std::get_if<RenderFailure>(&outcome)) return judge_failure(*failure);
    current_->result = std::get<TaskResult>(std::move(outcome));
    current_->phase = Current::Phase::rendered;
}

// A disk that went away, or inputs that were damaged, explain what the renderer says of its files.
void Agent::judge_failure(const RenderFailure& failure) {
    current_->phase = Current::Phase::recording;
    current_->failure = failure;
    start_side({[this, folders = folders_] {
                    expect_folders(folders);
                    if (!may_come_of_inputs(*current_->failure)) return;
                    at_folders(folders, [this] { look_for_lost_inputs(); });
                },
                [this] { fail_current(RenderFailure(*current_->failure)); },
                [this](const Error& error) {
                    fail_current({error.kind(), error.what(), {}});
                }});
}

// What was made of inputs that changed in the meantime cannot be trusted, nor is it the task's
// fault.
void Agent::look_for_lost_inputs() {
    const auto& request = std::get<TaskRequest>(current_->preparation);
    const InputsLost inputs = inputs_lost_since(store_, request.order, current_->inputs);
    if (!inputs.lost.empty()) current_->failure = {inputs.kind, inputs.text, inputs.lost};
}

void Agent::begin_recording() {
    if (current_->dropped) return clear_current();
    current_->phase = Current::Phase::recording;
    const wire::Lease& lease = current_->lease;
    Completion& completion = current_->completion;
    completion.attempt = lease.attempt;
    completion.digest = lease.digest;
    completion.task = lease.task;
    completion.fresh = lease.fresh;
    completion.commit = std::exchange(current_->result.commit, std::nullopt);
    completion.facts = facts_of(current_->result);
    completion.log = log_of_current("worker: the store has the result already\n");
    start_side({[this, &completion, &lease, folders = folders_] {
                    if (const auto* request = std::get_if<TaskRequest>(&current_->preparation)) {
                        at_folders(folders, [this] { look_for_lost_inputs(); });
                        if (current_->failure) return;
                        completion.staging = request->staging;
                        at_folders(folders, [&] {
                            completion.record = store_
                                                    .seal(request->staging,
                                                          lease.digest,
                                                          kind_of(request->order),
                                                          lease.task,
                                                          current_->result,
                                                          records_below(*request))
                                                    .self;
                        });
                    }
                    outbox_.put(completion);
                },
                [this] { after_recording(); },
                [this](const Error& error) {
                    fail_current({error.kind(), error.what(), {}});
                }});
}

void Agent::after_recording() {
    const wire::Attempt attempt = current_->lease.attempt;
    if (current_->dropped) {
        settled_.push_back(attempt);
        return clear_current();
    }
    if (current_->failure) return fail_current(RenderFailure(*current_->failure));
    Completion& completion = current_->completion;
    log_.info("task_finished",
              {{"attempt", file_name_of(attempt)},
               {"task", completion.task},
               {"cached", completion.staging.empty()}});
    finished_[attempt] = {std::move(completion), Finished::Phase::reported, now_};
    current_.reset();
}

void Agent::fail_current(const RenderFailure& failure) {
    const wire::Attempt attempt = current_->lease.attempt;
    log_.warning("task_failed",
                 {{"attempt", file_name_of(attempt)},
                  {"task", current_->lease.task},
                  {"kind", std::string(name_of(failure.kind))},
                  {"why", failure.text}});
    if (!current_->dropped) {
        const std::string reason =
            fmt::format("worker: {}: {}\n", name_of(failure.kind), failure.text);
        const auto cause =
            failure.was_killed ? wire::FailureCause::killed : wire::FailureCause::task;
        failures_[attempt] = {{session_,
                               attempt,
                               std::string(name_of(failure.kind)),
                               utf8_head(failure.text, wire::text_bytes_max),
                               cause,
                               failure.lost,
                               log_of_current(reason)},
                              now_};
    }
    clear_current();
}

void Agent::clear_current() {
    current_.reset();
    clearing_due_ = true;
    ask_at_ = now_;
}

// `otherwise`: what to read where the renderer was not asked.
wire::AttemptLog Agent::log_of_current(const std::string& otherwise) const {
    const bool was_asked = current_->phase >= Current::Phase::rendering &&
                           std::holds_alternative<TaskRequest>(current_->preparation);
    if (!was_asked) return {"", utf8_tail(otherwise, wire::log_tail_bytes_max)};
    return {logs_.path_of(current_->lease.attempt).string(),
            utf8_tail(child_.log_tail(), wire::log_tail_bytes_max)};
}

// What we have to offer. -------------------------------------------------------------------------

void Agent::start_looking() {
    if (now_ < look_at_ || side_.busy() || current_) return;
    look_at_ = now_ + config_.look_again_after;
    const auto finished = [this, folders = folders_] {
        // Asked for anew since, or of other folders.
        if (folders != folders_) return look_again();
        after_looking();
    };
    start_side({[this, folders = folders_] {
                    looked_.session = session_;
                    looked_.device_class = config_.device_class;
                    looked_.models = shelf_.models();
                    looked_.fault = fault_of(folders);
                },
                finished,
                [this, finished](const Error& error) {
                    looked_.fault = error.what();
                    finished();
                }});
}

// Before work is asked for.
void Agent::look_again() {
    offer_.reset();
    look_at_ = now_;
}

void Agent::after_looking() {
    if (offer_ && is_same(*offer_, looked_)) return;
    if (!looked_.fault.empty() || (offer_ && !offer_->fault.empty())) {
        log_.warning("disk", {{"fault", looked_.fault.empty() ? "none any more" : looked_.fault}});
    }
    offer_ = looked_;
    offer_->fault = utf8_head(offer_->fault, wire::text_bytes_max);
    offer_due_ = true;
}

// Publishing and clearing away. ------------------------------------------------------------------

void Agent::start_publishing() {
    if (side_.busy()) return;
    for (const auto& [attempt, finished] : finished_) {
        if (finished.phase != Finished::Phase::publishing) continue;
        published_now_ = attempt;
        start_side(
            {[this, completion = finished.completion, folders = folders_] {
                 at_folders(folders, [&] { publish(store_, completion, side_pulse_); });
             },
             [this, attempt = attempt] { after_publishing(attempt); },
             [this, attempt = attempt](const Error& error) { publishing_failed(attempt, error); }});
        return;
    }
}

void Agent::after_publishing(const wire::Attempt& attempt) {
    published_now_.reset();
    const auto found = finished_.find(attempt);
    if (found == finished_.end()) return;  // settled meanwhile: reported before a restart
    found->second.phase = Finished::Phase::published;
    found->second.trouble.clear();
    found->second.say_at = now_;
}

void Agent::publishing_failed(const wire::Attempt& attempt, const Error& error) {
    published_now_.reset();
    log_.warning("publish_failed",
                 {{"attempt", file_name_of(attempt)}, {"why", std::string(error.what())}});
    const auto found = finished_.find(attempt);
    if (found == finished_.end()) return;
    const bool is_later =
        error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::unfit;
    if (!is_later) {
        failures_[attempt] = {{session_,
                               attempt,
                               std::string(name_of(error.kind())),
                               utf8_head(error.what(), wire::text_bytes_max),
                               wire::FailureCause::task,
                               {},
                               {}},
                              now_};
        return settle(attempt);
    }
    Finished& finished = found->second;
    finished.phase = Finished::Phase::reported;
    finished.publish_after = now_ + config_.publish_again_after;
    finished.say_at = finished.publish_after;
    finished.trouble = fmt::format("cannot publish the result: {}", error.what());
}

void Agent::settle(const wire::Attempt& attempt) {
    finished_.erase(attempt);
    settled_.push_back(attempt);
    clearing_due_ = true;
    ask_at_ = now_;
}

void Agent::start_clearing() {
    const bool again = clear_again_at_ && now_ >= *clear_again_at_;
    // Not before the scheduler has said which folders are the farm's.
    if ((!clearing_due_ && !again) || !welcome_ || side_.busy() || current_) return;
    clear_again_at_.reset();
    std::set<std::string> kept;
    for (const auto& [attempt, finished] : finished_) kept.insert(file_name_of(attempt));
    start_side(
        {[this, folders = folders_, settled = std::exchange(settled_, {}), kept = std::move(kept)] {
             for (const wire::Attempt& attempt : settled) outbox_.remove(attempt);
             at_folders(folders, [&] { staging_owner_.sweep(store_, kept); });
             expect_folders(folders);  // else nothing was there to be found
         },
         [this] { clearing_due_ = !settled_.empty(); },
         [this](const Error& error) {
             // Work goes on meanwhile. A completion that stays is reported again by the next worker
             // process.
             clearing_due_ = !settled_.empty();
             clear_again_at_ = now_ + config_.look_again_after;
             log_.warning("clearing_failed", {{"why", std::string(error.what())}});
         }});
}

}  // namespace nightreel
