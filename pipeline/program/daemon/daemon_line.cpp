#include "pipeline/program/daemon/daemon_line.h"

#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

template <class Described>
std::string line_of(const Described& value) {
    const auto replaced = Json::error_handler_t::replace;
    return to_json_value(value).dump(-1, ' ', false, replaced) + "\n";
}

}  // namespace

std::string json_line(const DaemonRequest& request) {
    return line_of(request);
}

std::string json_line(const DaemonLine& line) {
    return line_of(line);
}

DaemonRequest daemon_request_from_json(std::string_view text) {
    return from_json_value<DaemonRequest>(parse_json(text, "request"));
}

DaemonLine daemon_line_from_json(std::string_view text) {
    return from_json_value<DaemonLine>(parse_json(text, "line of the daemon"));
}

}  // namespace nightreel
