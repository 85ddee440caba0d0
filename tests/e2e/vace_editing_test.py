"""Operations of models with control channels: a shot that follows a clip, a painted part, a larger picture. Kept pixels are
those of the clip, bit for bit."""
import array
import re

from harness import *

CASE = ROOT / "tests/parity/pipelines/vace_text_only"
# What the drafted card says is for the model as published; this one is tiny: segments of 17 frames.
TINY = {r"\nsizes: .*": r"\nsizes: [32x64, 64x96]", r"\nrate: .*": r"\nrate: 16", r"latent_frames_max: .*": "latent_frames_max: 5",
        r"latent_frames: .*": "latent_frames: 5", r"steps: \d+": "steps: 2"}
HEAD = """\
nightreel: 1
show: shown
defaults: {model: vace_text_only, size: 32x64, overlap: 5f}
shots:
"""
FRAMES = 26  # two segments: 17 frames, and 5 of them with 12 more


def stage(folder):
    if shutil.which("ffmpeg") is None:
        raise Skip("ffmpeg is missing, which writes masks and reads EXR files")
    run(NIGHTREEL, "models", "import", CASE, "--to", folder / "models/vace_text_only")
    card = folder / "models/vace_text_only/model.yaml"
    text = card.read_text()
    for pattern, line in TINY.items():
        text = re.sub(pattern, line, text)
    card.write_text(text)
    return {"NIGHTREEL_MODELS": str(folder / "models"), "XDG_CACHE_HOME": str(folder / "cache")}


def night(folder, name, *shots):
    path = folder / f"{name}.yaml"
    path.write_text(HEAD + "".join(f'  - {{shot: {shot}, prompt: "a lighthouse", {lines}}}\n' for shot, lines in shots))
    return path


def takes_in(output):
    found = (json.loads(p.read_text()) | {"at": p.parent} for p in output.rglob("publish.json") if ".nightreel" not in p.parts)
    return {r["take"]["shot"]: r for r in found}


def frames_of(record):
    """Of each frame the floats of G, B and R, plane after plane, as FFmpeg reads them."""
    first = record["take"]["frames"]["first"]
    files = record["at"] / record["frame_pattern"]
    raw = subprocess.run(["ffmpeg", "-v", "error", "-start_number", str(first), "-i", files, "-f", "rawvideo", "-pix_fmt", "gbrpf32le", "-"],
                         check=True, capture_output=True).stdout
    size = record["take"]["size"]
    values = array.array("f", raw)
    whole = 3 * size["width"] * size["height"]
    return [values[start:start + whole] for start in range(0, len(values), whole)]


def box(frame):
    """What the mask shows: it moves by a column every second frame."""
    left = 8 + frame // 2
    return range(left, left + 9), range(40, 52)


def write_mask(path, frames):
    """32x64, without loss."""
    picture = bytearray()
    for frame in range(frames):
        columns, rows = box(frame)
        picture += bytes(255 if x in columns and y in rows else 0 for y in range(64) for x in range(32))
    subprocess.run(["ffmpeg", "-v", "error", "-f", "rawvideo", "-pix_fmt", "gray", "-s", "32x64", "-r", "16", "-i", "-",
                    "-c:v", "ffv1", "-pix_fmt", "gray", path], input=bytes(picture), check=True)


def differing(one, other, pixels):
    """How many of the pixels, given as places in the two pictures, differ in a channel."""
    planes = len(one) // 3, len(other) // 3
    return sum(any(one[c * planes[0] + here] != other[c * planes[1] + there] for c in range(3)) for here, there in pixels)


def near_box(frame, x, y, grow):
    columns, rows = box(frame)
    return columns.start - grow <= x < columns.stop + grow and rows.start - grow <= y < rows.stop + grow


