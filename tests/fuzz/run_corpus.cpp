// Runs a fuzz target over the files of a folder, for compilers without libFuzzer.
#include <cstdint>
#include <filesystem>

#include <fmt/format.h>

#include "shotspec/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

int main(int argc, char** argv) {
    int count = 0;
    try {
        for (const auto& entry : std::filesystem::directory_iterator(argc > 1 ? argv[1] : ".")) {
            const std::string text = nightreel::read_file(entry.path());
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
            ++count;
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    fmt::print("{} inputs\n", count);
    return count > 0 ? 0 : 1;
}
