"""Operations on clips: every example is rendered, kept frames are those of the clip, and what cannot be done is refused."""
from harness import *

EXAMPLE = ROOT / "examples/04_operations"
HEAD = """\
nightreel: 1
show: aurora
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
"""


def records_in(output):
    found = (json.loads(p.read_text()) | {"at": p.parent} for p in output.rglob("publish.json") if ".nightreel" not in p.parts)
    return {f"{r['take']['shot']}.{r['take']['take']}": r for r in found}


def pixels(exr):
    """A digest of what FFmpeg reads of an EXR file."""
    return run("ffmpeg", "-v", "error", "-i", exr, "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-f", "md5", "-").stdout


def frame(record, number):
    return record["at"] / (record["frame_pattern"] % number)


def all_examples(folder):
    """The nights of the example as one, with two steps."""
    shutil.copytree(EXAMPLE, folder / "operations")
    text = (EXAMPLE / "extend.yaml").read_text().split("shots:\n")[0].replace("quality: draft", "quality: draft, steps: 2") + "shots:\n"
    for night in sorted((folder / "operations").glob("*.yaml")):
        run(NIGHTREEL, "check", night)
        shots = night.read_text().split("shots:\n")[1]
        shots = shots.replace("takes: 2", "takes: 1").replace("takes: 3", "takes: 2")
        text += shots + "\n"
    (folder / "operations/all.yaml").write_text(text)
    return folder / "operations/all.yaml"


def test_each_operation_delivers_what_it_keeps_and_makes(folder):
    night = all_examples(folder)
    plan = run(NIGHTREEL, "plan", night).stdout
    for wanted in ("extend: 3 segments", "fill: 1 segment", "loop: 2 segments", "recut: 3 segments", "retake: 1 segment"):
        holds(wanted in plan, f"{wanted} in {plan}")
    told = run(NIGHTREEL, "explain", night, "sq050_sh0060").stdout
    for wanted in ("strategy: retake", "frames 1-12 of plates/jumps.mp4, pixel for pixel", "9 frames before it and 8 frames after it"):
        holds(wanted in told, f"{wanted} in {told}")
    run(NIGHTREEL, "run", night, "-o", folder / "out", "--workers", "2")
    records = records_in(folder / "out")
    kept = {name: [(k["frames"]["first"], k["frames"]["last"], k["source"]["first"]) for k in r.get("kept") or []] for name, r in records.items()}
    same({name: kept[name] for name in sorted(kept)},
         {"sq050_sh0010.1": [(1001, 1041, 1)], "sq050_sh0020.1": [(1017, 1057, 1)],
          "sq050_sh0030.1": [(1001, 1013, 1), (1030, 1041, 30)], "sq050_sh0040.1": [], "sq050_sh0050.1": [(1014, 1025, 14)],
          "sq050_sh0060.1": [(1001, 1012, 1), (1025, 1041, 25)], "sq050_sh0060.2": [(1001, 1012, 1), (1025, 1041, 25)],
          "sq050_sh0070.1": [], "sq050_sh0080.1": [], "sq050_sh0090.1": [],
          "sq050_sh0100.1": [], "sq050_sh0110.1": [(1001, 1013, 1), (1038, 1041, 38)]}, "kept frames")
    same(len(list((records["sq050_sh0100.1"]["at"] / "exr").iterdir())), 1, "a still is one frame")
    same(records["sq050_sh0060.1"]["joints"], [1013, 1025], "where kept and new frames meet")
    holds(" | " in records["sq050_sh0090.1"]["take"]["prompt"], "both texts of the storyboard are recorded")
    if shutil.which("ffmpeg") is None:
        return
    blend = records["sq050_sh0110.1"]
    middle, others = pixels(frame(blend, 1021)), {pixels(frame(blend, number)) for number in (1005, 1013, 1038, 1041)}
    holds(len(others) == 4 and middle not in others, "frames of both clips, and new ones between them")
    holds(not any("drift" in f["kind"] for f in blend.get("flags") or []), f"a blend is no drift: {blend.get('flags')}")
    takes = [records[f"sq050_sh0060.{take}"] for take in (1, 2)]
    same(len({pixels(frame(take, 1005)) for take in takes}), 1, "a kept frame is the same in all takes")
    same(len({pixels(frame(take, 1018)) for take in takes}), 2, "a new frame is another in each take")


