// The server over real sockets, spoken to as a hostile client would.
#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scheduler/http/route.h"
#include "scheduler/http/server.h"
#include "shotspec/base/error.h"

namespace nightreel::http {
namespace {

class RawClient {
  public:
    explicit RawClient(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_port = htons(port);
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&place), sizeof place) ==
                0);
    }

    // False when the server has closed the connection.
    bool send(std::string_view text) const {
        while (!text.empty()) {
            const ssize_t count = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
            if (count <= 0) return false;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

    // Until the server closes, or has sent `until`.
    std::string receive(std::string_view until = {}) const {
        std::string text;
        std::string piece(65'536, '\0');
        while (until.empty() || text.find(until) == std::string::npos) {
            const ssize_t count = ::recv(socket_.get(), piece.data(), piece.size(), 0);
            if (count <= 0) break;
            text.append(piece, 0, static_cast<std::size_t>(count));
        }
        return text;
    }

  private:
    Descriptor socket_;
};

struct EchoServer {
    Server server{0};

    EchoServer() {
        server.start([](const Request& request) {
            if (request.target == "/fault") throw std::runtime_error("broken");
            return text_response(200, request.method + " " + request.target + " " + request.body);
        });
    }

    std::string ask(std::string_view text) const {
        const RawClient client(server.port());
        (void)client.send(text);
        return client.receive();
    }
};

constexpr const char* close_line = "Connection: close\r\n\r\n";

}  // namespace

TEST_CASE("requests of one connection are answered one after the other", "[http]") {
    const EchoServer echo;
    const RawClient client(echo.server.port());
    REQUIRE(client.send("GET /a HTTP/1.1\r\n\r\nPOST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"));
    CHECK_THAT(client.receive("POST /b hi"),
               Catch::Contains("GET /a ") && Catch::Contains("keep-alive"));
    REQUIRE(client.send(std::string("HEAD /c HTTP/1.1\r\n") + close_line));
    const std::string head = client.receive();
    CHECK_THAT(head, Catch::Contains("Content-Length: 8") && Catch::EndsWith("\r\n\r\n"));
}

TEST_CASE("what is too long or no HTTP is refused, and the server goes on", "[http]") {
    const EchoServer echo;
    const std::string line = "GET / HTTP/1.1\r\n";
    CHECK_THAT(echo.ask(line + "X: " + std::string(header_bytes_max, 'a')),
               Catch::StartsWith("HTTP/1.1 431"));
    CHECK_THAT(echo.ask("POST / HTTP/1.1\r\nContent-Length: 999999999\r\n\r\n"),
               Catch::StartsWith("HTTP/1.1 413"));
    CHECK_THAT(echo.ask("nonsense\r\n\r\n"), Catch::StartsWith("HTTP/1.1 400"));
    CHECK_THAT(echo.ask("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
               Catch::StartsWith("HTTP/1.1 400"));
    CHECK_THAT(echo.ask("GET /fault HTTP/1.1\r\n" + std::string(close_line)),
               Catch::StartsWith("HTTP/1.1 500"));
    CHECK_THAT(echo.ask("GET /ok HTTP/1.1\r\n" + std::string(close_line)),
               Catch::EndsWith("GET /ok "));
}

TEST_CASE("clients that say nothing take no place from one another", "[http]") {
    const EchoServer echo;
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int i = 0; i < connections_max - 1; ++i) {
        silent.push_back(std::make_unique<RawClient>(echo.server.port()));
        REQUIRE(silent.back()->send("GET / HT"));
    }
    CHECK_THAT(echo.ask("GET /ok HTTP/1.1\r\n" + std::string(close_line)),
               Catch::EndsWith("GET /ok "));
    silent.push_back(std::make_unique<RawClient>(echo.server.port()));  // all places are taken
    REQUIRE(silent.back()->send("GET / HT"));
    const RawClient waiting(echo.server.port());
    REQUIRE(waiting.send("GET /later HTTP/1.1\r\n" + std::string(close_line)));
    silent.erase(silent.begin(), silent.begin() + 2);
    CHECK_THAT(waiting.receive(), Catch::EndsWith("GET /later "));
}

TEST_CASE("a port that is taken is named", "[http]") {
    const Server first(0);
    CHECK_THROWS_WITH(Server(first.port()),
                      Catch::Contains(std::to_string(first.port())) && Catch::Contains("--port"));
}

TEST_CASE("a server ends with connections open", "[http]") {
    auto echo = std::make_unique<EchoServer>();
    const RawClient client(echo->server.port());
    REQUIRE(client.send("GET / HTTP"));
    echo.reset();
    CHECK(client.receive().empty());
}

}  // namespace nightreel::http
