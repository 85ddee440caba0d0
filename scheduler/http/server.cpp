#include "scheduler/http/server.h"

#include <functional>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include "scheduler/http/session.h"
#include "shotspec/base/error.h"

namespace nightreel::http {

namespace asio = boost::asio;
using asio::ip::tcp;

struct Server::State {
    asio::io_context context{1};
    tcp::acceptor acceptor{context};
    Answer answer;
    int connections = 0;
    std::jthread thread;

    void accept_next();
    void connection_ended();
    asio::awaitable<void> serve(tcp::socket socket);
};

namespace {

// However a connection ends, another one may come.
struct ConnectionEnd {
    std::function<void()> then;

    ~ConnectionEnd() { then(); }
};

}  // namespace

// One at a time; none while there are as many as are allowed.
void Server::State::accept_next() {
    acceptor.async_accept([this](const boost::system::error_code& fault, tcp::socket socket) {
        if (fault == asio::error::operation_aborted) return;
        if (!fault) {
            ++connections;
            asio::co_spawn(context, serve(std::move(socket)), asio::detached);
        }
        if (connections < connections_max) accept_next();
    });
}

void Server::State::connection_ended() {
    if (connections-- == connections_max && !context.stopped()) accept_next();
}

asio::awaitable<void> Server::State::serve(tcp::socket socket) {
    const ConnectionEnd end{[this] { connection_ended(); }};
    co_await serve_connection(boost::beast::tcp_stream(std::move(socket)), answer);
}

Server::Server(std::uint16_t port) : state_(std::make_unique<State>()) {
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    try {
        state_->acceptor.open(endpoint.protocol());
        state_->acceptor.set_option(tcp::acceptor::reuse_address(true));
        state_->acceptor.bind(endpoint);
        state_->acceptor.listen();
    } catch (const boost::system::system_error& fault) {
        throw Error(ErrorKind::unavailable,
                    fmt::format("127.0.0.1:{}: cannot listen: {}; choose another port with --port",
                                port,
                                fault.code().message()));
    }
}

Server::~Server() {
    state_->context.stop();
}

std::uint16_t Server::port() const {
    return state_->acceptor.local_endpoint().port();
}

void Server::start(Answer answer) {
    state_->answer = std::move(answer);
    state_->accept_next();
    state_->thread = std::jthread([this] { state_->context.run(); });
}

}  // namespace nightreel::http
