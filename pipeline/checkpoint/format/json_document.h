#pragma once
// JSON that came from outside, read strictly: a fault names the file, the key and what was wanted.
// Values; any thread.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace nightreel {

// Throws Error{bad_input} "LABEL: not valid JSON ..." for bad syntax, bytes that are not UTF-8, a
// key given twice or nesting deeper than any file of ours has.
nlohmann::json parse_json_document(std::string_view text, const std::string& label);

// One object of a configuration file. Every key that is asked for is remembered; `refuse_others`
// names the first one that nobody asked for, so that a misspelt option is never ignored silently.
class JsonConfig {
  public:
    // The words Infinity, -Infinity and NaN, which Python writes, are read as null.
    static JsonConfig read(const std::filesystem::path& file);
    JsonConfig(nlohmann::json object, std::filesystem::path file);

    const std::filesystem::path& file() const { return file_; }

    const nlohmann::json& object() const { return object_; }

    bool has(std::string_view key) const;  // present and not null
    std::string text(std::string_view key);
    bool boolean(std::string_view key);
    std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
    double number(std::string_view key);
    std::vector<std::int64_t> integers(std::string_view key, std::int64_t least, std::int64_t most);
    std::vector<double> numbers(std::string_view key);
    std::vector<bool> booleans(std::string_view key);

    // Refuses a model that another value would describe: `why` says what is not supported.
    void require(std::string_view key, const nlohmann::json& wanted, std::string_view why);
    // Keys that say nothing about the arithmetic; keys that begin with "_" are ignored anyway.
    void ignore(std::initializer_list<std::string_view> keys);
    void refuse_others() const;

    [[noreturn]] void refuse(std::string_view key, const std::string& why) const;

  private:
    const nlohmann::json& at(std::string_view key);

    nlohmann::json object_;
    std::filesystem::path file_;
    std::set<std::string, std::less<>> asked_;
};

}  // namespace nightreel
