"""A stub of Slurm's commands, for hand-overs that go wrong at a chosen moment: sbatch, squeue and scancel over a file. It runs
nothing by itself; `run_units` runs what was submitted, in the order of submission. The real Slurm is in slurm_farm_test.py."""
import fcntl
import json
import os
import re
import subprocess
import sys
from pathlib import Path

PROGRAM = """#!{python}
import sys
sys.path.insert(0, {here!r})
import stub_of_slurm
stub_of_slurm.Cluster({folder!r}).{name}(sys.argv[1:])
"""


def numbers_of(text):
    numbers = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        numbers.extend(range(int(first), int(last or first) + 1))
    return numbers


class Cluster:
    def __init__(self, folder):
        self.folder = Path(folder)

    def install(self):
        """The commands; the environment that finds them."""
        programs = self.folder / "bin"
        programs.mkdir(parents=True)
        for name in ("sbatch", "squeue", "scancel"):
            text = PROGRAM.format(python=sys.executable, here=str(Path(__file__).parent), folder=str(self.folder), name=name)
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        self.lose_everything()
        return {"PATH": f"{programs}:{os.environ['PATH']}"}

    def _change(self, change):
        with open(self.folder / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = self.folder / "jobs.json"
            jobs = json.loads(path.read_text()) if path.exists() else []
            result = change(jobs)
            path.write_text(json.dumps(jobs))
            return result

    def jobs(self):
        return self._change(list)

    def lose_everything(self):
        self._change(lambda jobs: jobs.clear())

    def lose_all_but_the_first(self):
        """As when slurmctld had saved its state after the first."""
        self._change(lambda jobs: jobs.__delitem__(slice(1, None)))

    def sbatch(self, arguments):
        options = dict(word[2:].split("=", 1) for word in arguments if word.startswith("--") and "=" in word)
        command = arguments[next(i for i, word in enumerate(arguments) if not word.startswith("-")):]
        refused = self.folder / "refuse"
        if refused.exists() and len(self.jobs()) >= int(refused.read_text()):
            sys.exit("sbatch: error: Batch job submission failed: Invalid account")
        hold = self.folder / "hold"
        if hold.exists() and len(self.jobs()) >= int(hold.read_text()):
            (self.folder / "held").touch()
            while hold.exists():
                os.sched_yield()

        def change(jobs):
            job = {"id": 41 + len(jobs), "name": options["job-name"].rsplit(".", 1)[1], "comment": options["comment"],
                   "command": command, "states": {number: ["PENDING", "Dependency"] for number in numbers_of(options["array"])}}
            jobs.append(job)
            return job["id"]
        print(self._change(change))

    def squeue(self, arguments):
        form = next(word for word in arguments if word.startswith("--format=")).removeprefix("--format=")
        for job in self.jobs():
            for number, (state, reason) in job["states"].items():
                values = {"F": job["id"], "K": number, "T": state, "r": reason, "B": "n/a", "k": job["comment"],
                          "o": " ".join(job["command"])}
                print(re.sub("%(.)", lambda mark: str(values[mark[1]]), form))

    def scancel(self, arguments):
        def change(jobs):
            for job in jobs:
                for number in job["states"]:
                    if str(job["id"]) in arguments and job["states"][number][0] == "PENDING":
                        job["states"][number] = ["CANCELLED", "None"]
        self._change(change)

    def run_units(self):
        for job in self.jobs():
            for number, (state, _) in job["states"].items():
                if state != "PENDING":
                    continue
                environment = {**os.environ, "SLURM_ARRAY_TASK_ID": number, "SLURM_ARRAY_JOB_ID": str(job["id"])}
                code = subprocess.run(job["command"], env=environment, capture_output=True).returncode
                ended = ["COMPLETED", "None"] if code == 0 else ["FAILED", "NonZeroExitCode"]
                self._change(lambda jobs: next(j for j in jobs if j["id"] == job["id"])["states"].update({number: ended}))