def test_kept_pixels_are_those_of_the_clip_and_the_others_are_made(folder):
    env = stage(folder)
    run(NIGHTREEL, "run", night(folder, "first", ("plate", f"frames: {FRAMES}, seed: 5")), "-o", folder / "out", env=env)
    plate = takes_in(folder / "out")["plate"]
    take = plate["at"].relative_to(folder)
    write_mask(folder / "mask.mkv", FRAMES)
    path = night(folder, "again", ("painted", f"paint: {{clip: {take}, mask: mask.mkv, grow: 3}}"),
                 ("larger", f"size: 64x96, reframe: {{clip: {take}, anchor: bottom, grow: 4}}"),
                 ("followed", f"control: {{grey: {take}}}, seed: 6"), ("coloured", f"control: {{pose: {take}}}, seed: 6"),
                 ("free", f"frames: {FRAMES}, seed: 6"))
    told = run(NIGHTREEL, "explain", path, "painted", env=env).stdout
    for wanted in ("chain", "paint: what mask.mkv marks, grown by 3 pixels, is made; all other pixels are those of"):
        holds(wanted in told, f"{wanted} in {told}")
    holds("stands at column 16, row 32" in run(NIGHTREEL, "explain", path, "larger", env=env).stdout, "where a clip stands")
    run(NIGHTREEL, "run", path, "-o", folder / "out", env=env, timeout=120)
    records = takes_in(folder / "out")
    same({name: len(r["segments"]) for name, r in records.items()}, dict.fromkeys(records, 2), "segments")
    same(records["painted"]["take"]["frames"], plate["take"]["frames"], "kept pixels keep their numbers")
    frames = {name: frames_of(r) for name, r in records.items()}
    same({name: len(f) for name, f in frames.items()}, dict.fromkeys(frames, FRAMES), "frames")
    outside = inside = changed = kept = around = 0
    for number in range(FRAMES):
        own, painted, larger = (frames[name][number] for name in ("plate", "painted", "larger"))
        places = [(x, y) for y in range(64) for x in range(32)]
        at = lambda chosen: [(y * 32 + x, y * 32 + x) for x, y in chosen]
        outside += differing(own, painted, at([p for p in places if not near_box(number, *p, 3)]))
        within = [p for p in places if near_box(number, *p, 0)]
        inside += len(within)
        changed += differing(own, painted, at(within))
        # Only its sides and its top fade: the bottom is the border of the picture.
        core = [(x, y) for x, y in places if 4 <= x < 28 and y >= 4]
        kept += differing(own, larger, [(y * 32 + x, (y + 32) * 64 + x + 16) for x, y in core])
        around += len(set(larger[:64 * 32])) > 1
    free = differing(frames["plate"][0], frames["followed"][0], [(n, n) for n in range(64 * 32)])
    holds(free > 1000, f"a shot that keeps nothing has {free} other pixels")
    same((outside, kept), (0, 0), "pixels of the clip that differ outside of what is made")
    holds(changed > 0.9 * inside, f"{changed} of {inside} painted pixels are new")
    same(around, FRAMES, "pictures with something above the clip")
    for number in (0, FRAMES - 1):
        same(len({bytes(frames[name][number]) for name in ("followed", "coloured", "free")}), 3, "what a shot is shown changes it")


def test_what_cannot_be_done_is_refused_with_the_models_that_can(folder):
    env = stage(folder)
    run(NIGHTREEL, "models", "import", CASE.parent / "wan21_t2v", "--to", folder / "models/wan21_t2v")
    write_mask(folder / "clip.mkv", 20)
    write_mask(folder / "short.mkv", 19)

    def refused(lines, *wanted):
        said = run(NIGHTREEL, "check", night(folder, "night", ("a_010", lines)), env=env, check=3).stderr
        for word in wanted:
            holds(word in said, f"{word} in {said}")

    refused("model: wan21_t2v, control: {depth: clip.mkv}", "night.yaml:5:", "control: wan21_t2v cannot do this", "vace_text_only can")
    refused("paint: {clip: clip.mkv, mask: short.mkv}", "paint.mask", "has 19 frames, but the clip has 20")
    refused("reframe: {clip: clip.mkv}", "reframe.clip", "larger size")
    refused("control: {depth: gone.mkv}", "control.depth", "gone.mkv: there is no such file")


main(test_kept_pixels_are_those_of_the_clip_and_the_others_are_made,
     test_what_cannot_be_done_is_refused_with_the_models_that_can)
