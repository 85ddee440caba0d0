#include "pipeline/checkpoint/format/coded_numbers.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

namespace nightreel {
namespace {

struct Given {
    std::vector<std::byte> bytes;
    std::vector<std::byte> wanted;
};

std::vector<std::byte> bytes_of_hex(const std::string& hex) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes.push_back(static_cast<std::byte>(std::stoi(hex.substr(i, 2), nullptr, 16)));
    }
    return bytes;
}

// Made by blocks/make.py with implementations of other hands.
std::map<std::string, Given> read_blocks() {
    std::ifstream file("tests/unit/checkpoint/blocks/blocks.txt");
    std::map<std::string, Given> all;
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::string bytes;
        std::string wanted;
        words >> name >> bytes >> wanted;
        all[name] = {bytes_of_hex(bytes), bytes_of_hex(wanted)};
    }
    return all;
}

template <class T>
std::vector<T> values_in(const std::vector<std::byte>& bytes) {
    std::vector<T> values(bytes.size() / sizeof(T));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

}  // namespace

TEST_CASE("every coded type gives the numbers that another implementation gives", "[coded]") {
    const std::map<std::string, Given> blocks = read_blocks();
    int tried = 0;
    for (const ElementTypeFacts& facts : element_types) {
        if (!is_coded(facts.type)) continue;
        CAPTURE(facts.name);
        const Given& given = blocks.at(std::string(facts.name));
        const auto wanted = values_in<float>(given.wanted);
        std::vector<float> numbers(wanted.size());
        decode_numbers(given.bytes, facts.type, numbers);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            CAPTURE(i);
            if (std::isnan(wanted[i])) {
                REQUIRE(std::isnan(numbers[i]));
            } else {
                REQUIRE(numbers[i] == wanted[i]);
            }
        }
        ++tried;
    }
    REQUIRE(tried == 12);
}

TEST_CASE("numbers are rounded to 16 bits as others round them, and read back", "[coded]") {
    const std::map<std::string, Given> blocks = read_blocks();
    const auto check = [&](const char* name, auto round, auto read) {
        const auto numbers = values_in<float>(blocks.at(name).bytes);
        const auto wanted = values_in<std::uint16_t>(blocks.at(name).wanted);
        REQUIRE(numbers.size() == wanted.size());
        REQUIRE(numbers.size() > 300);
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            CAPTURE(name, numbers[i]);
            REQUIRE(round(numbers[i]) == wanted[i]);
            REQUIRE(round(read(wanted[i])) == wanted[i]);
        }
    };
    check("TO_F16", to_float16, from_float16);
    check("TO_BF16", to_bfloat16, from_bfloat16);
}

}  // namespace nightreel
