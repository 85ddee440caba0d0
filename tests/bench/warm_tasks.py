"""What a task costs beside its steps, on a worker that has just started and on one that is warm.

    python3 tests/bench/warm_tasks.py [--model toybox] [--size 96x64] [--steps 8] [--tasks 6]

A night is rendered once; then one render child gets its sampling tasks again, one after the other. A step's time is
that between progress lines; what is left of a task beside its steps is overhead: opening the model and verifying its
files (the first task only), reading inputs, preparing text and noise, writing latents. JSON lines."""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NIGHTREEL_BIN", ROOT / "build/bin"))
MODELS = os.environ.get("NIGHTREEL_MODELS", str(ROOT / "models"))

NIGHT = """\
nightreel: 1
show: warm
defaults: {{model: {model}, size: {size}, handles: 0, steps: {steps}}}
shots:
  - {{shot: sq010_sh0010, prompt: "a large red star spins", frames: {frames}}}
"""


def render_once(folder, asked):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(model=asked.model, size=asked.size, steps=asked.steps, frames=asked.frames))
    subprocess.run([BIN / "nightreel", "run", night, "-o", folder / "out"], check=True, capture_output=True,
                   env={**os.environ, "NIGHTREEL_MODELS": MODELS})
    job = folder / "job"
    subprocess.run([BIN / "nightreel", "export", "shell", night, "-o", job, "--output", folder / "out"], check=True,
                   capture_output=True, env={**os.environ, "NIGHTREEL_MODELS": MODELS})
    tasks = {task["name"]: task for task in json.loads((job / "job.json").read_text())["tasks"]}
    for name, task in tasks.items():
        task["task"] = json.loads((job / "tasks" / f"{name}.json").read_text())
    return tasks, folder / "out/.nightreel/artifacts"


def request_of(task, tasks, store, staging):
    def found(name):
        digest = tasks[name]["digest"]
        return {"digest": digest, "folder": str(store / digest[:2] / digest)}
    staging.mkdir()
    return {"task": task["task"], "inputs": [found(name) for name in task["needs"]], "staging": str(staging),
            "model_roots": [MODELS], "device": "cpu", "threads": 1, "precision": None, "memory_bytes": 0}


def timed(child, request):
    """Seconds of the whole task, and the times at which a step was done."""
    begin = time.perf_counter()
    child.stdin.write(json.dumps(request) + "\n")
    child.stdin.flush()
    steps = []
    for line in child.stdout:
        now = time.perf_counter()
        said = json.loads(line)
        if said.get("progress"):
            if said["progress"]["text"].startswith("step "):
                steps.append(now)
            continue
        if not said.get("result"):
            raise SystemExit(line)
        return now - begin, steps
    raise SystemExit("the render child ended")


def measure(asked, folder):
    tasks, store = render_once(folder, asked)
    samples = [task for task in tasks.values() if task["task"]["kind"] == "sample"]
    child = subprocess.Popen([BIN / "nightreel-render", "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    overheads = []
    for number in range(asked.tasks):
        task = samples[1 + number % (len(samples) - 1)]  # alike: each goes on from one before
        whole, steps = timed(child, request_of(task, tasks, store, folder / f"staging{number}"))
        step = (steps[-1] - steps[0]) / (len(steps) - 1)
        overheads.append(whole - step * asked.steps)
        print(json.dumps({"bench": "warm_task", "task": number + 1, "seconds": round(whole, 4),
                          "step_seconds": round(step, 4), "overhead_seconds": round(overheads[-1], 4)}))
    child.stdin.close()
    child.wait()
    print(json.dumps({"bench": "warm_tasks", "model": asked.model, "first_overhead_seconds": round(overheads[0], 4),
                      "warm_overhead_seconds": round(statistics.median(overheads[1:]), 4)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="toybox")
    parser.add_argument("--size", default="96x64")
    parser.add_argument("--frames", type=int, default=61)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--tasks", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(asked, Path(folder))


if __name__ == "__main__":
    main()
