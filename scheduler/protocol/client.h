#pragma once
// How programs of people talk to a scheduler: ask, wait, get the reply or an Error that says why
// there is none. Belongs to one thread.

#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "pipeline/plan/task_graph.h"
#include "scheduler/protocol/client_messages.h"
#include "scheduler/protocol/connection.h"
#include "shotspec/base/clock.h"

namespace nightreel::wire {

struct Submission {
    std::string key;  // the same key is the same job, however often it is submitted
    std::string title;
    std::int32_t priority = 0;
    std::vector<NightFile> night = {};  // its text, kept with the job
};

class Client {
  public:
    // `clock` outlives the client. No answer within `patience` is Error{unreachable}.
    Client(const Address& address, const KeyPair& own, const Clock& clock, Millis patience);

    // `call` is made about ten times a second while this client waits for an answer or for news.
    // What it throws ends the waiting.
    void call_while_waiting(std::function<void()> call) { while_waiting_ = std::move(call); }

    // A Refused reply is thrown as the Error that it names.
    ServerReply ask(const ClientRequest& request);

    // Before a night is planned: see PrepareSubmission.
    Prepared prepare(const PrepareSubmission& request);
    // Begins again where the scheduler was restarted meanwhile and has forgotten what had arrived.
    Submitted submit(const Submission& submission, const TaskGraph& graph);
    // One page of a listing, as JSON text.
    Listing list(const ClientRequest& request);
    // Calls `on_news` for each news of the job until it has finished or `on_news` returns false. A
    // scheduler that is away for a while is waited for, as long as `patience`.
    void watch(std::uint64_t job, const std::function<bool(const JobNews&)>& on_news);

  private:
    struct Asked {
        std::uint64_t number = 0;
        std::string bytes;
    };

    void submit_night(const Submission& submission);
    Submitted submit_once(const Submission& submission, const TaskGraph& graph);
    // The answer to the first of what was asked, in order; all of it is sent (again) until then.
    ServerReply answer_to_first(const std::deque<Asked>& asked, bool sent);
    // The next reply to request `number`, or nothing when none came until `until`.
    std::optional<ServerReply> await(std::uint64_t number, Millis until);

    const Clock& clock_;
    Millis patience_;
    Connection connection_;
    std::uint64_t last_request_ = 0;
    std::function<void()> while_waiting_;
};

}  // namespace nightreel::wire
