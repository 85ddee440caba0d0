#include "shotspec/base/digest.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "shotspec/base/check.h"
#include "shotspec/base/disk/file_digest.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/hex.h"

namespace nightreel {
namespace {

constexpr std::size_t read_bytes = 1 << 20;

}  // namespace

std::string Digest::hex() const {
    return hex_of(bytes);
}

std::string Digest::short_hex() const {
    return hex().substr(0, 12);
}

bool Digest::empty() const {
    return *this == Digest{};
}

Digest Digest::from_hex(std::string_view hex) {
    Digest digest;
    if (!read_hex(hex, digest.bytes)) {
        throw Error(ErrorKind::bad_input, fmt::format("\"{}\" is not a SHA-256 digest", hex));
    }
    return digest;
}

struct Hasher::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();

    State() { NIGHTREEL_CHECK(EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1, "SHA-256"); }

    ~State() { EVP_MD_CTX_free(context); }

    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {}

Hasher::~Hasher() = default;

Hasher& Hasher::update(std::span<const std::byte> bytes) {
    NIGHTREEL_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1, "SHA-256");
    return *this;
}

Hasher& Hasher::update(std::string_view text) {
    return update(std::as_bytes(std::span(text)));
}

Hasher& Hasher::field(std::string_view text) {
    return update(fmt::format("{}:", text.size())).update(text);
}

Digest Hasher::finish() {
    Digest digest;
    unsigned length = 0;
    NIGHTREEL_CHECK(EVP_DigestFinal_ex(state_->context, digest.bytes.data(), &length) == 1,
                    "SHA-256");
    NIGHTREEL_CHECK(length == 32, "SHA-256 has 32 bytes");
    return digest;
}

Digest digest_of(std::string_view text) {
    return Hasher().update(text).finish();
}

Digest digest_of(std::span<const std::byte> bytes) {
    return Hasher().update(bytes).finish();
}

Digest digest_of_file(const std::filesystem::path& path) {
    return digest_of_file(path, {});
}

Digest digest_of_file(const std::filesystem::path& path, const Pulse& pulse) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"),
                                                               &std::fclose);
    if (!file) throw local_file_error(path, "cannot be read", last_file_error());
    Hasher hasher;
    std::vector<std::byte> buffer(read_bytes);
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get())) {
        hasher.update(std::span(buffer).first(got));
        beat(pulse);
    }
    if (std::ferror(file.get()) != 0) {
        throw local_file_error(path, "cannot be read", last_file_error());
    }
    return hasher.finish();
}

}  // namespace nightreel
