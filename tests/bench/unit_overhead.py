"""What `nightreel-render task` costs beside the model: until its first tensor, and over a long take in one process.

    python3 tests/bench/unit_overhead.py [--folder DIR] [--frames 720] [--rounds 10]

`start`: seconds from the start of the process to the first step of the sampler, over those of `nightreel-render device
cpu`, which loads LibTorch and does nothing; with the digests of the model remembered, and without (the first task of a
job on a machine). `take`: one call for a whole take (`--grain take`); what is left of its time beside the work of its
tasks, in per cent of the model's (sampling and decoding). DIR is where results go. JSON lines."""
import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NIGHTREEL_BIN", ROOT / "build/bin"))
RENDER = BIN / "nightreel-render"
NIGHT = """\
nightreel: 1
show: bench
seed: 7
defaults: {{model: toybox, size: 96x64, fps: 12, quality: final}}
shots:
  - {{shot: long, prompt: "a large red star spins, in a green meadow", frames: {frames}}}
"""
FIRST_STEP = "openjd_status: step"


def export(folder, frames):
    (folder / "night.yaml").write_text(NIGHT.format(frames=frames))
    (folder / "site.yaml").write_text("nightreel_farm: 1\nmanagers: {device: cpu}\n")
    subprocess.run([BIN / "nightreel", "export", "shell", folder / "night.yaml", "-o", folder / "job", "--output",
                    folder / "out", "--site", folder / "site.yaml", "--grain", "take"], check=True, capture_output=True)
    return folder / "job"


def seconds_of_device():
    begin = time.perf_counter()
    subprocess.run([RENDER, "device", "cpu"], check=True, capture_output=True)
    return time.perf_counter() - begin


def seconds_to_first_step(job):
    begin = time.perf_counter()
    with subprocess.Popen([RENDER, "task", job, "long.take01.sample01", "--device", "cpu"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as task:
        for line in task.stdout:
            if line.startswith(FIRST_STEP):
                seconds = time.perf_counter() - begin
                task.kill()
                return seconds
    raise SystemExit("the task ended before its first step")


def bench_start(job, rounds):
    subprocess.run([job / "unit.sh", "long.encode"], check=True, capture_output=True)
    memory = job / "artifacts/model_digests.json"
    idle, cold, warm = [], [], []
    for _ in range(rounds):     # in turn, so that a busy moment is one of all
        idle.append(seconds_of_device())
        memory.unlink(missing_ok=True)
        cold.append(seconds_to_first_step(job))
        warm.append(seconds_to_first_step(job))
    print(json.dumps({"part": "start", "device_cpu_s": round(min(idle), 3),
                      "first_step_over_device_s": round(min(warm) - min(idle), 3),
                      "without_digests_s": round(min(cold) - min(idle), 3), "rounds": rounds}), flush=True)


def bench_take(job, frames):
    subprocess.run([job / "unit.sh", "long.encode"], check=True, capture_output=True)
    begin = time.perf_counter()
    subprocess.run([job / "unit.sh", "long.take01"], check=True, capture_output=True)
    whole = time.perf_counter() - begin
    work = {}
    for path in (job / "artifacts").glob("*/*/artifact.json"):
        record = json.loads(path.read_text())
        if record["kind"] != "encode":
            work[record["kind"]] = work.get(record["kind"], 0) + record["result"]["seconds"]
    model = work["sample"] + work["decode"]
    beside = whole - sum(work.values())
    print(json.dumps({"part": "take", "frames": frames, "tasks": len((job / "units/long.take01").read_text().split()),
                      "whole_s": round(whole, 2), "work_s": {kind: round(value, 2) for kind, value in work.items()},
                      "beside_s": round(beside, 2), "of_model_percent": round(100 * beside / model, 2)}), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", help="where results go (default: a temporary folder)")
    parser.add_argument("--frames", type=int, default=720, help="of the take, at 12 frames a second (720)")
    parser.add_argument("--rounds", type=int, default=10, help="of `start` (10)")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="nightreel-bench-", dir=asked.folder))
    try:
        job = export(folder, asked.frames)
        bench_start(job, asked.rounds)
        bench_take(job, asked.frames)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
