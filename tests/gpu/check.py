#!/usr/bin/env python3
"""Everything that needs a GPU, in one run of ten minutes at most, as JSON lines; the last one is the summary.

    python3 tests/gpu/check.py [--programs build/tests] [--device cuda:0] [--torch DIR] [--scratch DIR] [--seconds 600]

Exit status: 0 all is well, 1 something is not, 77 there is no device. Needs the standard library alone.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# The reference's values are a CPU's; a GPU adds up in another order. Tolerances of the cases, times this.
TOLERANCE_FACTOR = 4.0
GROUPS = ("transformer", "vae", "samplers", "lora", "layouts", "text", "images", "pipelines")
# name, arguments of bench, layers that are timed of so many, steps, and what is to be reached in seconds.
FIGURES = (
    ("1.3b_480p81_50_steps", ["--random", "t2v-1.3b", "--size", "832x480", "--precision", "fast"], 30, 30, 50,
     {"floor": 95, "good": 58, "stretch": 50}),
    ("14b_480p81_40_steps", ["--random", "t2v-14b", "--size", "832x480", "--precision", "fast"], 6, 40, 40,
     {"floor": 366, "good": 250}),
    ("14b_480p81_40_steps_fp8", ["--random", "t2v-14b", "--size", "832x480", "--precision", "fp8"], 6, 40, 40,
     {"floor": 366, "good": 250, "stretch": 191}),
    ("14b_720p81_50_steps", ["--random", "t2v-14b", "--size", "1280x720", "--precision", "fast"], 6, 40, 50,
     {"floor": 1750, "good": 1150, "stretch": 985}),
)
VAE_GOALS = {"floor": 4, "good": 2, "stretch": 1}


class Checks:
    def __init__(self, options):
        self.options = options
        self.end = time.monotonic() + options.seconds
        self.failed = []
        self.skipped = []
        self.environment = dict(os.environ, NIGHTREEL_DEVICE=options.device)
        if options.torch:
            # Those of a pack lie beside its programs.
            folders = [str(pathlib.Path(options.torch) / "lib"), str(options.programs.parent / "lib"),
                       os.environ.get("LD_LIBRARY_PATH", "")]
            self.environment["LD_LIBRARY_PATH"] = ":".join(folder for folder in folders if folder)

    def say(self, **line):
        print(json.dumps(line), flush=True)

    def run(self, program, *arguments, limit):
        """Exit status and text; None when it ran out of its time, and "skipped" when there was none left."""
        left = self.end - time.monotonic()
        if left < 5:
            return "skipped", ""
        command = [str(self.options.programs / program), *map(str, arguments)]
        began = time.monotonic()
        try:
            done = subprocess.run(command, cwd=ROOT, env=self.environment, text=True, timeout=min(limit, left),
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            status, text = done.returncode, done.stdout
        except subprocess.TimeoutExpired as late:
            status, text = None, (late.stdout or b"").decode(errors="replace")
        self.seconds = round(time.monotonic() - began, 2)
        return status, text

    def judge(self, check, status, text, **facts):
        if status == "skipped":
            self.skipped.append(check)
            self.say(check=check, skipped="no time was left")
            return
        well = status == 0
        if not well:
            self.failed.append(check)
            facts["said"] = text[-2000:]
        self.say(check=check, ok=well, status=status, seconds=self.seconds, **facts)

    def device(self):
        status, text = self.run("gpu_engine", "device", self.options.device, limit=60)
        text = text.strip()
        if status != 0:
            self.say(check="device", skipped=text)
            return False
        self.say(check="device", ok=True, is_called=text, seconds=self.seconds)
        return True

    def laws(self):
        status, text = self.run("gpu_laws", limit=200)
        for line in text.splitlines():
            if line.startswith("{"):
                print(line, flush=True)
        rest = "\n".join(line for line in text.splitlines() if not line.startswith("{"))
        self.judge("laws", status, rest)

    def parity(self, group):
        status, text = self.run("gpu_engine", "parity", f"tests/parity/{group}", "--device", self.options.device,
                                limit=120)
        judged, worst = 0, {"ratio": 0.0}
        for name, error, tolerance in re.findall(
                r"^(.*): max abs error (\S+), tolerance ([0-9.e+-]+): ", text, re.MULTILINE):
            ratio = float(error) / float(tolerance) if float(tolerance) > 0 else float(error) and float("inf")
            judged += 1
            if not ratio <= worst["ratio"]:
                worst = {"ratio": ratio, "tensor": name, "error": float(error), "tolerance": float(tolerance)}
        # 0 and 1 are verdicts by the CPU's tolerances; what else it says is a fault.
        faults = re.findall(r"NOT COMPUTED|: SHAPE |: refused: ", text)
        if status in (0, 1) and judged and not faults:
            status = 0 if worst["ratio"] <= TOLERANCE_FACTOR else "outside"
        self.judge(f"parity {group}", status, text, tensors=judged, worst=worst, factor=TOLERANCE_FACTOR)

    def bench(self, check, *arguments, limit=150):
        """The quickest of the runs, or nothing."""
        status, text = self.run("gpu_engine", "bench", *arguments, "--device", self.options.device, limit=limit)
        runs = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        self.judge(check, status, text, runs=runs)
        return min(runs, key=lambda run: run["seconds"]) if status == 0 and runs else None

    def figures(self, scratch):
        for name, arguments, layers, all_layers, steps, goals in FIGURES:
            best = self.bench(f"bench {name}", "transformer", *arguments, "--layers", layers, "--frames", 81,
                              "--batch", 2, "--repeat", 3, "--scratch", scratch)
            if best:
                # Blocks are nearly all of it: those that were not timed take as long as those that were.
                seconds = best["seconds"] * all_layers / layers * steps
                self.say(figure=name, seconds=round(seconds, 1), goals=goals,
                         timed_layers=f"{layers} of {all_layers}", flops_per_second=best["flops_per_second"])

    def frames(self, scratch):
        folder = pathlib.Path(scratch) / "vae"
        subprocess.run([sys.executable, ROOT / "tests/gpu/random_vae.py", folder], check=True)
        for precision in ("fast", "float32"):
            best = self.bench(f"bench vae_480p81_{precision}", "vae", "--model", folder, "--size", "832x480",
                              "--frames", 81, "--repeat", 2, "--precision", precision)
            if best:
                self.say(figure=f"vae_decode_480p81_{precision}", seconds=best["seconds"], goals=VAE_GOALS)

    def rehearsal(self, scratch):
        """The same programs at a size for a CPU: what is timed means nothing."""
        self.bench("bench transformer", "transformer", "--random", "t2v-1.3b", "--layers", 1, "--size", "64x64",
                   "--frames", 5, "--batch", 2, "--scratch", scratch)
        self.bench("bench vae", "vae", "--model", "models/toybox", "--size", "96x64", "--frames", 5)


def torch_of_python():
    """The folder of the torch that this python has; programs that were built here find theirs alone."""
    import importlib.util
    found = importlib.util.find_spec("torch")
    return str(pathlib.Path(found.origin).parent) if found else ""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / "build/tests")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--torch", default=None, help="folder of LibTorch (holds lib/); of this python when left out")
    parser.add_argument("--scratch", default=None, help="where random weights of 15 GB are written")
    parser.add_argument("--seconds", type=float, default=600)
    options = parser.parse_args()
    options.programs = options.programs.resolve()
    if options.torch is None:
        options.torch = torch_of_python()
    checks = Checks(options)
    if not checks.device():
        return 77
    with tempfile.TemporaryDirectory(dir=options.scratch) as scratch:
        checks.laws()
        for group in GROUPS:
            checks.parity(group)
        if options.device == "cpu":
            checks.rehearsal(scratch)
        else:
            checks.frames(scratch)
            checks.figures(scratch)
    checks.say(summary="gpu", failed=checks.failed, skipped=checks.skipped)
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
