"""How long a take of a minute takes on four workers, as a chain and by anchors: both are rendered by one worker, then the processor times of
their tasks are replayed in the farm's core on a simulated clock (replay_bench). The anchors' pictures are frames of the chain, so that both show
the same. JSON lines.

    python3 tests/bench/anchors.py [--frames 721] [--steps 20] [--segment 17] [--workers 1,2,4,8]"""
import argparse
import json
import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NIGHTREEL_BIN", ROOT / "build/bin"))
REPLAY = BIN.parent / "bench/replay_bench"
NIGHT = """\
nightreel: 1
show: minute
seed: 5
defaults: {{model: toybox, size: 96x64, fps: 12, steps: {steps}, segment: {segment}f}}
shots:
  - {{shot: take, prompt: "a small striped red star jumps in a meadow, static shot", frames: {frames}{more}}}
"""


def render(folder, name, night):
    path = folder / f"{name}.yaml"
    path.write_text(night)
    output = folder / name
    subprocess.run([BIN / "nightreel", "run", path, "-o", output, "--workers", "1"], check=True, capture_output=True,
                   env={**os.environ, "NIGHTREEL_MODELS": str(ROOT / "models")})
    return output


def events(output, name):
    with sqlite3.connect(output / ".nightreel/journal.sqlite") as journal:
        return [json.loads(body) for (body,) in journal.execute("select body from events where name = ?", (name,))]


def measured_tasks(output):
    """(kind, processor seconds, needs) of each task, which has one thread, in the order of the job; the dailies, which follow all takes, are left out."""
    specs = [spec for event in events(output, "tasks_added/1") for spec in event["tasks"]]
    tasks = []
    for spec in specs:
        if spec["kind"] == "dailies":
            continue
        digest = spec["digest"]
        record = json.loads((output / ".nightreel/artifacts" / digest[:2] / digest / "artifact.json").read_text())
        tasks.append((spec["kind"], json.loads(record["result"]["facts"])["measured"]["processor_seconds"], spec["needs"]))
    return tasks


def replayed(tasks, workers):
    lines = "".join(" ".join([f"{seconds:.3f}", *map(str, needs)]) + "\n" for _, seconds, needs in tasks)
    return json.loads(subprocess.run([REPLAY, str(workers)], input=lines, text=True, check=True, capture_output=True).stdout)


def keys_of(chain, frames, segment):
    """A picture of the chain for every gap, the last one at the end."""
    exr = next(path for path in chain.rglob("exr") if ".nightreel" not in path.parts)
    pictures = sorted(exr.iterdir())
    at = list(range(0, frames - 1, segment - 1))
    keys = [f"{{at: {f'{frame}f' if frame else '0s'}, image: {pictures[frame]}}}" for frame in at]
    return ", keys: [" + ", ".join(keys + [f"{{at: end, image: {pictures[frames - 1]}}}"]) + "]"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--frames", type=int, default=721)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--segment", type=int, default=17)
    parser.add_argument("--workers", default="1,2,4,8")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        text = {"steps": asked.steps, "segment": asked.segment, "frames": asked.frames}
        chain = render(folder, "chain", NIGHT.format(more=", overlap: 8f", **text))
        keys = keys_of(chain, asked.frames, asked.segment)
        anchors = render(folder, "anchors", NIGHT.format(more=f", strategy: anchors{keys}", **text))
        tasks = {"chain": measured_tasks(chain), "anchors": measured_tasks(anchors)}
        for strategy, all_of_it in tasks.items():
            spent = {}
            for kind, seconds, _ in all_of_it:
                spent[kind] = round(spent.get(kind, 0) + seconds, 2)
            print(json.dumps({"strategy": strategy, "tasks": len(all_of_it), "seconds_by_kind": spent}), flush=True)
        for strategy, all_of_it in tasks.items():
            # Up to the last frame: without the movie and what else is made of all frames.
            frames = [task for task in all_of_it if task[0] in ("encode", "sample", "decode", "assemble")]
            print(json.dumps({"strategy": strategy, "frames_ready_on_4": replayed(frames, 4)["seconds"]}), flush=True)
        for workers in map(int, asked.workers.split(",")):
            seconds = {strategy: replayed(one, workers)["seconds"] for strategy, one in tasks.items()}
            print(json.dumps({"workers": workers, **seconds, "faster": round(seconds["chain"] / seconds["anchors"], 2)}), flush=True)


main()
