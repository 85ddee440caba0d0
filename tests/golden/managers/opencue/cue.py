#!/usr/bin/env python3
"""Launches the night in OpenCue, kills it there, or says what Cuebot knows of it: cue.py submit RETRIES | cancel | query UUID.

Needs pycue (PyPI: opencue-pycue), and a Cuebot: CUEBOT_HOSTS, or the configuration file of pycue. `submit` prints the id of
the job, whose name ends with the UUID in NIGHTREEL_SUBMISSION, or one that is drawn here. `cancel` kills the jobs with that
UUID, and `query` prints them and all of their frames as JSON."""
import json
import os
import pathlib
import sys
import uuid

NO_UUID = str(uuid.UUID(int=0))  # where opencue.xml has the UUID
NO_PYCUE = 10                    # exit codes
NO_CUEBOT = 4

try:
    import opencue
except ImportError as error:
    print(f"cue.py: pycue is missing ({error}): pip install opencue-pycue", file=sys.stderr)
    sys.exit(NO_PYCUE)


def name_of(submission):
    """As it stands in job names: Cuebot changes dashes."""
    return submission.lower().replace("-", "_")


def jobs_of(submission):
    """Finished ones too, which getJob() would not find."""
    name = name_of(submission)
    return [job for job in opencue.api.getJobs(substr=[name], include_finished=True) if job.name().endswith(name)]


def submit(retries):
    submission = os.environ.get("NIGHTREEL_SUBMISSION") or str(uuid.uuid4())
    spec = (pathlib.Path(__file__).resolve().parent / "opencue.xml").read_text()
    spec = spec.replace(NO_UUID, submission.lower())
    for job in opencue.api.launchSpecAndWait(spec):
        print(job.id(), flush=True)
        print(f"cue.py: launched {job.name()}", file=sys.stderr)
        try:
            # In a spec, Cuebot reads more than one retry as one.
            job.setMaxRetries(int(retries))
        except Exception as error:
            print(f"cue.py: {job.name()} runs, but its number of retries was not set: {error}", file=sys.stderr)


def cancel():
    submission = os.environ.get("NIGHTREEL_SUBMISSION")
    if not submission:
        sys.exit("cue.py: cancel requires NIGHTREEL_SUBMISSION, the UUID at the end of the job's name")
    for job in jobs_of(submission):
        # Without a reason Cuebot ignores it.
        job.kill(reason="nightreel: cancelled by its submitter")


def frames_of(job):
    """All of them: Cuebot gives a page at a time."""
    frames = {}
    page = 1
    while True:
        found = {frame.id(): frame for frame in job.getFrames(page=page)}
        if found.keys() <= frames.keys():
            return list(frames.values())
        frames.update(found)
        page += 1


def query(submission):
    jobs = []
    for job in jobs_of(submission):
        frames = [{"layer": frame.layer(), "number": frame.number(), "state": frame.FrameState(frame.state()).name,
                   "host": frame.resource().partition("/")[0], "retries": frame.retries(),
                   "exit_status": frame.exitStatus()} for frame in frames_of(job)]
        jobs.append({"id": job.id(), "state": job.JobState(job.state()).name, "paused": job.isPaused(), "frames": frames})
    print(json.dumps({"jobs": jobs}))


COMMANDS = {"submit": (submit, 1), "cancel": (cancel, 0), "query": (query, 1)}

if __name__ == "__main__":
    command, count = COMMANDS.get(sys.argv[1] if len(sys.argv) > 1 else "", (None, 0))
    if command is None or len(sys.argv) != 2 + count:
        sys.exit("usage: cue.py submit RETRIES | cancel | query UUID")
    try:
        command(*sys.argv[2:])
    except opencue.exception.ConnectionException as error:
        print(f"cue.py: Cuebot does not answer: {error}", file=sys.stderr)
        sys.exit(NO_CUEBOT)
    except Exception as error:  # of pycue or of gRPC
        sys.exit(f"cue.py: Cuebot refuses it: {error}")
