"""Seams of operations on clips: ratios of the step at each joint to the median step of its take, and the closure of loops (the step from
the last frame to the first one), over takes of other noise, beside two baselines: the same statistic of a clip that was never
cut, and of a hard cut to another place in it. JSON lines. `--takes N` (8), `--steps N` (the draft's), `--only loop,fill`,
`--keep FOLDER`. Needs ffmpeg."""
import array
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import NIGHTREEL, ROOT, run  # noqa: E402

HEAD = """\
nightreel: 1
show: seams
seed: 11
defaults: {{model: toybox, size: 96x64, fps: 12, quality: draft, takes: {takes}{steps}}}
characters:
  mira: {{ prompt: a small striped red star, references: [refs/mira.png] }}
shots:
"""
PROMPT = 'prompt: "{mira} jumps up and down in a meadow, static shot"'
CLIP = "plates/jumps.mp4"
OPERATIONS = {
    "extend_after": f"frames: 65, extend: {{clip: {CLIP}}}",
    "extend_before": f"frames: 65, extend: {{clip: {CLIP}, side: before}}",
    "fill": f"frames: 41, fill: {{before: {{file: {CLIP}, range: 1-13}}, after: {{file: {CLIP}, range: 30-41}}}}",
    "retake": f"retake: {{take: {CLIP}, range: 1s-2s}}",
    "recut": f"recut: {{clip: {CLIP}, keep: 14-25}}",
    "loop": "frames: 33, loop: true",
}


def option(name, fallback):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else fallback


def code_values(first, files, count, of_exr=("-apply_trc", "iec61966_2_1")):
    """Each of so many frames as display code values (sRGB curve), a flat array of floats."""
    numbered = ["-start_number", str(first)] if first is not None else []
    done = subprocess.run(["ffmpeg", "-v", "error", *of_exr, *numbered, "-i", str(files), "-frames:v", str(count), "-f", "rawvideo",
                           "-pix_fmt", "gbrpf32le", "-"], capture_output=True, check=True)
    values = array.array("f", done.stdout)
    count = len(values) // count
    return [values[at:at + count] for at in range(0, len(values), count)]


def step(a, b):
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)


def takes_of(output):
    for path in sorted(output.rglob("publish.json")):
        if ".nightreel" in path.parts:
            continue
        record = json.loads(path.read_text())
        frames = record["take"]["frames"]
        yield record, code_values(frames["first"], path.parent / record["frame_pattern"], frames["last"] - frames["first"] + 1)


def seams_of(record, frames):
    first = record["take"]["frames"]["first"]
    joints = {joint - first for joint in record["joints"]}
    steps = [step(frames[at], frames[at - 1]) for at in range(1, len(frames))]
    usual = statistics.median(s for at, s in enumerate(steps, 1) if at not in joints)
    found = {"joint": [steps[at - 1] / usual for at in joints]}
    # The largest of the eight steps behind a joint: a smear comes late.
    found["worst_of_8"] = [max(steps[at - 1:at + 7]) / usual for at in joints]
    if record["take"]["shot"] == "loop":
        found["closure"] = [step(frames[-1], frames[0]) / usual]
    return found


def figures(values):
    return {"count": len(values), "median": round(statistics.median(values), 2), "worst": round(max(values), 2)}


def main():
    folder = Path(option("--keep", "") or tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "examples/04_operations", folder / "night", dirs_exist_ok=True)
    steps = option("--steps", "")
    text = HEAD.format(takes=option("--takes", "8"), steps=f", steps: {steps}" if steps else "")
    only = option("--only", ",".join(OPERATIONS)).split(",")
    text += "".join(f"  - {{shot: {name}, {PROMPT}, {line}}}\n" for name, line in OPERATIONS.items() if name in only)
    (folder / "night/night.yaml").write_text(text)
    run(NIGHTREEL, "run", folder / "night/night.yaml", "-o", folder / "out", "--workers", "2", timeout=3000)
    found = {}
    for record, frames in takes_of(folder / "out"):
        for what, values in seams_of(record, frames).items():
            found.setdefault((record["take"]["shot"], what), []).extend(values)
    clip = code_values(None, folder / "night" / CLIP, 41, of_exr=())
    steps = [step(clip[at], clip[at - 1]) for at in range(1, len(clip))]
    usual = statistics.median(steps)
    found["never_cut", "joint"] = [s / usual for s in steps]
    found["never_cut", "worst_of_8"] = [max(steps[at:at + 8]) / usual for at in range(len(steps) - 7)]
    found["hard_cut", "joint"] = [step(clip[at], clip[at + 14]) / usual for at in range(len(clip) - 14)]
    for (shot, what), values in sorted(found.items()):
        print(json.dumps({"operation": shot, "what": what, **figures(values)}))
    if "--keep" not in sys.argv:
        shutil.rmtree(folder)


main()
