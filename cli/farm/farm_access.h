#pragma once
// Which farm a verb speaks to, and the way there. One thread.

#include <cstdint>
#include <memory>
#include <string>

#include "cli/night/embedded_farm.h"
#include "cli/verbs.h"
#include "scheduler/protocol/client.h"
#include "shotspec/farm_config.h"

namespace nightreel::cli {

// Either the output folder of a `run`, or the configuration of a farm.
struct FarmChoice {
    std::string output;
    std::string config;
};

// -o and --config, of which one is given.
void add_farm_options(Command& command, FarmChoice& choice, const Surroundings& surroundings);

// --config alone.
Option config_option(std::string& target);

inline constexpr const char* job_words = "JOB[.SHOT[.TAKE[.TASK]]]";

// A required argument JOB with this meaning.
Option job_argument(std::string& target, const char* meaning = job_words);

// The same where --job JOBDIR may stand instead, with a part of that job or nothing.
Option job_or_part_argument(std::string& target);

// Throws Error{bad_input} after printing every diagnostic.
FarmConfig load_farm_config(const std::string& path, const FarmReaders& readers);

class FarmAccess {
  public:
    // Connects to the scheduler that serves the farm; for an output folder that nobody serves at
    // present, starts one for as long as this lives. Without either choice the folder is `out`, the
    // one of `run`, where a night was run into it.
    FarmAccess(const FarmChoice& choice, const Surroundings& surroundings);

    wire::Client& client() { return *client_; }

    // Whether the farm is an output folder that no `run` works on now.
    bool nobody_works() const { return nobody_works_; }

  private:
    void open_folder(const std::string& output, const Surroundings& surroundings);

    std::unique_ptr<EmbeddedFarm> embedded_;
    std::unique_ptr<wire::Client> client_;
    bool nobody_works_ = false;
};

// "7.sq010_sh0010.take01": a job and, after it, what of it.
struct JobAddress {
    std::uint64_t job = 0;
    std::string path;
};

JobAddress parse_job_address(const std::string& text);  // throws Error{usage}

}  // namespace nightreel::cli
