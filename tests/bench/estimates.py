"""How near the estimates of `nightreel plan` come: processor time of a second night, memory and disk of a first.

    python3 tests/bench/estimates.py [--model toybox] [--workers 1]

A night is planned and rendered into a new folder, then another one with other prompts, seeds, lengths and numbers of
takes. Prints, for both, what was planned, what was measured, and their ratio. JSON lines."""
import argparse
import json
import os
import resource
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NIGHTREEL_BIN", ROOT / "build/bin"))
MODELS = os.environ.get("NIGHTREEL_MODELS", str(ROOT / "models"))

NIGHT = """\
nightreel: 1
show: {show}
seed: {seed}
defaults: {{model: {model}, handles: 0}}
shots:
"""

NIGHTS = {"first": [("a small striped red star jumps in a meadow, the camera is static", 72, 2),
                    ("a large dotted blue circle spins in the city at night, static shot", 36, 1)],
          "second": [("a large red star walks right on a beach, the camera pans right", 120, 1),
                     ("a small blue circle floats in the snow, static shot", 24, 3),
                     ("a large green square spins in a meadow, static shot", 60, 1)]}


def write_night(folder, show, model):
    path = folder / f"{show}.yaml"
    shots = [f'  - {{shot: sq010_sh{10 * i:04}, prompt: "{prompt}", frames: {frames}, takes: {takes}}}\n'
             for i, (prompt, frames, takes) in enumerate(NIGHTS[show], 1)]
    path.write_text(NIGHT.format(show=show, seed=len(show), model=model) + "".join(shots))
    return path


def call(*words):
    return subprocess.run([BIN / "nightreel", *words], check=True, capture_output=True, text=True,
                          env={**os.environ, "NIGHTREEL_MODELS": MODELS}).stdout


def bytes_below(folder):
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def records(folder):
    return {path: json.loads(path.read_text())["result"] for path in (folder / ".nightreel/artifacts").glob("*/*/artifact.json")}


def say(night, what, planned, measured):
    print(json.dumps({"night": night, "what": what, "planned": round(planned, 2), "measured": round(measured, 2),
                      "ratio": round(planned / measured, 3)}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="toybox")
    parser.add_argument("--workers", default="1")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        out = folder / "out"
        for show in NIGHTS:
            night = write_night(folder, show, asked.model)
            plan = json.loads(call("plan", night, "-o", out, "--json"))
            known, bytes_before = records(out), bytes_below(out)
            call("--version")
            began = processor_seconds()
            call("run", night, "-o", out, "--workers", asked.workers)
            spent = processor_seconds() - began
            made = [result for path, result in records(out).items() if path not in known]
            estimates = plan["estimates"]
            say(show, "processor seconds", estimates["processor_seconds"] or plan["totals"]["seconds"], spent)
            say(show, "memory, MiB", plan["totals"]["resident_bytes"] / 2**20,
                max(result["memory_bytes"] for result in made) / 2**20)
            say(show, "disk, MiB", plan["totals"]["disk_bytes"] / 2**20, (bytes_below(out) - bytes_before) / 2**20)


main()
