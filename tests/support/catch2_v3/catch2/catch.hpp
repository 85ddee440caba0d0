#pragma once
// Catch2 2 under Catch2 3: the tests are written for Debian 12's version and build with Ubuntu 24.04's.

#include <string>

#include <catch2/catch_all.hpp>

namespace Catch {

inline auto Contains(const std::string& text) {
    return Matchers::ContainsSubstring(text);
}

}  // namespace Catch

using namespace Catch;
