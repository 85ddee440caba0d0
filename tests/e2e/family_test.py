"""Every member of the Wan family renders from a night: pictures that a take begins and ends with, references, experts,
latent frames that move one after the other."""
import json
import re
import struct
import zlib

from harness import *

CASES = ROOT / "tests/parity/pipelines"
# What the drafted cards say is for the models as published; these are tiny.
TINY = {r"\nsizes: .*": r"\nsizes: [32x64]", r"\nrate: .*": r"\nrate: 16", r"latent_frames_max: .*": "latent_frames_max: 3",
        r"latent_frames: .*": "latent_frames: 3", r"steps: \d+": "steps: 3"}

NIGHT = """\
nightreel: 1
show: family
characters:
  mira: {{ prompt: a star, references: [mira.png] }}
shots:
  - {{ shot: between, prompt: a lighthouse, model: wan21_flf2v, frames: 9,
      keys: [{{ at: 0s, image: {first} }}, {{ at: end, image: close.png }}] }}
  - {{ shot: onward, prompt: a lighthouse, model: wan22_5b_i2v, frames: 17, keys: [{{ at: 0s, image: {first} }}] }}
  - {{ shot: seen, prompt: "{{mira}} shines", model: vace_text_only, frames: 9 }}
  - {{ shot: few, prompt: a lighthouse, model: wan22_5b_i2v, frames: 9, recipe: fastwan2.2-ti2v, guidance: 1 }}
"""


def write_png(path, width, height, step):
    rows = b"".join(b"\0" + bytes((step * (row * width * 3 + i)) % 251 for i in range(width * 3)) for row in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def stage(folder):
    for name in ("wan21_flf2v", "wan22_5b_i2v", "vace_text_only"):
        run(NIGHTREEL, "models", "import", CASES / name, "--to", folder / "models" / name)
        card = folder / "models" / name / "model.yaml"
        text = card.read_text()
        for pattern, line in TINY.items():
            text = re.sub(pattern, line, text)
        card.write_text(text)
    write_png(folder / "open.png", 32, 64, 3)
    write_png(folder / "other.png", 64, 128, 5)  # a multiple of the shot's size
    write_png(folder / "close.png", 32, 64, 7)
    write_png(folder / "mira.png", 40, 90, 11)  # of any shape
    return {"NIGHTREEL_MODELS": str(folder / "models")}


def render(folder, env, first):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(first=first))
    output = folder / first.removesuffix(".png")
    run(NIGHTREEL, "run", night, "-o", output, env=env)
    return {name: digest for name, digest in pictures(output).items() if name.endswith(".exr")}


def test_every_member_renders_and_the_keys_are_seen(folder):
    env = stage(folder)
    opened = render(folder, env, "open.png")
    same(len(opened), 9 + 17 + 9 + 9, "frames")
    record = json.loads(next((folder / "open").rglob("few/**/publish.json")).read_text())
    same(record["recipe"]["name"], "fastwan2.2-ti2v", "the recipe in the record")
    same((record["sampling"]["solver"], record["sampling"]["steps"], record["sampling"]["timesteps"]),
         ("few-step", 3, [1000, 757, 522]), "its sampling")
    other = render(folder, env, "other.png")

    def of(shot, frames):
        return {name: digest for name, digest in frames.items() if shot in name}

    same(of("seen", other), of("seen", opened), "a shot without that picture")
    for shot in ("between", "onward"):
        first = [name for name in sorted(of(shot, opened)) if ".1001." in name]
        holds(len(first) == 1 and opened[first[0]] != other[first[0]], f"{shot} begins with another picture")


def test_what_a_model_needs_is_told_before_anything_is_rendered(folder):
    env = stage(folder)
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(first="open.png").replace(", { at: end, image: close.png }", ""))
    said = run(NIGHTREEL, "check", night, env=env, check=3)
    holds("wan21_flf2v needs a picture at end too" in said.stdout + said.stderr, said.stderr)
    night.write_text(NIGHT.format(first="none.png"))
    said = run(NIGHTREEL, "check", night, env=env, check=3)
    holds("none.png" in said.stdout + said.stderr, said.stderr)


