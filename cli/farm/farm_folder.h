#pragma once
// Where `nightreel run` keeps the farm of an output folder. Plain values, any thread.

#include <cstdint>
#include <filesystem>
#include <string>

namespace nightreel::cli {

struct FarmFolder {
    std::filesystem::path root;  // OUT/.nightreel, absolute

    std::filesystem::path journal() const { return root / "journal.sqlite"; }

    std::filesystem::path store() const { return root / "artifacts"; }

    std::filesystem::path job_file() const { return root / "job.json"; }

    std::filesystem::path key(const std::string& name) const {
        return root / "keys" / (name + ".key");
    }

    std::filesystem::path worker(std::int32_t number) const {
        return root / "workers" / worker_name(number);
    }

    std::filesystem::path worker_config(std::int32_t number) const {
        return worker(number) / "farm.yaml";
    }

    // The address of the scheduler that is running, if one is.
    std::filesystem::path address() const { return root / "address"; }

    static std::string worker_name(std::int32_t number) {
        return "worker" + std::to_string(number);
    }
};

inline FarmFolder farm_folder_of(const std::filesystem::path& output) {
    return {std::filesystem::absolute(output).lexically_normal() / ".nightreel"};
}

}  // namespace nightreel::cli
