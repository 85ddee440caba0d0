#pragma once
// Who may speak: CURVE key pairs, one a program, and the list of public keys that a scheduler lets
// in. Keys are written in hexadecimal, because Z85 needs quoting in YAML and shells. Plain values,
// any thread.

#include <array>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "shotspec/describe/fields.h"

namespace nightreel::wire {

struct PublicKey {
    std::array<std::uint8_t, 32> bytes{};

    std::string text() const;                           // 64 lower-case digits
    static PublicKey from_text(std::string_view text);  // throws Error{bad_input}

    friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

struct KeyPair {
    PublicKey public_key;
    std::array<std::uint8_t, 32> secret{};
};

KeyPair make_key_pair();

// The file can be read by its owner alone (mode 0600); refuses to replace one: Error{bad_input}.
void write_key_pair(const std::filesystem::path& path, const KeyPair& keys);

// Throws Error: unavailable when it is missing, not_allowed when others can read it, bad_input
// when it is no key file; each says what to do.
KeyPair read_key_pair(const std::filesystem::path& path);

// Reads the file, or makes and writes it when it is not there.
KeyPair ensure_key_pair(const std::filesystem::path& path);

// In ascending order of power, but for the worker, who may only work.
enum class Role { worker, view, submit, operate, approve, admin };

struct Peer {
    std::string name;
    Role role = Role::view;

    friend bool operator==(const Peer&, const Peer&) = default;
};

// The keys a scheduler lets in. A name stands for one key only: it is a worker's identity. Looking
// a key up takes the same time however many there are.
class AllowList {
  public:
    // Throws Error{bad_input} when the key or the name is there already.
    void add(const PublicKey& key, Peer peer);
    std::optional<Peer> find(const PublicKey& key) const;
    // `user` is how the door names a key to the socket: its text. Null when it is not on the list.
    const Peer* find_user(const std::string& user) const;

    std::size_t size() const { return peers_.size(); }

  private:
    std::unordered_map<std::string, Peer> peers_;  // by the key's text
    std::unordered_set<std::string> names_;
};

// One peer a line, "worker render01 <public key>"; empty lines and # comments are passed over.
// Throws Error{bad_input} naming `source` and the line.
AllowList parse_allow_list(std::string_view text, const std::string& source);

}  // namespace nightreel::wire

namespace nightreel {

template <>
struct EnumWords<wire::Role> {
    static constexpr auto words = std::to_array<std::pair<wire::Role, std::string_view>>({
        {wire::Role::worker, "worker"},
        {wire::Role::view, "view"},
        {wire::Role::submit, "submit"},
        {wire::Role::operate, "operate"},
        {wire::Role::approve, "approve"},
        {wire::Role::admin, "admin"},
    });
};

}  // namespace nightreel
