"""What we write, judged by software that shares no code with ours: frames by the OpenEXR project's own reader, movies by
ffprobe and a browser, schemas by a JSON Schema validator. Needs `make peers`."""
from harness import *
from judges import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 21
    handles: 4
  - shot: sq010_sh0020
    prompt: "a small blue circle jumps, at night"
    frames: 17
    first_frame: 86400
"""
# A frame with one pixel that is not a number, all else as it was.
POISON = """\
import sys, numpy, OpenEXR
file = OpenEXR.File(sys.argv[1], separate_channels=True)
pixels = numpy.array(file.channels()["G"].pixels)
pixels[3, 5] = numpy.nan
file.channels()["G"].pixels = pixels
file.write(sys.argv[1])
"""


def refused(said, *words):
    holds(all(word in said for word in words), f"{words} in\n{said}")


def test_frames_and_movies_are_what_others_expect(folder):
    needs_peers("ffprobe", "node", "chromium")
    (folder / "night.yaml").write_text(NIGHT)
    plan = json.loads(run(NIGHTREEL, "plan", folder / "night.yaml", "--json").stdout)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out", "--workers", "2")
    movies = judge_night(folder / "out", plan)
    same(len(movies), 2, "movies")

    # The judges are worth what they refuse.
    exr = folder / "out/test/sq010/sq010_sh0010/v001/take01/exr"
    frames = sorted(exr.glob("*.exr"))
    frame = frames[3]
    kept = frame.read_bytes()
    for change, words in (
            (lambda: frame.unlink(), ["frame 1004: missing"]),
            (lambda: frame.write_bytes(kept[:len(kept) // 2]), ["frame 1004: cannot be read"]),
            (lambda: frame.write_bytes(frames[4].read_bytes()), ["frame 1004: timeCode"]),
            (lambda: run(PEER_PYTHON, "-c", POISON, frame), ["frame 1004: channel G has NaN or Inf"])):
        # Published frames are links into the store: another file takes the name.
        frame.unlink(missing_ok=True)
        frame.write_bytes(kept)
        change()
        refused(judge_frames(exr, 1001, 1029, check=1), *words)
    cut = folder / "cut.mp4"
    cut.write_bytes(movies[0].read_bytes()[:movies[0].stat().st_size // 2])
    refused(judge_movie(cut, 30, check=1), "cut off", "frames decode")
    run("ffmpeg", "-v", "error", "-i", movies[0], "-c", "copy", folder / "late.mp4")
    refused(judge_movie(folder / "late.mp4", 31, check=1), "moov is not before mdat", "30 frames, expected 31")
    refused(play(cut, check=1), "FAILS")


def test_schemas_are_schemas_and_take_what_we_take(folder):
    needs_peers()
    checker = PEERS / "venv/bin/check-jsonschema"
    schemas = [ROOT / "docs/night.schema.json", ROOT / "docs/farm.schema.json"]
    run(checker, "--check-metaschema", *schemas)
    run(checker, "--schemafile", schemas[0], *sorted((ROOT / "examples").glob("*/night.yaml")))
    run(checker, "--schemafile", schemas[1], *sorted((ROOT / "farm_configs").glob("*.yaml")))
    (folder / "night.yaml").write_text(NIGHT.replace("steps: 2", "stesp: 2"))
    refused(run(checker, "--schemafile", schemas[0], folder / "night.yaml", check=1).stdout, "$.defaults", "stesp")


main(test_frames_and_movies_are_what_others_expect, test_schemas_are_schemas_and_take_what_we_take)
