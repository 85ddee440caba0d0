#include "scheduler/protocol/keys.h"

#include <cerrno>
#include <cstring>
#include <sstream>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zmq.h>

#include "shotspec/base/check.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/hex.h"

namespace nightreel::wire {
namespace {

constexpr std::string_view key_file_title = "nightreel key 1";
constexpr std::size_t z85_bytes = 41;  // 40 characters and the end

std::array<std::uint8_t, 32> from_hex(std::string_view text, std::string_view what) {
    std::array<std::uint8_t, 32> bytes{};
    if (!read_hex(text, bytes)) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("invalid key '{}': expected 64 lower-case hexadecimal digits", what));
    }
    return bytes;
}

std::array<std::uint8_t, 32> from_z85(const char* text) {
    std::array<std::uint8_t, 32> bytes{};
    NIGHTREEL_CHECK(zmq_z85_decode(bytes.data(), text) != nullptr, "libzmq writes valid Z85");
    return bytes;
}

PublicKey public_key_of(const std::array<std::uint8_t, 32>& secret) {
    char secret_text[z85_bytes];
    char public_text[z85_bytes];
    NIGHTREEL_CHECK(zmq_z85_encode(secret_text, secret.data(), secret.size()) != nullptr,
                    "32 bytes can be written as Z85");
    if (zmq_curve_public(public_text, secret_text) != 0) {
        throw Error(ErrorKind::unavailable, "libzmq was built without CURVE");
    }
    return {from_z85(public_text)};
}

std::vector<std::string> words_of(const std::string& line) {
    std::istringstream stream(line);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        if (word.front() == '#') break;
        words.push_back(word);
    }
    return words;
}

void add_line(AllowList& list, const std::vector<std::string>& words, const std::string& place) {
    if (words.size() != 3) {
        throw Error(ErrorKind::bad_input, place + ": expected three words: role, name, public key");
    }
    const auto role = from_word<Role>(words[0]);
    if (!role) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format(
                "{}: invalid role '{}': expected worker, view, submit, operate, approve or admin",
                place,
                words[0]));
    }
    in_context(place, [&] { list.add(PublicKey::from_text(words[2]), {words[1], *role}); });
}

// Gives a whole file a name that is free, and never replaces a key that is there: by a link, or
// where the disk has none by a rename onto a name that was made for it. Returns the errno.
int take_free_name(const std::string& part, const std::filesystem::path& path) {
    if (::link(part.c_str(), path.c_str()) == 0) return 0;
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EINVAL) return errno;
    const int made = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (made < 0) return errno;
    ::close(made);
    return ::rename(part.c_str(), path.c_str()) == 0 ? 0 : errno;
}

}  // namespace

std::string PublicKey::text() const {
    return hex_of(bytes);
}

PublicKey PublicKey::from_text(std::string_view text) {
    return {from_hex(text, text)};
}

KeyPair make_key_pair() {
    char public_text[z85_bytes];
    char secret_text[z85_bytes];
    if (zmq_curve_keypair(public_text, secret_text) != 0) {
        throw Error(ErrorKind::unavailable, "libzmq was built without CURVE");
    }
    return {{from_z85(public_text)}, from_z85(secret_text)};
}

void write_key_pair(const std::filesystem::path& path, const KeyPair& keys) {
    const std::string text = fmt::format(
        "{}\npublic {}\nsecret {}\n", key_file_title, keys.public_key.text(), hex_of(keys.secret));
    const std::string part = fmt::format("{}.{}.part", path.string(), ::getpid());
    ::unlink(part.c_str());
    const int file = ::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) throw local_file_error(part, "cannot be created", last_file_error());
    const bool whole =
        ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
        ::fsync(file) == 0;
    int why = whole ? 0 : errno;
    ::close(file);
    if (whole) why = take_free_name(part, path);
    ::unlink(part.c_str());
    if (why == EEXIST) {
        throw Error(ErrorKind::bad_input,
                    path.string() +
                        ": already exists; keys are never overwritten, move the file away first");
    }
    if (why != 0) throw local_file_error(path, "cannot be written", {why, std::generic_category()});
}

KeyPair read_key_pair(const std::filesystem::path& path) {
    struct stat facts {};

    if (::stat(path.c_str(), &facts) != 0) {
        throw Error(
            ErrorKind::unavailable,
            fmt::format("{}: cannot open the key file ({}); create one with `nightreel keys make`",
                        path.string(),
                        std::strerror(errno)));
    }
    if ((facts.st_mode & 0077U) != 0) {
        throw Error(ErrorKind::not_allowed,
                    fmt::format("{0}: other users can read this key; run `chmod 600 {0}`, or "
                                "create a new key if it may have been copied",
                                path.string()));
    }
    std::istringstream stream(read_file(path));
    std::string title;
    std::string public_word;
    std::string public_text;
    std::string secret_word;
    std::string secret_text;
    std::getline(stream, title);
    stream >> public_word >> public_text >> secret_word >> secret_text;
    if (title != key_file_title || public_word != "public" || secret_word != "secret") {
        throw Error(ErrorKind::bad_input, path.string() + ": not a Nightreel key file");
    }
    KeyPair keys{{from_hex(public_text, path.string())}, from_hex(secret_text, path.string())};
    if (public_key_of(keys.secret) != keys.public_key) {
        throw Error(ErrorKind::bad_input,
                    path.string() + ": public and secret key do not belong together");
    }
    return keys;
}

KeyPair ensure_key_pair(const std::filesystem::path& path) {
    if (std::filesystem::exists(path)) return read_key_pair(path);
    const KeyPair keys = make_key_pair();
    write_key_pair(path, keys);
    return keys;
}

void AllowList::add(const PublicKey& key, Peer peer) {
    if (names_.contains(peer.name)) {
        throw Error(
            ErrorKind::bad_input,
            fmt::format("\"{}\" already has a key; give each key a name of its own", peer.name));
    }
    const std::string text = key.text();
    if (const Peer* other = find_user(text)) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("\"{}\" and \"{}\" have the same key; create one key for each",
                                other->name,
                                peer.name));
    }
    names_.insert(peer.name);
    peers_.emplace(text, std::move(peer));
}

std::optional<Peer> AllowList::find(const PublicKey& key) const {
    const Peer* peer = find_user(key.text());
    return peer == nullptr ? std::nullopt : std::optional(*peer);
}

const Peer* AllowList::find_user(const std::string& user) const {
    const auto found = peers_.find(user);
    return found == peers_.end() ? nullptr : &found->second;
}

AllowList parse_allow_list(std::string_view text, const std::string& source) {
    AllowList list;
    std::istringstream stream{std::string(text)};
    int number = 0;
    for (std::string line; std::getline(stream, line);) {
        ++number;
        const std::vector<std::string> words = words_of(line);
        if (!words.empty()) add_line(list, words, fmt::format("{}:{}", source, number));
    }
    return list;
}

}  // namespace nightreel::wire
