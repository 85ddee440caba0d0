#include "scheduler/journal/event_json.h"

#include <fmt/format.h>

#include "scheduler/journal/event_fields.h"
#include "shotspec/describe/fields_json.h"

namespace nightreel {
namespace {

// Times are plain numbers in the journal; the time of the event itself stands first in each body.
struct EventWriter {
    Json& object;

    void operator()(std::string_view name, Millis& value, const FieldInfo&) {
        object[std::string(name)] = value.count();
    }

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo&) {
        object[std::string(name)] = to_json_value(value);
    }
};

struct EventReader {
    const Json& object;

    void operator()(std::string_view name, Millis& value, const FieldInfo&) {
        value = Millis(object.value(std::string(name), Millis::rep{0}));
    }

    template <class T>
    void operator()(std::string_view name, T& value, const FieldInfo&) {
        const auto found = object.find(std::string(name));
        if (found != object.end()) fields_json::read(*found, value, std::string(name));
    }
};

template <std::size_t index = 0>
Event read_alternative(std::string_view name, const Json& json) {
    if constexpr (index == std::variant_size_v<Event>) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("the journal contains an unknown event \"{}\": it was written by a "
                                "newer release; use that release",
                                name));
    } else {
        using Alternative = std::variant_alternative_t<index, Event>;
        if (name != Alternative::name) return read_alternative<index + 1>(name, json);
        Alternative event;
        EventReader reader{json};
        reader("at", event.at, {});
        describe(event, reader);
        return event;
    }
}

}  // namespace

std::string body_of(const Event& event) {
    Json json = Json::object();
    std::visit(
        [&](auto alternative) {
            EventWriter writer{json};
            writer("at", alternative.at, {});
            describe(alternative, writer);
        },
        event);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Event event_from(std::string_view name, std::string_view body) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) {
        throw Error(ErrorKind::corrupt,
                    fmt::format("{} in the journal is not a JSON object", name));
    }
    try {
        return read_alternative(name, json);
    } catch (const Error& error) {
        throw Error(ErrorKind::corrupt, fmt::format("{} in the journal: {}", name, error.what()));
    } catch (const Json::exception& error) {
        throw Error(ErrorKind::corrupt, fmt::format("{} in the journal: {}", name, error.what()));
    }
}

}  // namespace nightreel
