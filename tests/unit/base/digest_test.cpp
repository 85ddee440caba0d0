#include "shotspec/base/digest.h"

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"

using namespace std::string_literals;
using nightreel::Digest;
using nightreel::digest_of;
using nightreel::Hasher;

TEST_CASE("a digest is the SHA-256 of the text", "[base]") {
    // FIPS 180-2, appendix B.1
    CHECK(digest_of("abc"s).hex() ==
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a digest survives the way through its digits", "[base]") {
    const Digest digest = digest_of("night"s);
    CHECK(Digest::from_hex(digest.hex()) == digest);
    CHECK(digest.hex().starts_with(digest.short_hex()));
}

TEST_CASE("text that is no digest is refused", "[base]") {
    CHECK_THROWS_AS(Digest::from_hex("abc"), nightreel::Error);
    CHECK_THROWS_AS(Digest::from_hex(std::string(64, 'g')), nightreel::Error);
    CHECK_THROWS_AS(Digest::from_hex(std::string(64, 'A')), nightreel::Error);
}

TEST_CASE("fields are told apart by where they end", "[base]") {
    CHECK(Hasher().field("ab").field("c").finish() != Hasher().field("a").field("bc").finish());
}

TEST_CASE("pieces give the digest of the whole", "[base]") {
    CHECK(Hasher().update("ni"s).update("ght"s).finish() == digest_of("night"s));
}
