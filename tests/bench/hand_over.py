"""What it costs to hand a night to other farm managers: `nightreel submit --to` with nights of about 1,000 segments in three shapes, to
Slurm and to shell scripts, and `nightreel status` of 500 takes at Slurm. JSON lines; needs root and a Slurm (`make peers`)."""
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from exported_nights import night_of, slurm_farm, submit  # noqa: E402
from harness import NIGHTREEL, run  # noqa: E402

# Shots of (frames, takes); a segment of the bundled model is 12 new frames after the first 17.
SHAPES = {
    "one shot of 1,000 segments": [("long", 17 + 12 * 999, 1)],
    "100 shots of 10 segments": [(f"sh{at:03}", 17 + 12 * 9, 1) for at in range(100)],
    "25 shots with 4 takes of 10 segments": [(f"sh{at:03}", 17 + 12 * 9, 4) for at in range(25)],
}


def seconds_of(work):
    begin = time.monotonic()
    result = work()
    return round(time.monotonic() - begin, 2), result


# So that nothing is rendered beside what is measured.
SITE = 'nightreel_farm: 1\nmanagers: {device: cpu, slurm: {options: ["--hold"]}}\n'


def hand_over(folder, manager, shape, slurm):
    place = folder / "place"
    place.mkdir()
    seconds, job = seconds_of(lambda: submit(place, manager, night_of(*SHAPES[shape]), "--grain", "task", site=SITE, env=slurm))
    units = [path.name for path in (job / "units").iterdir()]
    ids = json.loads((job / "submissions/1/submission.json").read_text())["ids"]
    print(json.dumps({"manager": manager, "night": shape, "units": len(units), "segments": sum(".sample" in unit for unit in units),
                      "submit_s": seconds, "ids": len(ids)}), flush=True)
    run(NIGHTREEL, "cancel", "--job", job, env=slurm)
    shutil.rmtree(place)


def watch(folder, slurm):
    place = folder / "place"
    place.mkdir()
    job = submit(place, "slurm", night_of(*[(f"sh{at}", 17, 50) for at in range(10)]), "--grain", "take", site=SITE, env=slurm)
    for command in (["squeue", "--states=all", "--noheader", "--array"], [NIGHTREEL, "status", "--job", job]):
        seconds, said = seconds_of(lambda: run(*command, env=slurm).stdout)
        print(json.dumps({"takes": 500, "command": Path(command[0]).name, "seconds": seconds, "lines": said.count("\n")}), flush=True)
    run(NIGHTREEL, "cancel", "--job", job, env=slurm)


def main():
    folder = Path(tempfile.mkdtemp(prefix="nightreel-hand-over-"))
    try:
        with slurm_farm(folder) as slurm:
            for shape in SHAPES:
                for manager in ("slurm", "shell"):
                    hand_over(folder, manager, shape, slurm)
            watch(folder, slurm)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


main()
