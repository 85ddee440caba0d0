#include "scheduler/http/session.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include "scheduler/http/route.h"

namespace nightreel::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr auto when_done = asio::use_awaitable;

// A request, or the response to one that cannot be read, or neither: the client has gone.
struct Arrived {
    std::optional<Request> request = {};
    std::optional<Response> refusal = {};
    bool keep_alive = false;
};

std::optional<Response> refusal_of(const error_code& fault) {
    namespace codes = beast::http;
    if (fault == codes::error::end_of_stream) return {};
    if (fault == codes::error::header_limit) return text_response(431, "the header is too long\n");
    if (fault == codes::error::body_limit) return text_response(413, "the body is too long\n");
    if (fault == beast::error::timeout) return {};
    if (fault.category() == codes::make_error_code(codes::error::bad_method).category()) {
        return text_response(400, fmt::format("no valid request: {}\n", fault.message()));
    }
    return {};
}

Request plain_request(const beast::http::request<beast::http::string_body>& message) {
    Request request{.method = std::string(message.method_string()),
                    .target = std::string(message.target()),
                    .body = message.body()};
    for (const auto& field : message) {
        request.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    return request;
}

asio::awaitable<Arrived> next_request(beast::tcp_stream& stream, beast::flat_buffer& buffer) {
    beast::http::request_parser<beast::http::string_body> parser;
    parser.header_limit(header_bytes_max);
    parser.body_limit(body_bytes_max);
    stream.expires_after(std::chrono::seconds(request_seconds_max));
    error_code fault;
    co_await beast::http::async_read(
        stream, buffer, parser, asio::redirect_error(when_done, fault));
    if (fault) co_return Arrived{.refusal = refusal_of(fault)};
    co_return Arrived{.request = plain_request(parser.get()),
                      .keep_alive = parser.get().keep_alive()};
}

Response answered(const Answer& answer, const Request& request) {
    try {
        return answer(request);
    } catch (const std::exception& fault) {
        return text_response(500, fmt::format("{}\n", fault.what()));
    }
}

asio::awaitable<bool> sent(beast::tcp_stream& stream, const char* bytes, std::size_t count) {
    stream.expires_after(std::chrono::seconds(piece_seconds_max));
    error_code fault;
    co_await asio::async_write(
        stream, asio::buffer(bytes, count), asio::redirect_error(when_done, fault));
    co_return !fault;
}

// False when the client has gone, or the file has become shorter than was said.
asio::awaitable<bool> sent_file(beast::tcp_stream& stream, const FilePart& part) {
    std::vector<char> piece(std::min<std::uint64_t>(piece_bytes, part.bytes));
    for (std::uint64_t done = 0; done < part.bytes;) {
        const std::uint64_t count = std::min<std::uint64_t>(piece.size(), part.bytes - done);
        const ssize_t read =
            ::pread(part.file->get(), piece.data(), count, static_cast<off_t>(part.offset + done));
        if (read <= 0) co_return false;
        if (!co_await sent(stream, piece.data(), static_cast<std::size_t>(read))) co_return false;
        done += static_cast<std::uint64_t>(read);
    }
    co_return true;
}

asio::awaitable<bool> sent_response(beast::tcp_stream& stream,
                                    const Response& response,
                                    bool head_alone,
                                    bool keep_alive) {
    std::string text = head_of(response, keep_alive);
    if (!head_alone && !response.file) text += response.text;
    if (!co_await sent(stream, text.data(), text.size())) co_return false;
    if (head_alone || !response.file) co_return true;
    co_return co_await sent_file(stream, *response.file);
}

}  // namespace

asio::awaitable<void> serve_connection(beast::tcp_stream stream, const Answer& answer) {
    beast::flat_buffer buffer(header_bytes_max + body_bytes_max);
    bool goes_on = true;
    while (goes_on) {
        const Arrived arrived = co_await next_request(stream, buffer);
        if (!arrived.request && !arrived.refusal) break;
        const Response response =
            arrived.request ? answered(answer, *arrived.request) : *arrived.refusal;
        const bool head_alone = arrived.request && arrived.request->method == "HEAD";
        const bool was_sent =
            co_await sent_response(stream, response, head_alone, arrived.keep_alive);
        goes_on = was_sent && arrived.keep_alive;
    }
    error_code ignored;
    stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

}  // namespace nightreel::http
