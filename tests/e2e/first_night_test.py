"""One night from the shot list to the folder that a producer opens, and the same bytes however it was made."""
from harness import *


def render(folder, name, *options):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    output = folder / name
    done = run(NIGHTREEL, "run", night, "-o", output, *options)
    return output, done


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
    output, done = render(folder, "two", "--workers", "2")
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


def test_one_segment_alone_has_the_bytes_it_has_in_the_chain(folder):
    output, _ = render(folder, "night", "--workers", "2")
    job = next((output / ".nightreel").rglob("job.json")).parent
    tasks = json.loads((job / "job.json").read_text())["tasks"]
    task = next(t for t in tasks if t["name"].endswith("sh0010.take01.sample02"))
    artifact = next((output / ".nightreel").rglob(task["digest"]))
    expected = digest(artifact / "latents.safetensors")
    shutil.rmtree(artifact)
    run(RENDER, "task", job, task["name"])
    same(digest(artifact / "latents.safetensors"), expected, "latents of the segment")
    # once more: already there, and said so quickly
    run(RENDER, "task", job, task["name"])


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


main(test_two_workers_make_a_whole_night, test_one_segment_alone_has_the_bytes_it_has_in_the_chain,
     test_more_takes_join_the_version_and_another_prompt_opens_one)
