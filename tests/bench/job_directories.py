#!/usr/bin/env python3
"""How long it takes to hand a big night to another farm manager, and to watch it: `nightreel export`, `submit` and `status` of a
job directory, with a stub of Slurm's commands and with run.sh. Results are made up: records without files, so that only reading
them costs.  job_directories.py [--bin BIN] [--takes N] [--shots N]"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
from stub_of_slurm import Cluster  # noqa: E402

parser = argparse.ArgumentParser()
parser.add_argument("--bin", default=ROOT / "build/bin", type=Path)
parser.add_argument("--takes", default=500, type=int, help="takes of the night that is watched")
parser.add_argument("--segments", default=1000, type=int, help="segments of the night that is handed over, in 20 takes")
asked = parser.parse_args()
NIGHT = """\
nightreel: 1
show: bench
seed: 7
defaults: {{model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}}
shots:
{shots}
"""


def timed(words, environment=None):
    begin = time.monotonic()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, env={**os.environ, **(environment or {})})
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        sys.exit(f"{words}: exit code {done.returncode}\n{done.stderr}")
    return seconds, done


def shots(count, frames, takes):
    return "\n".join(f"  - {{shot: sq010_sh{n:04}, prompt: \"a star\", frames: {frames}, takes: {takes}}}" for n in range(count))


def make_up_results(job):
    """A record of each task's result, an attempt of each unit, and publish.json of each take."""
    index = json.loads((job / "job.json").read_text())
    for task in index["tasks"]:
        folder = job / "artifacts" / task["digest"][:2] / task["digest"]
        folder.mkdir(parents=True)
        made_by = {"worker": "", "host": "node1", "device": "cuda:0", "finished_at": "2026-12-01T00:00:00.000Z", "nightreel": "1"}
        result = {"seconds": 1, "device_class": "x", "precision": "bfloat16", "memory_bytes": 1, "made_by": made_by,
                  "facts": "{\"seam_ratio_median\":1.0,\"seam_ratio_max\":1.1,\"drift\":1.0}"}
        record = {"format": 1, "digest": task["digest"], "kind": task["kind"], "task": task["name"], "files": [], "result": result,
                  "made_from": [{"kind": "sample", "digest": task["digest"], "task": task["name"]}] * 20, "self": ""}
        (folder / "artifact.json").write_text(json.dumps(record))
        if task.get("folder"):
            take = Path(index["roots"]["out"], task["folder"])
            take.mkdir(parents=True)
            (take / "publish.json").write_text("{}")
    for unit in (job / "units").iterdir():
        folder = job / "attempts" / unit.name
        folder.mkdir(parents=True)
        record = {"format": 1, "unit": unit.name, "host": "node1", "process": 7, "began_at": 1, "told_at": 2, "ended_at": 3,
                  "exit_code": 0, "fraction": 1.0}
        (folder / "20261201T000000.000Z-node1-7.json").write_text(json.dumps(record))


def main():
    folder = Path(tempfile.mkdtemp(prefix="nightreel-bench-"))
    nightreel = asked.bin / "nightreel"
    (folder / "site.yaml").write_text("nightreel_farm: 1\nmanagers: {device: cpu}\n")
    try:
        cluster = Cluster(folder / "cluster")
        environment = cluster.install()
        # Segments: as long as one of this model needs to be, times how many each of 20 takes has.
        per_take = asked.segments // 20
        (folder / "long.yaml").write_text(NIGHT.format(shots=shots(20, 17 + (per_take - 1) * 12, 1)))
        for manager in ("slurm", "shell"):
            words = [nightreel, "submit", folder / "long.yaml", "--to", manager, "--job", folder / manager, "-o", folder / "out",
                     "--site", folder / "site.yaml", "--grain", "task"]
            if manager == "shell":
                words = [nightreel, "export", manager, folder / "long.yaml", "-o", folder / manager, "--output", folder / "out",
                         "--site", folder / "site.yaml", "--grain", "task"]
            seconds, _ = timed(words, environment)
            tasks = json.loads((folder / manager / "job.json").read_text())["tasks"]
            segments = sum(task["kind"] == "sample" for task in tasks)
            print(f"{words[1]} to {manager}: {segments} segments, {len(tasks)} tasks: {seconds:.2f} s")
        cluster.lose_everything()
        (folder / "wide.yaml").write_text(NIGHT.format(shots=shots(asked.takes // 10, 17, 10)))
        timed([nightreel, "submit", folder / "wide.yaml", "--to", "slurm", "--job", folder / "wide", "-o", folder / "out",
               "--site", folder / "site.yaml", "--grain", "take"], environment)
        status = [nightreel, "status", "--job", folder / "wide"]
        print(f"status of {asked.takes} takes that wait: {min(timed(status, environment)[0] for _ in range(3)):.2f} s")
        make_up_results(folder / "wide")
        print(f"status of {asked.takes} takes that are done: {min(timed(status, environment)[0] for _ in range(3)):.2f} s")
    finally:
        shutil.rmtree(folder)


main()
