#include "scheduler/protocol/client.h"

#include <algorithm>

#include <zmq.h>

#include "scheduler/protocol/codec.h"

namespace nightreel::wire {
namespace {

constexpr std::size_t pieces_under_way_max = 3;  // of a submission
constexpr int submit_tries_max = 3;
constexpr std::size_t index_bytes = 5;        // of a task in a list, at most
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
            static_cast<std::uint64_t>(std::max<std::int64_t>(0, task.cost.memory_bytes)),
            task.after};
}

// Tasks from `first` on that fit into one message.
SubmitTasks chunk_of(const std::string& key, const TaskGraph& graph, std::size_t first) {
    SubmitTasks chunk{key, first, {}};
    std::size_t bytes = 0;
    for (std::size_t i = first; i < graph.tasks.size(); ++i) {
        SubmittedTask task = submitted(graph.tasks[i]);
        bytes += task.order.size() + task.name.size() +
                 (task.needs.size() + task.after.size()) * index_bytes + 128;
        const bool full =
            bytes > submit_chunk_bytes_max || chunk.tasks.size() == submit_chunk_tasks_max;
        if (full && !chunk.tasks.empty()) break;
        chunk.tasks.push_back(std::move(task));
    }
    return chunk;
}

bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
}

// Each with whole characters; an empty file is one empty piece.
std::vector<NightFile> pieces_of(const std::vector<NightFile>& files) {
    std::vector<NightFile> pieces;
    for (const NightFile& file : files) {
        std::size_t at = 0;
        do {
            std::size_t end = std::min(at + night_piece_bytes_max, file.text.size());
            while (end < file.text.size() && end > at && !begins_character(file.text[end])) --end;
            pieces.push_back({file.name, file.text.substr(at, end - at)});
            at = end;
        } while (at < file.text.size());
    }
    return pieces;
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
    return answer_to_first({{number, encode(request, number)}}, false);
}

ServerReply Client::answer_to_first(const std::deque<Asked>& asked, bool sent) {
    const Millis until = clock_.steady() + patience_;
    for (Millis now = clock_.steady(); now < until; now = clock_.steady()) {
        if (!sent) {
            sent = std::all_of(asked.begin(), asked.end(), [&](const Asked& request) {
                return connection_.send(request.bytes);
            });
        }
        const Millis wait = sent ? asked_again_after : looked_again_after;
        if (auto reply = await(asked.front().number, std::min(until, now + wait))) {
            return unless_refused(std::move(*reply));
        }
        sent = false;
    }
    throw connection_.trouble();
}

Prepared Client::prepare(const PrepareSubmission& request) {
    return expected<Prepared>(ask(request));
}

Submitted Client::submit(const Submission& submission, const TaskGraph& graph) {
    for (int tries_left = submit_tries_max - 1;; --tries_left) {
        try {
            return submit_once(submission, graph);
        } catch (const Error& error) {
            if (error.kind() != ErrorKind::unavailable || tries_left == 0) throw;
        }
    }
}

void Client::submit_night(const Submission& submission) {
    SubmitNight request{submission.key, 0, {}};
    std::size_t bytes = 0;
    const auto send = [&] {
        if (request.pieces.empty()) return;
        expected<Submitted>(ask(request));
        request.first += request.pieces.size();
        request.pieces.clear();
        bytes = 0;
    };
    for (NightFile& piece : pieces_of(submission.night)) {
        bytes += piece.text.size();
        if (bytes > submit_chunk_bytes_max) send();
        request.pieces.push_back(std::move(piece));
    }
    send();
}

Submitted Client::submit_once(const Submission& submission, const TaskGraph& graph) {
    const Submitted begun = expected<Submitted>(ask(
        SubmitBegin{submission.key, submission.title, submission.priority, graph.tasks.size()}));
    if (begun.known) return begun;
    submit_night(submission);
    // The next piece is made while the scheduler checks the last one. Where one is lost, it refuses
    // those behind it, which are then sent again in their order.
    std::deque<Asked> under_way;
    bool all_sent = true;
    for (std::size_t sent = 0; sent < graph.tasks.size() || !under_way.empty();) {
        while (sent < graph.tasks.size() && under_way.size() < pieces_under_way_max) {
            SubmitTasks chunk = chunk_of(submission.key, graph, sent);
            sent += chunk.tasks.size();
            const std::uint64_t number = ++last_request_;
            under_way.push_back({number, encode(ClientRequest(std::move(chunk)), number)});
            all_sent = all_sent && connection_.send(under_way.back().bytes);
        }
        expected<Submitted>(answer_to_first(under_way, all_sent));
        all_sent = true;
        under_way.pop_front();
    }
    return expected<Submitted>(ask(SubmitEnd{submission.key}));
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
