"""Seeds that travel, takes below another root, and shots that are tied to a device class."""
from harness import *

NIGHT = """\
nightreel: 1
show: {show}
seed: 7
defaults: {{model: toybox, size: 96x64, fps: 12, quality: draft, steps: 1, handles: 0}}
shots:
  - {{shot: {shot}, prompt: "a small red star jumps in a meadow", frames: 17, {more}}}
"""


def render(folder, output, shot, more="", *options, show="test"):
    """The folder of the first take."""
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(show=show, shot=shot, more=more))
    run(NIGHTREEL, "run", night, "-o", output, *options)
    sequence = shot.split("_")[0]
    return output / show / sequence / shot / "v001/take01"


def record_of(take):
    return json.loads((take / "publish.json").read_text())


def latents_of(take):
    return [piece["latents"] for piece in record_of(take)["segments"]]


def test_a_liked_take_is_found_under_another_name(folder):
    output = folder / "out"
    first = render(folder, output, "a_010", "seeds: [7, 42]")
    liked = first.parent / "take02"
    store = {path: path.stat().st_mtime_ns for path in (output / ".nightreel/artifacts").rglob("latents.safetensors")}
    same(record_of(liked)["take"]["noise_seed"], "0x000000000000002a", "noise seed of a given seed")
    alone = render(folder, output, "b_010", "seed: 42", show="other")
    same(latents_of(alone), latents_of(liked), "segments of the liked take")
    same({path: path.stat().st_mtime_ns for path in (output / ".nightreel/artifacts").rglob("latents.safetensors")},
         store, "no segment was rendered again")
    holds(latents_of(first) != latents_of(liked), "the other take has other segments")


def exported(folder, *options):
    run(NIGHTREEL, "export", "shell", folder / "night.yaml", "-o", folder / "job", "--output", folder / "out", *options)
    return folder / "job"


def test_a_take_is_published_below_the_root_that_is_given(folder):
    take = render(folder, folder / "out", "a_010")
    job = exported(folder)
    same(json.loads((job / "job.json").read_text())["roots"], {"out": str(folder / "out")}, "roots of the job")
    store = folder / "out/.nightreel/artifacts"
    run(RENDER, "task", job, "a_010.take01.publish", "--store", store, "--root", f"out={folder / 'moved'}")
    moved = folder / "moved" / take.relative_to(folder / "out")
    same(pictures(moved), pictures(take), "the take below the other root")
    run(RENDER, "task", job, "a_010.take01.publish", "--root", "elsewhere=/tmp", check=2)
    run(RENDER, "task", job, "a_010.take01.publish", "--root", "moved", check=2)


def test_a_strict_shot_is_refused_by_another_device_class(folder):
    take = render(folder, folder / "out", "a_010", "reproducible: strict", "--device", "cpu", "--threads", "1")
    here = run(RENDER, "class", "cpu", "--threads", "1").stdout.strip()
    job = exported(folder, "--device-class", here)
    orders = {path.stem: json.loads(path.read_text())["order"] for path in (job / "tasks").iterdir()}
    for name in ("a_010.encode", "a_010.take01.sample01", "a_010.take01.decode"):
        same(orders[name]["device_class"], here, f"device class of {name}")
    refused = run(RENDER, "task", job, "a_010.encode", "--device", "cpu", "--threads", "2", check=11)
    holds(here in refused.stderr and "threads=2" in refused.stderr, f"both classes are named: {refused.stderr}")
    run(RENDER, "task", job, "a_010.encode", "--device", "cpu", "--threads", "1")
    # On another class it is another version: its bytes may differ.
    night = folder / "night.yaml"
    run(NIGHTREEL, "run", night, "-o", folder / "out", "--device", "cpu", "--threads", "2")
    same(sorted(p.name for p in take.parent.parent.iterdir()), ["v001", "v002"], "versions")


main(test_a_liked_take_is_found_under_another_name, test_a_take_is_published_below_the_root_that_is_given,
     test_a_strict_shot_is_refused_by_another_device_class)
