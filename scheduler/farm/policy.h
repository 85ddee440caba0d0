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

    // Attempts, by what went wrong. What speaks against the task has a small limit. What speaks
    // against the farm has one that a bad night does not reach, and yet an end: a task may be the
    // reason why its workers die.
    int attempts_max = 3;  // crash, internal, timed out
    int oom_max = 3;       // out of memory
    // The worker vanished, or its render process was ended from outside (kill, the kernel's
    // out-of-memory killer). After the first few the task waits between tries, as for what is
    // unavailable: a task that kills workers kills one in five minutes, and a farm that fails all
    // the time needs more than three hours for the limit.
    int losses_max = 50;
    int killed_max = 50;
    int losses_at_once = 5;
    // Workers that are stopped in good order give tasks back at once: rolling updates and hosts
    // that are taken away cost little, so this only ends what would go on for ever.
    int stopped_max = 1'000;
    // Each costs the making of the inputs again. One reader meets as many only if its store loses
    // everything, or if it takes sound inputs for damaged ones.
    int input_losses_max = 20;
    Millis unavailable_wait_min{2'000};
    Millis unavailable_wait_max{300'000};
    // So long a task waits for a disk, a model or a machine. From the evening to the morning: what
    // breaks in the night goes on once somebody has mended it.
    Millis unavailable_limit{12 * 3'600'000};
    // A finished result that its worker cannot publish is then made by another that could.
    Millis publishing_limit{3'600'000};
    // Tasks of one job and model returned as unavailable, without a success between: after so many
    // they wait together, and workers go on with other jobs.
    int refusals_max = 3;
    // Of the leases of a job one in so many goes first to a task that was returned before; the
    // others to tasks that nobody has tried.
    std::uint64_t returned_first_every = 4;
    std::size_t given_up_per_tick_max = 1'000;

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