FORCED = """\
nightreel: 1
show: family
defaults: {{ model: skyreels, segment: 29f, overlap: 8f, steps: 3 }}
shots: [{{ shot: lit, prompt: a lighthouse, frames: 41{forcing} }}]
"""


def test_a_diffusion_forcing_model_is_sampled_as_the_shot_asks(folder):
    run(NIGHTREEL, "models", "import", CASES / "skyreels_df_long_async", "--to", folder / "models/skyreels")
    card = folder / "models/skyreels/model.yaml"
    card.write_text(re.sub(r"\nsizes: .*", r"\nsizes: [32x16]", card.read_text()))
    env = {"NIGHTREEL_MODELS": str(folder / "models")}
    night = folder / "night.yaml"

    def rendered(name, forcing):
        night.write_text(FORCED.format(forcing=forcing))
        run(NIGHTREEL, "run", night, "-o", folder / name, env=env)
        record = json.loads(next((folder / name / "family").rglob("publish.json")).read_text())
        return record["sampling"]["forcing"], {n: d for n, d in pictures(folder / name).items() if n.endswith(".exr")}

    of_card, together = rendered("card", "")
    same(of_card, {"block": 1, "lag": 0, "history_noise": 20}, "what a drafted card says")
    asked, lagging = rendered("lag", ", forcing: { block: 2, lag: 1 }")
    same(asked, {"block": 2, "lag": 1, "history_noise": 20}, "what the shot asked for, and the rest of the card")
    same(sorted(lagging), sorted(together), "names of frames")
    holds(not set(lagging.values()) & set(together.values()), "other frames, all of them")
    same(rendered("again", ", forcing: { block: 2, lag: 1 }")[1], lagging, "the same once more")
    night.write_text(FORCED.format(forcing=", forcing: { block: 3, lag: 1 }, guidance_until: 0.5"))
    said = run(NIGHTREEL, "check", night, env=env, check=3)
    for wanted in ("a segment of 29f has 8 latent frames", "an overlap of 8f has 2 latent frames", "guidance_until: 1 or"):
        holds(wanted in said.stdout + said.stderr, said.stdout + said.stderr)


LONG = """\
nightreel: 1
show: family
characters:
  mira: {{ prompt: a star, references: [mira.png] }}
defaults: {{ takes: 1 }}
shots:
  - {{ shot: onward, prompt: a lighthouse, model: wan22_5b_i2v, frames: 40 }}
  - {{ shot: opened, prompt: a lighthouse, model: wan21_i2v, frames: 20, keys: [{{ at: 0s, image: open.png }}] }}
  - {{ shot: seen, prompt: "{{mira}} shines", model: vace_text_only, frames: 30, overlap: 9f }}
  - {{ shot: wide, prompt: a lighthouse, model: wan21_t2v, frames: 33{wide} }}
  - {{ shot: gaps, prompt: a lighthouse, model: wan21_flf2v, frames: 25,
      keys: [{{ at: 0s, image: open.png }}, {{ at: 16f, image: close.png }}, {{ at: end, image: open.png }}] }}
"""
# Segments of 17 frames.
WINDOWS = dict(TINY, **{r"latent_frames_max: .*": "latent_frames_max: 5", r"latent_frames: .*": "latent_frames: 5"})


