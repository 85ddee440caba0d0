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


PIXELS = """
import sys, numpy, OpenEXR
for path in sys.argv[1:]:
    with OpenEXR.File(path) as file:
        print(numpy.ascontiguousarray(file.channels()["RGB"].pixels).tobytes().hex()[:4000])
"""


def pixels_of(frames):
    return run(PEER_PYTHON, "-c", PIXELS, *frames).stdout.split()


def test_a_show_of_another_frame_rate_gets_its_own(folder):
    def frames_of(name, *settings):
        night = folder / f"{name}.yaml"
        night.write_text(f"nightreel: 1\nshow: {name}\nseed: 7\n"
                         "defaults: {model: toybox, quality: draft, steps: 2, handles: 0}\nshots:\n"
                         f'  - {{shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", {", ".join(settings)}}}\n')
        output = folder / name
        plan = run(NIGHTREEL, "plan", night, "-o", output).stdout
        run(NIGHTREEL, "run", night, "-o", output)
        take = output / name / "sq010/sq010_sh0010/v001/take01"
        record = json.loads((take / "publish.json").read_text())
        fps = 24 if "fps: 24" in settings else 12
        judge_movie(next(take.glob("mov/*.mp4")), 1 + len(list(take.glob("exr/*"))), fps=fps)     # and the slate
        return pixels_of(sorted(take.glob("exr/*"))), record, plan

    made, _, _ = frames_of("made", "frames: 13")
    held, record, plan = frames_of("held", "frames: 25", "fps: 24", "rate: hold")
    same(held, [made[index // 2] for index in range(25)], "held frames")
    same(record["rate_change"]["conversion"], "hold", "the record says so")
    same(record["take"]["rate"], {"numerator": 24, "denominator": 1}, "rate of the record")
    holds("24 frames a second from 12 of the model, hold: 25 frames from 13" in plan, plan)
    blended, _, _ = frames_of("blended", "duration: 1s", "fps: 24", "rate: blend")
    same(len(blended), 24, "blended frames")
    same(blended[::2], made[:12], "frames of the model, bit for bit")
    holds(all(one not in made for one in blended[1::2]), "the others are mixed")
    conformed, record, _ = frames_of("conformed", "frames: 13", "fps: 24", "rate: conform")
    same(conformed, made, "conformed frames")
    same(record["rate_change"]["conversion"], "conform", "the record says so")
    night = folder / "silent.yaml"
    night.write_text((folder / "held.yaml").read_text().replace(", rate: hold", ""))
    refused(run(NIGHTREEL, "check", night, check=3).stderr, "rate: conform", "fps: 12")


def test_schemas_are_schemas_and_take_what_we_take(folder):
    needs_peers()
    checker = PEERS / "venv/bin/check-jsonschema"
    schemas = [ROOT / "docs/night.schema.json", ROOT / "docs/farm.schema.json"]
    run(checker, "--check-metaschema", *schemas)
    run(checker, "--schemafile", schemas[0], *sorted((ROOT / "examples").glob("*/night.yaml")))
    run(checker, "--schemafile", schemas[1], *sorted((ROOT / "farm_configs").glob("*.yaml")))
    (folder / "night.yaml").write_text(NIGHT.replace("steps: 2", "stesp: 2"))
    refused(run(checker, "--schemafile", schemas[0], folder / "night.yaml", check=1).stdout, "$.defaults", "stesp")


main(test_a_show_of_another_frame_rate_gets_its_own, test_frames_and_movies_are_what_others_expect, test_schemas_are_schemas_and_take_what_we_take)
