#pragma once
// How much work a task is, as its order alone tells: what measured times are divided by, so that
// those of one night say something about another. Pure, any thread.

#include "pipeline/plan/task_order.h"

namespace nightreel {

// Comparable within one kind of task and one model alone.
struct Workload {
    double amount = 0;  // time grows with it in proportion; 0: nothing can be said
    double scale = 0;   // size of one call: the same amount in larger calls takes longer
};

template <class Visitor>
void describe(Workload& value, Visitor& field) {
    field("amount", value.amount, {.meaning = "Amount of work, in units of the kind of task."});
    field("scale", value.scale, {.meaning = "Size of one call, such as pixels per frame."});
}

Workload workload_of(const TaskOrder& order);

// Share of a guided step, which runs the network twice, that a step takes on average.
double share_of_guided_step(const SamplingSettings& sampling);

}  // namespace nightreel
