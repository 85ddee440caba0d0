#include "pipeline/checkpoint/format/zip_directory.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/plain_name.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::uint32_t end_signature = 0x06054b50;
constexpr std::uint32_t end_64_signature = 0x06064b50;
constexpr std::uint32_t locator_64_signature = 0x07064b50;
constexpr std::uint32_t central_signature = 0x02014b50;
constexpr std::uint32_t local_signature = 0x04034b50;
constexpr std::uint64_t end_bytes = 22;
constexpr std::uint64_t comment_bytes_max = 0xffff;
constexpr std::uint64_t locator_64_bytes = 20;
constexpr std::uint64_t end_64_bytes = 56;
constexpr std::uint64_t central_bytes = 46;
constexpr std::uint64_t local_bytes = 30;
constexpr std::uint16_t extra_64 = 1;
constexpr std::uint32_t in_extra = 0xffffffff;  // the number stands in the 64-bit extra field
constexpr std::uint16_t flag_encrypted = 1;

// Bytes at absolute places, every one of which is checked.
class Reader {
  public:
    Reader(std::span<const std::byte> file, const std::string& label)
        : file_(file), label_(label) {}

    std::uint64_t size() const { return file_.size(); }

    std::uint64_t number(std::uint64_t at, std::uint64_t bytes) const {
        const std::span<const std::byte> found = span(at, bytes);
        std::uint64_t value = 0;
        for (std::size_t i = found.size(); i > 0; --i) {
            value = (value << 8U) | std::to_integer<std::uint64_t>(found[i - 1]);
        }
        return value;
    }

    std::string_view text(std::uint64_t at, std::uint64_t bytes) const {
        const std::span<const std::byte> found = span(at, bytes);
        return {reinterpret_cast<const char*>(found.data()), found.size()};
    }

    std::span<const std::byte> span(std::uint64_t at, std::uint64_t bytes) const {
        if (at > file_.size() || bytes > file_.size() - at) {
            refuse(
                fmt::format("its zip records refer to bytes {} to {} of a file of {} bytes: it is "
                            "truncated or damaged",
                            at,
                            at + bytes,
                            file_.size()));
        }
        return file_.subspan(at, bytes);
    }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, label_ + ": " + what);
    }

  private:
    std::span<const std::byte> file_;
    const std::string& label_;
};

struct Central {
    std::uint64_t begin = 0;
    std::uint64_t bytes = 0;
    std::uint64_t entries = 0;
};

std::uint64_t find_end(const Reader& reader) {
    if (reader.size() < end_bytes) reader.refuse("too short for a zip archive");
    const std::uint64_t last = reader.size() - end_bytes;
    const std::uint64_t first = last - std::min(last, comment_bytes_max);
    for (std::uint64_t at = last;; --at) {
        if (reader.number(at, 4) == end_signature) return at;
        if (at == first) break;
    }
    reader.refuse("no end of a zip directory: the file is truncated or not a zip archive");
}

Central find_central(const Reader& reader) {
    const std::uint64_t end = find_end(reader);
    Central central{
        reader.number(end + 16, 4), reader.number(end + 12, 4), reader.number(end + 10, 2)};
    if (end < locator_64_bytes) return central;
    const std::uint64_t locator = end - locator_64_bytes;
    if (reader.number(locator, 4) != locator_64_signature) return central;
    const std::uint64_t end_64 = reader.number(locator + 8, 8);
    (void)reader.span(end_64, end_64_bytes);
    if (reader.number(end_64, 4) != end_64_signature) {
        reader.refuse("the 64-bit end of the zip directory is missing");
    }
    return {reader.number(end_64 + 48, 8),
            reader.number(end_64 + 40, 8),
            reader.number(end_64 + 32, 8)};
}

// The numbers that did not fit in 32 bits, in the order in which they are left out above.
class Extra64 {
  public:
    Extra64(const Reader& reader, std::uint64_t at, std::uint64_t bytes) : reader_(reader) {
        const std::uint64_t end = at + bytes;
        while (end - at >= 4) {
            const std::uint64_t length = reader.number(at + 2, 2);
            if (length > end - at - 4) return;
            if (reader.number(at, 2) == extra_64) {
                next_ = at + 4;
                left_ = length;
                return;
            }
            at += 4 + length;
        }
    }

    std::uint64_t resolve(std::uint64_t short_form) {
        if (short_form != in_extra) return short_form;
        if (left_ < 8) reader_.refuse("the 64-bit size of a zip entry is missing");
        const std::uint64_t value = reader_.number(next_, 8);
        next_ += 8;
        left_ -= 8;
        return value;
    }

  private:
    const Reader& reader_;
    std::uint64_t next_ = 0;
    std::uint64_t left_ = 0;
};

ZipEntry locate(const Reader& reader,
                std::string_view name,
                std::uint64_t local,
                std::uint64_t bytes) {
    (void)reader.span(local, local_bytes);
    if (reader.number(local, 4) != local_signature) {
        reader.refuse(fmt::format("{}: its zip entry is missing", name));
    }
    const std::uint64_t names = reader.number(local + 26, 2) + reader.number(local + 28, 2);
    const std::uint64_t begin = local + local_bytes + names;
    (void)reader.span(begin, bytes);
    return {begin, bytes};
}

}  // namespace

ZipDirectory read_zip_directory(std::span<const std::byte> file, const std::string& label) {
    const Reader reader(file, label);
    const Central central = find_central(reader);
    (void)reader.span(central.begin, central.bytes);
    ZipDirectory directory;
    std::uint64_t at = central.begin;
    const std::uint64_t end = central.begin + central.bytes;
    while (end - at >= central_bytes) {
        if (reader.number(at, 4) != central_signature) reader.refuse("a damaged zip directory");
        const std::uint64_t name_bytes = reader.number(at + 28, 2);
        const std::uint64_t extra_bytes = reader.number(at + 30, 2);
        const std::uint64_t length =
            central_bytes + name_bytes + extra_bytes + reader.number(at + 32, 2);
        if (length > end - at) reader.refuse("a zip entry extends beyond the directory");
        const std::string_view name = reader.text(at + central_bytes, name_bytes);
        if (has_control_characters(name)) {
            reader.refuse("the name of a zip entry contains control characters");
        }
        Extra64 extra(reader, at + central_bytes + name_bytes, extra_bytes);
        const std::uint64_t bytes = extra.resolve(reader.number(at + 24, 4));
        const std::uint64_t stored = extra.resolve(reader.number(at + 20, 4));
        const std::uint64_t local = extra.resolve(reader.number(at + 42, 4));
        const bool encrypted = (reader.number(at + 8, 2) & flag_encrypted) != 0;
        if (reader.number(at + 10, 2) != 0 || stored != bytes || encrypted) {
            reader.refuse(fmt::format(
                "{}: compressed or encrypted; only stored entries are supported", name));
        }
        if (!directory.emplace(std::string(name), locate(reader, name, local, bytes)).second) {
            reader.refuse(fmt::format("{}: twice in the zip directory", name));
        }
        at += length;
    }
    if (at != end || directory.size() != central.entries) {
        reader.refuse(fmt::format("the zip directory lists {} entries, but its end record says {}",
                                  directory.size(),
                                  central.entries));
    }
    return directory;
}

}  // namespace nightreel
