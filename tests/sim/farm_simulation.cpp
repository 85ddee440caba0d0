// Seeded nights on a farm where everything goes wrong (see simulation.h).
// Usage: farm_simulation [first_seed] [count] [file of seeds that failed once]

#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "tests/sim/simulation.h"

namespace {

std::vector<std::uint64_t> seeds_of(const char* path) {
    std::vector<std::uint64_t> seeds;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line.front() != '#') seeds.push_back(std::stoull(line));
    }
    return seeds;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const std::uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000;
    std::vector<std::uint64_t> seeds;
    if (argc > 3) seeds = seeds_of(argv[3]);
    for (std::uint64_t i = 0; i < count; ++i) seeds.push_back(first + i);
    std::size_t facts = 0;
    for (const std::uint64_t seed : seeds) {
        try {
            nightreel::sim::Simulation simulation(seed);
            simulation.run();
            facts += simulation.facts();
        } catch (const std::exception& error) {
            std::cerr << "seed " << seed << ": " << error.what() << "\n"
                      << "to see it again: farm_simulation " << seed << " 1\n";
            return EXIT_FAILURE;
        }
    }
    std::cout << seeds.size() << " nights, " << facts << " facts, no law broken\n";
}
