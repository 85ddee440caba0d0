#pragma once
// What workers and the scheduler say to each other. Plain values, any thread; `codec.h` turns them
// into bytes. Every message may be lost, repeated or late: none of them means anything without the
// session and the attempt that it names.

#include "scheduler/protocol/scheduler_messages.h"
#include "scheduler/protocol/worker_messages.h"
