#include "pipeline/checkpoint/format/zip_directory.h"

#include <string_view>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

namespace nightreel {
namespace {

enum class Sizes { in_32_bits, in_64_bits };

std::string number(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text.push_back(static_cast<char>((value >> (8 * i)) & 0xFFU));
    return text;
}

struct Entry {
    std::string name;
    std::string data;
    std::uint64_t method = 0;
};

std::string local_header(const Entry& entry) {
    return "PK\x03\x04" + number(0, 2) + number(0, 2) + number(entry.method, 2) + number(0, 8) +
           number(entry.data.size(), 4) + number(entry.data.size(), 4) +
           number(entry.name.size(), 2) + number(5, 2) + entry.name + "extra";
}

std::string central_header(const Entry& entry, std::uint64_t at, Sizes sizes) {
    const bool wide = sizes == Sizes::in_64_bits;
    const std::uint64_t bytes = entry.data.size();
    const std::string extra = wide ? number(7, 2) + number(2, 2) + "??" + number(1, 2) +
                                         number(24, 2) + number(bytes, 8) + number(bytes, 8) +
                                         number(at, 8)
                                   : std::string();
    const std::uint64_t shown = wide ? 0xffffffff : bytes;
    return "PK\x01\x02" + number(0, 2) + number(0, 2) + number(0, 2) + number(entry.method, 2) +
           number(0, 8) + number(shown, 4) + number(shown, 4) + number(entry.name.size(), 2) +
           number(extra.size(), 2) + number(0, 2) + number(0, 8) +
           number(wide ? 0xffffffff : at, 4) + entry.name + extra;
}

std::string archive_of(const std::vector<Entry>& entries, Sizes sizes) {
    const bool wide = sizes == Sizes::in_64_bits;
    std::string file;
    std::string central;
    for (const Entry& entry : entries) {
        central += central_header(entry, file.size(), sizes);
        file += local_header(entry) + entry.data;
    }
    const std::uint64_t begin = file.size();
    file += central;
    const std::uint64_t count = entries.size();
    if (wide) {
        const std::uint64_t end_64 = file.size();
        file += "PK\x06\x06" + number(44, 8) + number(0, 8) + number(0, 4) + number(count, 8) +
                number(count, 8) + number(central.size(), 8) + number(begin, 8);
        file += "PK\x06\x07" + number(0, 4) + number(end_64, 8) + number(1, 4);
    }
    return file + "PK\x05\x06" + number(0, 4) + number(wide ? 0xffff : count, 2) +
           number(wide ? 0xffff : count, 2) + number(wide ? 0xffffffff : central.size(), 4) +
           number(wide ? 0xffffffff : begin, 4) + number(0, 2);
}

ZipDirectory read(const std::string& file) {
    return read_zip_directory(std::as_bytes(std::span(file)), "a.pth");
}

}  // namespace

TEST_CASE("entries are found by their bytes, with sizes in 32 bits and in 64", "[zip]") {
    const std::vector<Entry> entries{{"a/data.pkl", "first"}, {"a/data/0", "and second"}};
    for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
        const std::string file = archive_of(entries, sizes);
        const ZipDirectory directory = read(file);
        REQUIRE(directory.size() == entries.size());
        for (const Entry& entry : entries) {
            const ZipEntry& found = directory.at(entry.name);
            REQUIRE(file.substr(found.begin, found.bytes) == entry.data);
        }
    }
}

TEST_CASE("compressed entries, entries of one name and cut files are refused", "[zip]") {
    REQUIRE_THROWS_WITH(read(archive_of({{"a", "x", 8}}, Sizes::in_32_bits)),
                        Catch::StartsWith("a.pth: a: compressed"));
    REQUIRE_THROWS_WITH(read(archive_of({{"a", "x"}, {"a", "y"}}, Sizes::in_32_bits)),
                        Catch::Contains("twice"));
    REQUIRE_THROWS_WITH(read(archive_of({{"a\x1b[2J", "x"}}, Sizes::in_32_bits)),
                        Catch::Contains("control characters"));
    const std::string file = archive_of({{"a", "x"}, {"b", "y"}}, Sizes::in_64_bits);
    for (std::size_t length = 0; length < file.size(); ++length) {
        REQUIRE_THROWS_AS(read(file.substr(0, length)), Error);
    }
}

TEST_CASE("no byte of the records can be changed so that an entry leaves the file", "[zip]") {
    for (const Sizes sizes : {Sizes::in_32_bits, Sizes::in_64_bits}) {
        const std::string whole = archive_of({{"a", "first"}, {"b", "second"}}, sizes);
        for (std::size_t i = 0; i < whole.size(); ++i) {
            for (const char value : {'\x00', '\x7f', '\xff'}) {
                std::string file = whole;
                file[i] = value;
                try {
                    for (const auto& [name, entry] : read(file)) {
                        REQUIRE(entry.begin <= file.size());
                        REQUIRE(entry.bytes <= file.size() - entry.begin);
                    }
                } catch (const Error& error) {
                    REQUIRE(error.kind() == ErrorKind::bad_input);
                }
            }
        }
    }
}

}  // namespace nightreel