def test_a_published_take_is_a_clip_and_its_frames_stay(folder):
    (folder / "first.yaml").write_text(HEAD + '  - {shot: a_010, prompt: "a red star jumps", frames: 25, first_frame: 1101}\n')
    run(NIGHTREEL, "run", folder / "first.yaml", "-o", folder / "out", env={"XDG_CACHE_HOME": str(folder / "cache")})
    source = records_in(folder / "out")["a_010.1"]
    night = folder / "again.yaml"
    take = source["at"].relative_to(folder)
    night.write_text(HEAD + f'  - {{shot: a_020, prompt: "a red star jumps", retake: {{take: {take}, range: 1110-1113}}}}\n'
                     f'  - {{shot: a_030, prompt: "a red star jumps", frames: 30, extend: {{clip: "{take}/exr/aurora_a_010_gen_v001_t01.####.exr"}}}}\n')
    run(NIGHTREEL, "run", night, "-o", folder / "out", env={"XDG_CACHE_HOME": str(folder / "cache")})
    records = records_in(folder / "out")
    same([records[n]["take"]["frames"] for n in ("a_020.1", "a_030.1")], [{"first": 1101, "last": 1125}, {"first": 1101, "last": 1130}],
         "kept frames keep their numbers")
    if shutil.which("ffmpeg") is not None:
        for number in range(1101, 1126):
            is_new = 1110 <= number <= 1113
            old, again, longer = (pixels(frame(r, number)) for r in (source, records["a_020.1"], records["a_030.1"]))
            same((again == old, longer == old), (not is_new, True), f"frame {number}")
    # The files have not changed for a while by now.
    run(NIGHTREEL, "check", night, env={"XDG_CACHE_HOME": str(folder / "cache")})
    holds((folder / "cache/nightreel/digests.json").exists(), "digests of EXR files are remembered")
    # A frame that is changed behind its record's back, where no earlier run has read it.
    victim = frame(source, 1103)
    victim.chmod(0o644)
    victim.write_bytes(frame(source, 1104).read_bytes())
    night.write_text(HEAD + f'  - {{shot: a_040, prompt: "a red star jumps", frames: 33, extend: {{clip: {take}}}}}\n')
    done = run(NIGHTREEL, "run", night, "-o", folder / "elsewhere", check=None)
    holds(done.returncode != 0 and "1103" in done.stdout + done.stderr, f"a changed frame is named: {done.stdout}{done.stderr}")
    # The farm that exports nights takes the clip's files along.
    run(NIGHTREEL, "export", folder / "again.yaml", "-o", folder / "job", check=None)


def test_what_cannot_be_done_is_refused_with_place_and_remedy(folder):
    clip = folder / "jumps.mp4"
    shutil.copy(EXAMPLE / "plates/jumps.mp4", clip)
    (folder / "cut.mp4").write_bytes(clip.read_bytes()[:20000])
    (folder / "empty.mp4").write_bytes(b"")
    (folder / "text.mov").write_text("not a movie\n" * 50)
    (folder / "night.yaml").write_text("")

    def refused(line, *wanted):
        (folder / "night.yaml").write_text(HEAD + f'  - {{shot: a_010, prompt: "a red star jumps", {line}}}\n')
        said = run(NIGHTREEL, "check", folder / "night.yaml", check=3).stderr
        for word in wanted:
            holds(word in said, f"{word} in {said}")

    refused("frames: 60, extend: {clip: gone.mp4}", "night.yaml:5:", "extend.clip", "gone.mp4: there is no such file")
    refused("frames: 60, extend: {clip: cut.mp4}", "extend.clip", "cut.mp4")
    refused("frames: 60, extend: {clip: empty.mp4}", "empty.mp4")
    refused("frames: 60, extend: {clip: text.mov}", "text.mov", "cannot be read as a movie")
    refused("frames: 60, extend: {clip: 'plates.%04d.exr'}", "plates.%04d.exr: there is no such file")
    refused("frames: 60, extend: {clip: .}", "without publish.json")
    refused("frames: 60, extend: {clip: {file: jumps.mp4, range: 30-60}}", "has frames 1-41, not 30-60")
    refused("frames: 41, extend: {clip: jumps.mp4}", "counts the clip and the new frames")
    refused("frames: 60, extend: {clip: jumps.mp4}, loop: true", "one operation at most")
    refused("blend: {a: jumps.mp4, b: jumps.mp4, curve: [[2s, 0], [1s, 1]]}", "blend.curve", "times must rise")
    refused("control: {grey: jumps.mp4}", "control: toybox cannot do this")
    if shutil.which("ffmpeg") is not None:
        run("ffmpeg", "-v", "error", "-i", clip, "-vf", "scale=192:128", folder / "large.mp4")
        run("ffmpeg", "-v", "error", "-r", "24", "-i", clip, "-r", "24", folder / "fast.mp4")
        refused("frames: 60, extend: {clip: large.mp4}", "192x128", "96x64", "resize: true")
        refused("frames: 60, extend: {clip: fast.mp4}", "24 frames a second", "any_rate: true")


main(test_each_operation_delivers_what_it_keeps_and_makes, test_a_published_take_is_a_clip_and_its_frames_stay,
     test_what_cannot_be_done_is_refused_with_place_and_remedy)
