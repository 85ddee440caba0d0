"""Peak memory of long takes beside short ones, for each strategy, with models of tiny random weights at a real picture size: what grows
with the length of a take shows here. Prints the largest peak of each kind of task, as its process reported it. JSON lines, as they come.

    python3 tests/bench/long_take_memory.py [--size 832x480] [--seconds 10,60] [--only windowed]"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import NIGHTREEL, ROOT, run  # noqa: E402

CASES = ROOT / "tests/parity"
RATE = 16
WINDOW = 17
# Strategy, the model's case, what a shot says.
STRATEGIES = {"chain from latents": ("pipelines/skyreels_df_long_async", ", overlap: 8f, forcing: { block: 1, lag: 0 }"),
              "chain from a picture": ("pipelines/wan22_5b_i2v", ", overlap: 1f"),
              "chain from kept frames": ("pipelines/vace_text_only", ", overlap: 9f"),
              "windowed": ("pipelines/wan21_t2v", ""),
              "anchors": ("pipelines/wan21_flf2v", ", keys: [KEYS]")}


def write_card(folder, size):
    card = folder / "model.yaml"
    text = card.read_text()
    for pattern, line in {r"\nsizes: .*": f"\nsizes: [{size}]", r"\nrate: .*": f"\nrate: {RATE}",
                          r"latent_frames_min: .*": "latent_frames_min: 1", r"latent_frames_max: .*": "latent_frames_max: 5",
                          r"latent_frames: .*": "latent_frames: 5", r"overlap: \d+": "overlap: 2", r"steps: \d+": "steps: 2"}.items():
        text = re.sub(pattern, line, text)
    card.write_text(text)


def keys_of(frames, picture):
    at = range(0, frames - 1, WINDOW - 1)
    keys = [f"{{ at: {frame}f, image: {picture} }}" if frame else f"{{ at: 0s, image: {picture} }}" for frame in at]
    return ", ".join(keys + [f"{{ at: end, image: {picture} }}"])


def peaks(folder, strategy, seconds, size):
    case, more = STRATEGIES[strategy]
    frames = seconds * RATE + 1
    more = more.replace("KEYS", keys_of(frames, folder / "key.png"))
    night = folder / "night.yaml"
    night.write_text(f"nightreel: 1\nshow: memory\nseed: 3\nshots:\n  - {{ shot: take, prompt: a lighthouse, model: {Path(case).name}, "
                     f"frames: {frames}{more} }}\n")
    with tempfile.TemporaryDirectory(dir=folder) as output:
        run(NIGHTREEL, "run", night, "-o", output, "--workers", "1", timeout=3600, env={"NIGHTREEL_MODELS": str(folder / "models")})
        found = {}
        for path in Path(output, ".nightreel/artifacts").glob("*/*/artifact.json"):
            record = json.loads(path.read_text())
            found[record["kind"]] = max(found.get(record["kind"], 0), record["result"]["memory_bytes"])
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="832x480")
    parser.add_argument("--seconds", default="10,60")
    parser.add_argument("--only", choices=STRATEGIES)
    asked = parser.parse_args()
    short, long = map(int, asked.seconds.split(","))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        width, height = asked.size.split("x")
        subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"testsrc=s={width}x{height}:d=1", "-frames:v", "1", folder / "key.png"],
                       check=True)
        for strategy, (case, _) in STRATEGIES.items():
            if asked.only not in (None, strategy):
                continue
            model = folder / "models" / Path(case).name
            run(NIGHTREEL, "models", "import", CASES / case, "--to", model)
            write_card(model, asked.size)
            before, after = (peaks(folder, strategy, seconds, asked.size) for seconds in (short, long))
            mebibytes = {kind: [round(before[kind] / 2**20), round(after[kind] / 2**20), round(after[kind] / before[kind], 3)]
                         for kind in sorted(before) if before[kind] > 0}
            of_model = [max(found.get(kind, 0) for kind in ("encode", "sample", "hand_over", "decode")) for found in (before, after)]
            print(json.dumps({"strategy": strategy, "size": asked.size, "seconds": [short, long], "mebibytes": mebibytes,
                              "model_tasks": round(of_model[1] / of_model[0], 3)}), flush=True)


main()
