"""Copies of examples that render in seconds."""
import re
import shutil

from harness import ROOT, holds

SECONDS = {"01_first_shot": 1, "02_long_take": 4, "03_takes_and_seeds": 1}


def shortened(folder, example, least=False):
    """Copies the example's folder into `folder`, with takes of a second or few and two steps; `least`: with one take
    and one frame of each shot. Returns the copy's night file."""
    copy = folder / example
    shutil.copytree(ROOT / "examples" / example, copy)
    text = (copy / "night.yaml").read_text()
    text, durations = re.subn(r"duration: (\d+)s", lambda m: f"duration: {min(int(m[1]), SECONDS[example])}s", text)
    text, steps = re.subn(r"\bmodel: toybox\b", "model: toybox, steps: 2" if "{ model" in text else
                          "model: toybox\n  steps: 2", text)
    holds(durations >= 1 and steps == 1, f"{example} has durations and defaults to shorten")
    if least:
        for pattern, with_ in ((r"duration: \d+s", "frames: 1"), (r"takes: \d+", "takes: 1"), (r"seeds: \[.*\]", "seeds: [7]")):
            text = re.sub(pattern, with_, text)
    (copy / "night.yaml").write_text(text)
    return copy / "night.yaml"
