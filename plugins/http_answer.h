#pragma once
// Farm managers that are asked over HTTP, by a child process of curl. Any thread.

#include <string>
#include <utility>
#include <vector>

#include "plugins/manager_report.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {

struct HttpAnswer {
    int status = 0;
    std::string body;
};

// One answer for each address, in their order; `body`, when not empty, is posted to each.
// Error{unreachable} when nothing answers.
std::vector<HttpAnswer> ask_over_http(const RunCommand& run,
                                      const std::vector<std::string>& addresses,
                                      const std::vector<std::string>& headers = {},
                                      const std::string& body = {});

// Of an answer that has to be one. Error{unreachable} with its status and text when it is none.
Json json_of(const HttpAnswer& answer, const std::string& address);

// Runs `read`, which takes an answer apart. Error{unreachable} when it is not as expected.
template <class Read>
auto understood(const std::string& who, Read&& read) {
    try {
        return std::forward<Read>(read)();
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::unreachable,
                    who + " gives an answer that is not understood: " + error.what());
    }
}

}  // namespace nightreel
