#pragma once
// Every limit and every wait of the farm, by name. A value: handed to decide, never stored in the
// journal, so it may change between two runs of the scheduler.

#include <cstddef>
#include <cstdint>

#include "shotspec/base/clock.h"

namespace nightreel {

struct FarmPolicy {
    // Leases.
    Millis lease{60'000};
    Millis lease_renewed_below{40'000};  // a keep-alive is durable only when less than this is left
    Millis restart_grace{90'000};        // what every lease has left after the scheduler starts
    std::size_t leases_per_worker_max = 8;

    // Attempts, by what went wrong.
    int attempts_max = 3;       // crash, internal, timed out
    int losses_max = 10;        // the worker vanished
    int farm_losses_max = 100;  // each: its process was ended from outside, its worker was stopped
    int oom_max = 3;            // out of memory
    int input_losses_max = 5;   // an input was lost or damaged
    Millis unavailable_wait_min{2'000};
    Millis unavailable_wait_max{300'000};
    Millis unavailable_limit{4 * 3'600'000};  // after that long without success the task fails

    // Workers.
    Millis worker_silent{120'000};      // not heard of for so long: takes no part in plans
    Millis worker_seen_every{30'000};   // how coarsely "last seen" is made durable
    Millis predecessor_silent{15'000};  // then another process may take a worker's name
    Millis worker_forgotten{7 * 86'400'000};
    Millis set_aside{900'000};
    std::size_t failures_in_a_row_max = 3;  // then set aside, when they touch
    std::size_t failed_jobs_min = 2;        // so many different jobs,
    std::size_t failed_tasks_max = 6;       // or so many different tasks of one job

    // Asking again.
    Millis ask_again_min{250};  // times one more for each ask_again_step workers
    Millis ask_again_max{15'000};
    std::size_t ask_again_step = 8;

    // Sizes.
    std::size_t jobs_max = 10'000;
    std::size_t tasks_per_job_max = 200'000;
    std::size_t finished_jobs_kept = 1'000;
    std::size_t workers_max = 10'000;
    std::size_t facts_bytes_max = 65'536;
    std::size_t text_bytes_max = 4'096;    // names, reasons
    std::size_t near_candidates_max = 16;  // tasks compared by where their inputs were made

    // A wall clock that steps further than this, either way, shifts every stored time with it.
    Millis clock_step_tolerated{5'000};
};

}  // namespace nightreel