def stage_long(folder):
    for case in (CASES / "wan22_5b_i2v", CASES / "vace_text_only", CASES / "wan21_t2v", CASES.parent / "long_takes/wan21_i2v",
                 CASES / "wan21_flf2v"):
        run(NIGHTREEL, "models", "import", case, "--to", folder / "models" / case.name)
        card = folder / "models" / case.name / "model.yaml"
        text = card.read_text()
        for pattern, line in WINDOWS.items():
            text = re.sub(pattern, line, text)
        card.write_text(text)
    write_png(folder / "open.png", 32, 64, 3)
    write_png(folder / "mira.png", 40, 90, 11)
    write_png(folder / "close.png", 32, 64, 7)
    (folder / "night.yaml").write_text(LONG.format(wide=""))
    return {"NIGHTREEL_MODELS": str(folder / "models")}


def test_every_family_makes_a_long_take_and_says_how(folder):
    env = stage_long(folder)
    night = folder / "night.yaml"
    plan = run(NIGHTREEL, "plan", night, env=env).stdout
    for wanted in ("chain: 3 x 5, overlap 1f", "chain: 2 x 5, overlap 1f", "chain: 3 x 5, overlap 9f", "windowed: 3 x 5, overlap 1", "anchors: 2 gaps"):
        holds(wanted in plan, f"{wanted} in {plan}")
    run(NIGHTREEL, "run", night, "-o", folder / "out", env=env)
    records = {r["take"]["shot"]: r for r in (json.loads(p.read_text()) for p in (folder / "out/family").rglob("publish.json"))}
    frames = [name for name in pictures(folder / "out") if name.endswith(".exr")]
    for shot, count in (("onward", 40), ("opened", 20), ("seen", 30), ("wide", 33), ("gaps", 25)):
        same(sum(shot in name for name in frames), count, f"frames of {shot}")
    # 17 + 16 + 16; 17 + 16; 17 + 8 and a last one that keeps 9 more; one stream.
    same({shot: record.get("frames_encoded_again") for shot, record in records.items()},
         {"onward": 2, "opened": 1, "seen": 9 + 9, "wide": None, "gaps": None}, "frames that were encoded again")
    same([s.get("shared_frames") for s in records["seen"]["segments"]], [None, 9, 9], "kept frames")
    same(len(records["wide"]["segments"]), 1, "a take in windows is one segment")
    kinds = [task["kind"] for task in records["onward"]["tasks"]]
    same(kinds.count("hand_over"), 2, "a record of each hand-over")
    told = run(NIGHTREEL, "explain", night, "seen", env=env).stdout
    for wanted in ("strategy: chain", "last 9 frames of segment 1; references: mira 1", "1018-1025", "18 decoded and encoded again"):
        holds(wanted in told, f"{wanted} in {told}")
    wide = json.loads(run(NIGHTREEL, "explain", night, "wide", "--json", env=env).stdout)
    same((wide["strategy"], len(wide["segments"])), ("windowed", 3), "windows")
    holds("no shot 'nobody'" in run(NIGHTREEL, "explain", night, "nobody", env=env, check=3).stderr, "an unknown shot")


def test_a_take_that_cannot_be_made_whole_is_refused_with_the_models_that_can(folder):
    env = stage_long(folder)
    night = folder / "night.yaml"
    night.write_text(LONG.format(wide=", strategy: chain"))
    said = run(NIGHTREEL, "check", night, env=env, check=3).stderr
    for wanted in ("wan21_t2v", "it cannot continue one", "use windowed", "cut: true", "vace_text_only: chain (from the last frames)"):
        holds(wanted in said, f"{wanted} in {said}")
    night.write_text(LONG.format(wide="").replace("overlap: 9f", "overlap: 8f"))
    holds("the nearest is 9f" in run(NIGHTREEL, "check", night, env=env, check=3).stderr, "an overlap that is not whole")


main(test_every_member_renders_and_the_keys_are_seen, test_every_family_makes_a_long_take_and_says_how,
     test_a_take_that_cannot_be_made_whole_is_refused_with_the_models_that_can,
     test_what_a_model_needs_is_told_before_anything_is_rendered,
     test_a_diffusion_forcing_model_is_sampled_as_the_shot_asks)
