#pragma once
// SHA-256 names for work and for bytes. A Digest is a value; a Hasher belongs to one thread.

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace nightreel {

struct Digest {
    std::array<std::uint8_t, 32> bytes{};

    std::string hex() const;                       // 64 lower-case digits
    std::string short_hex() const;                 // the first 12, for people
    bool empty() const;                            // all zero: "no digest"
    static Digest from_hex(std::string_view hex);  // throws Error{bad_input}

    friend auto operator<=>(const Digest&, const Digest&) = default;
};

class Hasher {
  public:
    Hasher();
    ~Hasher();
    Hasher(const Hasher&) = delete;
    Hasher& operator=(const Hasher&) = delete;

    Hasher& update(std::span<const std::byte> bytes);
    Hasher& update(std::string_view text);
    // Length in front, so that ("ab","c") and ("a","bc") differ.
    Hasher& field(std::string_view text);
    Digest finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest digest_of(std::string_view text);
Digest digest_of(std::span<const std::byte> bytes);
Digest digest_of_file(const std::filesystem::path& path);  // throws Error{unavailable}

}  // namespace nightreel
