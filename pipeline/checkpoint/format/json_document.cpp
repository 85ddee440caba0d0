#include "pipeline/checkpoint/format/json_document.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace nightreel {
namespace {

constexpr int nesting_max = 64;
constexpr std::uintmax_t config_bytes_max = 16U << 20U;

// Models compute in float32: what is larger would be an infinity there.
bool is_computable(const nlohmann::json& value) {
    return value.is_number() &&
           std::abs(value.get<double>()) <= double{std::numeric_limits<float>::max()};
}

// Python writes infinities as words that JSON does not have: diffusers' schedulers save one
// ("lambda_min_clipped": -Infinity). They become null, which whoever needs the number refuses.
// Texts are left alone.
std::string without_infinities(std::string_view text) {
    constexpr auto words = std::to_array<std::string_view>({"-Infinity", "Infinity", "NaN"});
    std::string plain;
    bool in_text = false;
    for (std::size_t at = 0; at < text.size();) {
        const std::string_view rest = text.substr(at);
        const auto* const word = std::ranges::find_if(
            words, [&](std::string_view one) { return rest.starts_with(one); });
        if (!in_text && word != words.end()) {
            plain += "null";
            at += word->size();
            continue;
        }
        if (rest.front() == '"') in_text = !in_text;
        // What is escaped in a text ends none.
        const std::size_t taken = in_text && rest.front() == '\\' && rest.size() > 1 ? 2 : 1;
        plain += rest.substr(0, taken);
        at += taken;
    }
    return plain;
}

}  // namespace

nlohmann::json parse_json_document(std::string_view text, const std::string& label) {
    using Event = nlohmann::json::parse_event_t;
    std::vector<std::set<std::string>> keys_of_open_objects;
    const auto refuse_oddities = [&](int depth, Event event, nlohmann::json& value) {
        if (depth > nesting_max) {
            throw Error(ErrorKind::bad_input, label + ": invalid JSON: nested too deeply");
        }
        if (event == Event::object_start) keys_of_open_objects.emplace_back();
        if (event == Event::object_end) keys_of_open_objects.pop_back();
        if (event == Event::key &&
            !keys_of_open_objects.back().insert(value.get<std::string>()).second) {
            throw Error(
                ErrorKind::bad_input,
                fmt::format(
                    "{}: invalid JSON: duplicate field \"{}\"", label, value.get<std::string>()));
        }
        return true;
    };
    try {
        return nlohmann::json::parse(text.begin(), text.end(), refuse_oddities);
    } catch (const nlohmann::json::exception& fault) {
        // "[json.exception.parse_error.101] parse error at line 1, column 2: ...": the place alone.
        const std::string_view why = fault.what();
        const std::size_t begin = std::min(why.find("line "), why.size());
        const std::string_view place = why.substr(begin, why.find(':', begin) - begin);
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: not valid JSON{}{}; the file is damaged or of another kind",
                                label,
                                place.empty() ? "" : " at ",
                                place));
    }
}

JsonConfig JsonConfig::read(const std::filesystem::path& file) {
    std::error_code fault;
    const std::uintmax_t bytes = std::filesystem::file_size(file, fault);
    if (fault) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {}; a model folder in the diffusers layout requires this file",
                                file.string(),
                                fault.message()));
    }
    if (bytes > config_bytes_max) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: {} bytes; the limit for a configuration is {}",
                                file.string(),
                                bytes,
                                config_bytes_max));
    }
    return {parse_json_document(without_infinities(read_file(file)), file.string()), file};
}

JsonConfig::JsonConfig(nlohmann::json object, std::filesystem::path file)
    : object_(std::move(object)), file_(std::move(file)) {
    if (!object_.is_object()) {
        throw Error(ErrorKind::bad_input, file_.string() + ": expected a JSON object");
    }
}

void JsonConfig::refuse(std::string_view key, const std::string& why) const {
    throw Error(ErrorKind::bad_input, fmt::format("{}: {}: {}", file_.string(), key, why));
}

bool JsonConfig::has(std::string_view key) const {
    const auto found = object_.find(key);
    return found != object_.end() && !found->is_null();
}

const nlohmann::json& JsonConfig::at(std::string_view key) {
    asked_.emplace(key);
    const auto found = object_.find(key);
    if (found == object_.end()) refuse(key, "missing");
    return *found;
}

std::string JsonConfig::text(std::string_view key) {
    const nlohmann::json& value = at(key);
    if (!value.is_string()) refuse(key, "expected a string, not " + value.dump());
    return value.get<std::string>();
}

bool JsonConfig::boolean(std::string_view key) {
    const nlohmann::json& value = at(key);
    if (!value.is_boolean()) refuse(key, "expected true or false, not " + value.dump());
    return value.get<bool>();
}

std::int64_t JsonConfig::integer(std::string_view key, std::int64_t least, std::int64_t most) {
    const nlohmann::json& value = at(key);
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <=
                                static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())
                          : value.is_number_integer();
    if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
        refuse(key,
               fmt::format("expected an integer from {} to {}, not {}", least, most, value.dump()));
    }
    return value.get<std::int64_t>();
}

double JsonConfig::number(std::string_view key) {
    const nlohmann::json& value = at(key);
    if (!is_computable(value)) {
        refuse(key, "expected a number, not " + value.dump());
    }
    return value.get<double>();
}

std::vector<std::int64_t> JsonConfig::integers(std::string_view key,
                                               std::int64_t least,
                                               std::int64_t most) {
    const nlohmann::json& list = at(key);
    if (!list.is_array()) refuse(key, "expected a list of integers, not " + list.dump());
    std::vector<std::int64_t> values;
    for (const nlohmann::json& value : list) {
        if (!value.is_number_integer() || value.get<std::int64_t>() < least ||
            value.get<std::int64_t>() > most) {
            refuse(
                key,
                fmt::format("expected integers from {} to {}, not {}", least, most, value.dump()));
        }
        values.push_back(value.get<std::int64_t>());
    }
    return values;
}

std::vector<double> JsonConfig::numbers(std::string_view key) {
    const nlohmann::json& list = at(key);
    if (!list.is_array()) refuse(key, "expected a list of numbers, not " + list.dump());
    std::vector<double> values;
    for (const nlohmann::json& value : list) {
        if (!is_computable(value)) {
            refuse(key, "expected numbers, not " + value.dump());
        }
        values.push_back(value.get<double>());
    }
    return values;
}

std::vector<bool> JsonConfig::booleans(std::string_view key) {
    const nlohmann::json& list = at(key);
    if (!list.is_array()) refuse(key, "expected a list of true and false, not " + list.dump());
    std::vector<bool> values;
    for (const nlohmann::json& value : list) {
        if (!value.is_boolean()) refuse(key, "expected true or false, not " + value.dump());
        values.push_back(value.get<bool>());
    }
    return values;
}

void JsonConfig::require(std::string_view key, const nlohmann::json& wanted, std::string_view why) {
    const nlohmann::json& value = at(key);
    if (value != wanted) {
        refuse(key,
               fmt::format("{}, but only {} is supported: {}", value.dump(), wanted.dump(), why));
    }
}

void JsonConfig::ignore(std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) asked_.emplace(key);
}

void JsonConfig::refuse_others() const {
    for (const auto& [key, value] : object_.items()) {
        if (!key.starts_with('_') && !asked_.contains(key)) {
            refuse(key, "unsupported field; it could change the result of the model");
        }
    }
}

}  // namespace nightreel
