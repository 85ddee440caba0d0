"""What we write, judged by software that shares no code with ours: frames by the OpenEXR project's own reader, movies by
ffprobe and a browser, schemas by a JSON Schema validator. Needs `make peers`."""
import csv

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


def records_are_what_their_schemas_say(folder):
    checker = PEERS / "venv/bin/check-jsonschema"
    for document, records in (("publish", folder.glob("out/test/*/*/v001/*/publish.json")), ("summary", folder.glob("out/test/dailies/latest/summary.json"))):
        schema = folder / f"{document}.schema.json"
        schema.write_text(run(NIGHTREEL, "schema", "--of", document).stdout)
        run(checker, "--check-metaschema", schema)
        records = list(records)
        holds(records, f"there is a {document}.json")
        run(checker, "--schemafile", schema, *records)
        wrong = json.loads(records[0].read_text())
        del wrong["format"]
        (folder / "wrong.json").write_text(json.dumps(wrong))
        refused(run(checker, "--schemafile", schema, folder / "wrong.json", check=1).stdout, "format")


def test_frames_and_movies_are_what_others_expect(folder):
    needs_peers("ffprobe", "node", "chromium")
    (folder / "night.yaml").write_text(NIGHT)
    plan = json.loads(run(NIGHTREEL, "plan", folder / "night.yaml", "--json").stdout)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out", "--workers", "2")
    movies = judge_night(folder / "out", plan)
    same(len(movies), 2, "movies")
    records_are_what_their_schemas_say(folder)
    judge_interchange(folder / "out/test/dailies/latest", ["sq010_sh0010", "sq010_sh0020"])

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


def judge_interchange(dailies, shots):
    """The cut in the order of the night, its media, and a table without formulas; checksums by coreutils."""
    said = run(PEER_PYTHON, CHECKERS / "otio_check.py", dailies / "night.otio").stdout
    timeline = json.loads((dailies / "night.otio").read_text())
    clips = timeline["tracks"]["children"][0]["children"]
    same([clip["name"] for clip in clips], shots, said)
    summary = json.loads((dailies / "summary.json").read_text())
    same(sorted(clip["metadata"]["nightreel"]["handles_head"] for clip in clips), [0, 4], "handles of the clips")
    same(sum(len(clip["markers"]) for clip in clips), sum(len(take["flags"]) for take in summary["takes"]), "markers for flags")
    with open(dailies / "review.csv", encoding="utf-8-sig", newline="") as table:
        rows = list(csv.DictReader(table))
    same([row["shot"] for row in rows], shots, "rows of the table")
    same([row["in_cut"] for row in rows], ["yes", "yes"], "takes of the cut")
    session = (dailies / "night.rv").read_text()
    holds(session.startswith("GTOa (3)\n") and all(f"{shot}_gen_v001_t01." in session for shot in shots), session)
    same(session.count("{"), session.count("}"), "brackets of the session")
    for take in dailies.parent.parent.glob("sq*/*/v*/take*"):
        run("sh", "-c", 'cd "$1" && sha256sum --quiet -c SHA256SUMS', "sh", take)


def test_other_codings_and_movies_are_what_they_are_called(folder):
    needs_peers("ffprobe")
    night = folder / "night.yaml"
    night.write_text("""\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2, exr: {colour: acescg, owner: Night Shift}}
shots:
  - shot: sq010_sh0010
    prompt: "=a large red star spins, in a green meadow"
    frames: 5
    handles: 4
    exr: {compression: none, colour: aces2065-1}
    movies: [h264, h265, prores, dnxhr]
  - shot: sq010_sh0020
    prompt: "a small blue circle jumps, at night"
    frames: 5
  - shot: sq010_sh0030
    prompt: "a small blue circle jumps, at night"
    frames: 5
    exr: {compression: dwab}
""")
    refused(run(NIGHTREEL, "check", night).stderr, "exr.compression", "lossy")
    run(NIGHTREEL, "run", night, "-o", folder / "out", "--workers", "2")
    shots = folder / "out/test/sq010"
    takes = [shots / f"sq010_sh00{number}/v001/take01" for number in (10, 20, 30)]
    for take, compression, space, owner in zip(takes, ("none", "piz", "dwab"), ("lin_ap0_scene", "lin_ap1_scene", "lin_rec709_scene"),
                                               ("test", "Night Shift", "test")):
        record = json.loads((take / "publish.json").read_text())
        frames = record["take"]["frames"]
        run(PEER_PYTHON, CHECKERS / "exr_check.py", take / "exr", "--first", frames["first"], "--last", frames["last"], "--fps", 12,
            "--size", "96x64", "--compression", compression, "--require", "nightreel/version", "nightreel/cutIn")
        same((record["colour"]["interop_id"], record["compression"], record["owner"]), (space, compression, owner), f"record of {take}")
        header = (take / record["frame_pattern"].replace("%04d", "1001")).read_bytes()[:4096]
        same(b"acesImageContainerFlag" in header, compression == "none", "flag of an ACES container")
        holds(b"spins" not in header and str(folder).encode() not in header, "no prompt and no path in a header")
    movies = sorted(path.name.removeprefix("test_sq010_sh0010_gen_v001_t01_") for path in takes[0].glob("mov/*"))
    same(movies, ["dnxhr.mov", "h264.mp4", "h265.mp4", "prores.mov"], "movies")
    for name in ("h264.mp4", "prores.mov", "dnxhr.mov"):
        judge_movie(takes[0] / f"mov/test_sq010_sh0010_gen_v001_t01_{name}", 14)
    table = (folder / "out/test/dailies/latest/review.csv").read_text(encoding="utf-8-sig")
    holds("\"'=a large" in table, "a prompt is no formula: " + table)

    profiles = ROOT / "farm_configs/delivery"
    run(NIGHTREEL, "verify", "--profile", profiles / "dailies.yaml", takes[1])
    said = run(NIGHTREEL, "verify", "--profile", profiles / "vfx_vendor.yaml", folder / "out", check=1).stdout
    refused(said, "compression is none, expected piz, zip, zips (and 12 more files)", "compression is dwab", "colour is lin_rec709, expected acescg",
            "handles of 4 frames, expected at least 8", "movie prores is missing", "exr/test_sq010_sh0030_gen_v001_t01.1001.exr")
    listing = json.loads(run(NIGHTREEL, "verify", "--json", "--profile", profiles / "streaming.yaml", folder / "out", check=1).stdout)
    holds(any("fps is 12" in breach["text"] for breach in listing["takes"][0]["breaches"]), listing)
    (folder / "own.yaml").write_text("nightreel_delivery: 1\nframes: {compresion: [piz]}\n")
    refused(run(NIGHTREEL, "verify", "--profile", folder / "own.yaml", takes[1], check=3).stderr, "compresion", "compression")
    (folder / "own.yaml").write_text("nightreel_delivery: 1\nname: \"(\"\n")
    refused(run(NIGHTREEL, "verify", "--profile", folder / "own.yaml", takes[1], check=3).stderr, "regular expression")


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


main(test_other_codings_and_movies_are_what_they_are_called, test_a_show_of_another_frame_rate_gets_its_own, test_frames_and_movies_are_what_others_expect, test_schemas_are_schemas_and_take_what_we_take)
