"""One night from the shot list to the folder that a producer opens, and the same bytes however it was made."""
import re

from harness import *


def render(folder, name, *options, **more):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    output = folder / name
    done = run(NIGHTREEL, "run", night, "-o", output, *options, **more)
    return output, done


def may_be_used_by_the_group(output):
    """All that was made has the permissions that a umask of 002 leaves; keys alone are their owner's."""
    keys = output / ".nightreel/keys"
    for path in output.rglob("*"):
        mode = path.stat().st_mode & 0o777
        if keys in path.parents or path == keys:
            same(mode, 0o700 if path.is_dir() else 0o600, f"mode of {path}")
        else:
            same(mode, 0o775 if path.is_dir() else 0o664, f"mode of {path}")


def whole_take(take, frames):
    """A take's folder holds what the documents promise, and its own check sums agree."""
    record = json.loads((take / "publish.json").read_text())
    exr = sorted((take / "exr").glob("*.exr"))
    same(len(exr), frames, f"frames of {take}")
    holds(exr[0].name.endswith(".1001.exr"), f"first frame is {exr[0].name}")
    same(len(list((take / "mov").glob("*.mp4"))), 1, "movies")
    holds(list((take / "contact").glob("*.png")), "contact sheet")
    run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=take)
    return record


def test_two_workers_make_a_whole_night(folder):
    output, done = render(folder, "two", "--workers", "2", umask=0o002)
    may_be_used_by_the_group(output)
    holds("dailies" in done.stdout + done.stderr, "the last words name the folder to open")
    one = whole_take(output / "test/sq010/sq010_sh0010/v001/take01", 37)
    whole_take(output / "test/sq010/sq010_sh0020/v001/take01", 25)
    whole_take(output / "test/sq010/sq010_sh0020/v001/take02", 25)
    holds(len(json.dumps(one)) > 500, "publish.json is a complete record")
    header = run("exrheader", next((output / "test/sq010/sq010_sh0010/v001/take01/exr").glob("*.1001.exr"))).stdout
    for wanted in ("16-bit floating-point", "piz", "chromaticities", "timeCode", "framesPerSecond"):
        holds(wanted in header, f"exrheader shows {wanted}:\n{header}")
    movie = next((output / "test/sq010/sq010_sh0010/v001/take01/mov").glob("*.mp4"))
    probe = json.loads(run("ffprobe", "-v", "error", "-show_streams", "-of", "json", movie).stdout)["streams"][0]
    same(probe["codec_name"], "h264", "codec")
    same(probe["color_space"], "bt709", "matrix")
    same(probe["color_range"], "tv", "range")
    same(int(probe["nb_frames"]), 38, "a slate and 37 frames")
    holds(int(probe["height"]) >= 540, "small takes are enlarged in the movie")

    # one worker, another folder: the same pictures
    other, _ = render(folder, "one", "--workers", "1")
    same_pictures(pictures(other), pictures(output))

    # a second run finds everything
    before = {p: p.stat().st_mtime_ns for p in output.rglob("*.exr")}
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", output, "--workers", "2")
    same({p: p.stat().st_mtime_ns for p in output.rglob("*.exr")}, before, "frames were left alone")


FAST_NIGHT = """\
nightreel: 1
show: fast
defaults: {model: sixty, quality: draft, steps: 1}
shots:
  - {shot: a_010, prompt: "a small red star jumps in a meadow", range: 9990-10006}
"""


def test_frames_of_a_fast_take_beyond_9999_are_one_sequence_with_timecode(folder):
    model = folder / "models/sixty"
    shutil.copytree(ROOT / "models/toybox", model)
    card = (model / "model.yaml").read_text()
    card = re.sub(r"(?m)^name: .*", "name: sixty", re.sub(r"(?m)^rate: .*", "rate: 60000/1001", card))
    (model / "model.yaml").write_text(card)
    (folder / "night.yaml").write_text(FAST_NIGHT)
    output = folder / "out"
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", output, env={"NIGHTREEL_MODELS": str(folder / "models")})
    take = output / "fast/a/a_010/v001/take01"
    names = [path.name for path in sorted((take / "exr").glob("*.exr"))]
    same(names, [f"fast_a_010_gen_v001_t01.{number:05}.exr" for number in range(9990, 10007)], "frames")
    record = json.loads((take / "publish.json").read_text())
    same(record["frame_pattern"], "exr/fast_a_010_gen_v001_t01.%05d.exr", "pattern")
    run("sha256sum", "--check", "--quiet", "--strict", "SHA256SUMS", cwd=take)
    # Frame 9990 is the 30th of its second: pair 15, its first frame.
    header = run("exrheader", take / "exr" / names[0]).stdout
    found = re.search(r"timeCode .*?time (\S+).*?field/phase (\d)", header, re.S)
    same(found and found.groups(), ("00:02:46:15", "0"), f"timecode in\n{header}")


def test_one_segment_alone_has_the_bytes_it_has_in_the_chain(folder):
    output, _ = render(folder, "night", "--workers", "2")
    job = folder / "job"
    run(NIGHTREEL, "export", "shell", folder / "night.yaml", "-o", job, "--output", output)
    tasks = json.loads((job / "job.json").read_text())["tasks"]
    task = next(t for t in tasks if t["name"].endswith("sh0010.take01.sample02"))
    artifact = next((output / ".nightreel").rglob(task["digest"]))
    expected = digest(artifact / "latents.safetensors")
    shutil.rmtree(artifact)
    run(RENDER, "task", job, task["name"], "--store", output / ".nightreel/artifacts")
    same(digest(artifact / "latents.safetensors"), expected, "latents of the segment")
    # once more: already there, and said so quickly
    run(RENDER, "task", job, task["name"], "--store", output / ".nightreel/artifacts")


def test_more_takes_join_the_version_and_another_prompt_opens_one(folder):
    output, _ = render(folder, "night", "--workers", "2")
    shot = output / "test/sq010/sq010_sh0020"
    first = digest(shot / "v001/take01/publish.json")
    (folder / "night.yaml").write_text(SMALL_NIGHT.replace("takes: 2", "takes: 3"))
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", output)
    same(sorted(p.name for p in (shot / "v001").iterdir()), ["take01", "take02", "take03"], "takes")
    same(digest(shot / "v001/take01/publish.json"), first, "published takes are never touched")
    (folder / "night.yaml").write_text(SMALL_NIGHT.replace("circle jumps", "circle spins"))
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", output)
    same(sorted(p.name for p in shot.iterdir()), ["v001", "v002"], "versions")
    same(sorted(p.name for p in (output / "test/sq010/sq010_sh0010").iterdir()), ["v001"], "an unchanged shot")


main(test_two_workers_make_a_whole_night,
     test_frames_of_a_fast_take_beyond_9999_are_one_sequence_with_timecode, test_one_segment_alone_has_the_bytes_it_has_in_the_chain,
     test_more_takes_join_the_version_and_another_prompt_opens_one)
