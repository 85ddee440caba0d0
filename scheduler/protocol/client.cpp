#include "scheduler/protocol/client.h"

#include <algorithm>

#include <zmq.h>

#include "scheduler/protocol/codec.h"

namespace nightreel::wire {
namespace {

constexpr Millis asked_again_after{3'000};    // the first message may have died with a connection
constexpr Millis looked_again_after{50};      // while there is no connection
constexpr Millis watched_again_after{5'000};  // a scheduler that came back has forgotten us

ServerReply unless_refused(ServerReply reply) {
    if (const auto* refused = std::get_if<Refused>(&reply)) {
        throw Error(error_kind_named(refused->kind), refused->text);
    }
    return reply;
}

template <class Reply>
Reply expected(ServerReply reply) {
    if (auto* wanted = std::get_if<Reply>(&reply)) return std::move(*wanted);
    throw Error(ErrorKind::internal, "unexpected reply from the scheduler");
}

SubmittedTask submitted(const PlannedTask& task) {
    return {task.name,
            task.digest,
            to_json_text(task.order),
            task.needs,
            task.cost.seconds,
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, task.cost.memory_bytes))};
}

// Tasks from `first` on that fit into one message.
SubmitTasks chunk_of(const std::string& key, const TaskGraph& graph, std::size_t first) {
    SubmitTasks chunk{key, first, {}};
    std::size_t bytes = 0;
    for (std::size_t i = first; i < graph.tasks.size(); ++i) {
        SubmittedTask task = submitted(graph.tasks[i]);
        bytes += task.order.size() + task.name.size() + task.needs.size() * 5 + 128;
        const bool full =
            bytes > submit_chunk_bytes_max || chunk.tasks.size() == submit_chunk_tasks_max;
        if (full && !chunk.tasks.empty()) break;
        chunk.tasks.push_back(std::move(task));
    }
    return chunk;
}

}  // namespace

Client::Client(const Address& address, const KeyPair& own, const Clock& clock, Millis patience)
    : clock_(clock), patience_(patience), connection_(address, own) {}

std::optional<ServerReply> Client::await(std::uint64_t number, Millis until) {
    for (Millis now = clock_.steady(); now < until; now = clock_.steady()) {
        while (const auto bytes = connection_.receive()) {
            auto received = decode<ServerReply>(*bytes);
            // A refusal that names no request is about the connection as a whole.
            const bool for_all =
                received.request == 0 && std::holds_alternative<Refused>(received.message);
            if (received.request == number || for_all) return std::move(received.message);
        }
        if (connection_.refused()) throw connection_.trouble();
        if (while_waiting_) while_waiting_();
        zmq_pollitem_t item{connection_.handle(), 0, ZMQ_POLLIN, 0};
        const Millis wait = std::min(until - now, Millis{100});
        zmq_poll(&item, 1, static_cast<long>(wait.count()));
    }
    return {};
}

ServerReply Client::ask(const ClientRequest& request) {
    const std::uint64_t number = ++last_request_;
    const std::string bytes = encode(request, number);
    const Millis until = clock_.steady() + patience_;
    for (Millis now = clock_.steady(); now < until; now = clock_.steady()) {
        const bool sent = connection_.send(bytes);
        const Millis wait = sent ? asked_again_after : looked_again_after;
        if (auto reply = await(number, std::min(until, now + wait))) {
            return unless_refused(std::move(*reply));
        }
    }
    throw connection_.trouble();
}

Prepared Client::prepare(const PrepareSubmission& request) {
    return expected<Prepared>(ask(request));
}

Submitted Client::submit(const Submission& submission, const TaskGraph& graph) {
    const auto step = [&](const ClientRequest& request) {
        return expected<Submitted>(ask(request));
    };
    const Submitted begun = step(
        SubmitBegin{submission.key, submission.title, submission.priority, graph.tasks.size()});
    if (begun.known) return begun;
    for (std::size_t sent = 0; sent < graph.tasks.size();) {
        SubmitTasks chunk = chunk_of(submission.key, graph, sent);
        sent += chunk.tasks.size();
        step(std::move(chunk));
    }
    return step(SubmitEnd{submission.key});
}

Listing Client::list(const ClientRequest& request) {
    return expected<Listing>(ask(request));
}

void Client::watch(std::uint64_t job, const std::function<bool(const JobNews&)>& on_news) {
    bool wanted = true;
    while (wanted) {
        const auto first = expected<JobNews>(ask(Watch{job}));
        const std::uint64_t number = last_request_;
        if (!on_news(first) || first.finished) return;
        const Millis until = clock_.steady() + watched_again_after;
        while (const auto reply = await(number, until)) {
            const ServerReply news_reply = unless_refused(*reply);
            const auto* news = std::get_if<JobNews>(&news_reply);
            if (news == nullptr) continue;
            wanted = on_news(*news) && !news->finished;
            if (!wanted) return;
        }
    }
}

}  // namespace nightreel::wire
