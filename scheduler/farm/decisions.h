#pragma once
// The parts of decide, one function a command. Private to this folder.

#include "scheduler/farm/farm.h"

namespace nightreel {

// What a decision may look at.
struct Situation {
    const Farm& farm;
    const FarmPolicy& policy;
    Millis now;
};

Decision decide_on(const Situation& at, const SubmitJob& command);
Decision decide_on(const Situation& at, const AnnounceJob& command);
Decision decide_on(const Situation& at, const AddTasks& command);
Decision decide_on(const Situation& at, const CompleteJob& command);
Decision decide_on(const Situation& at, const DropJob& command);
Decision decide_on(const Situation& at, const GiveVersions& command);
Decision decide_on(const Situation& at, const CancelTasks& command);
Decision decide_on(const Situation& at, const RetryTasks& command);
Decision decide_on(const Situation& at, const PauseJob& command);
Decision decide_on(const Situation& at, const ResumeJob& command);
Decision decide_on(const Situation& at, const SetPriority& command);
Decision decide_on(const Situation& at, const DeleteJob& command);
Decision decide_on(const Situation& at, const ManageWorker& command);
Decision decide_on(const Situation& at, const AddReviews& command);
Decision decide_on(const Situation& at, const Hello& command);
Decision decide_on(const Situation& at, const Offer& command);
Decision decide_on(const Situation& at, const AskForWork& command);
Decision decide_on(const Situation& at, const KeepAlive& command);
Decision decide_on(const Situation& at, const ReportDone& command);
Decision decide_on(const Situation& at, const ReportPublished& command);
Decision decide_on(const Situation& at, const ReportFailure& command);
Decision decide_on(const Situation& at, const SchedulerStarted& command);
Decision decide_on(const Situation& at, const StepClock& command);
Decision decide_on(const Situation& at, const Resumed& command);
Decision decide_on(const Situation& at, const Tick& command);

// What a worker should do with an attempt that it has in hand.
Verdict verdict_on(const Farm& farm, const WorkerId& worker, const TaskAttempt& attempt);

}  // namespace nightreel
