#pragma once
// One connection of the server: requests read one after the other, within limits. On the server's
// thread.

#include <utility>  // Boost 1.74 uses it without naming it

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "scheduler/http/server.h"

namespace nightreel::http {

// Ends when the client closes, is too slow or breaks the protocol. `answer` outlives it.
boost::asio::awaitable<void> serve_connection(boost::beast::tcp_stream stream,
                                              const Answer& answer);

}  // namespace nightreel::http
