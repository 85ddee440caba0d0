"""Approximate sampling: asked for in a night, priced by the plan, told in the record, refused where a model knows none."""
import re

from harness import *

NIGHT = """\
nightreel: 1
show: near
seed: 7
defaults: {{ model: {model}, size: 96x64, fps: 12, quality: draft, steps: 10, handles: 0{settings} }}
shots:
  - {{ shot: jump, prompt: "a small blue circle jumps, at night", frames: 17 }}
"""


def night_of(folder, settings, model="toybox"):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(settings=settings, model=model))
    return night


def rendered(folder, settings):
    """Digests of the frames, the record of the take, and the facts of its sample task."""
    out = folder / ("out" + "".join(c for c in settings if c.isalnum()))
    run(NIGHTREEL, "run", night_of(folder, settings), "-o", out)
    frames = {path: digest for path, digest in pictures(out).items() if path.endswith(".exr")}
    same(len(frames), 17, "frames")
    told = run(NIGHTREEL, "status", "1.jump.take01.sample01", "-o", out, "--json").stdout
    record = json.loads(next(out.rglob("publish.json")).read_text())
    return frames, record, json.loads(told)["tasks"][0]["facts"]["facts"]


def test_frames_and_records_say_what_was_left_out(folder):
    exact, record, facts = rendered(folder, "")
    same((record["sampling"]["step_cache"], record["sampling"]["guidance_until"]), (0, 1), "settings of an exact take")
    same((facts["steps_skipped"], facts["guidance_reused"]), (0, 0), "what an exact take left out")
    off, _, _ = rendered(folder, ", step_cache: 0, guidance_until: 1")
    same(off, exact, "frames with both switched off")
    near, record, facts = rendered(folder, ", step_cache: 0.5, guidance_until: 0.7")
    same((record["sampling"]["step_cache"], record["sampling"]["guidance_until"]), (0.5, 0.7), "settings of the take")
    holds(facts["steps_skipped"] > 0, f"steps were skipped: {facts}")
    same(facts["guidance_reused"], 3, "steps that kept the difference of guidance")
    holds(all(near[path] != exact[path] for path in exact), "frames are near, not equal")


def test_a_plan_says_what_was_measured(folder):
    holds("jump: " not in run(NIGHTREEL, "plan", night_of(folder, "")).stdout, "an exact night has nothing to tell")
    told = run(NIGHTREEL, "plan", night_of(folder, ", step_cache: 0.2")).stdout
    holds("jump: step_cache 0.2: latent error " in told and ", measured at step_cache 0.2 and 20 steps" in told, told)


def test_a_model_without_coefficients_is_refused(folder):
    # The bundled model without what was measured of it.
    model = folder / "models/bare"
    model.mkdir(parents=True)
    for part in (ROOT / "models/toybox").iterdir():
        if part.name != "model.yaml":
            (model / part.name).symlink_to(part)
    card = (ROOT / "models/toybox/model.yaml").read_text().replace("name: toybox", "name: bare")
    for key in ("step_cache", "measured"):
        card = re.sub(rf"^{key}:.*\n(?:[ -].*\n)*", "", card, flags=re.M)
    (model / "model.yaml").write_text(card)
    models = {"NIGHTREEL_MODELS": str(folder / "models")}
    done = run(NIGHTREEL, "check", night_of(folder, ", step_cache: 0.1", "bare"), check=None, env=models)
    holds(done.returncode != 0, "the night is refused")
    said = done.stdout + done.stderr
    for wanted in ("night.yaml:4:", "defaults.step_cache", "nightreel-bench approximations --model", str(model)):
        holds(wanted in said, f"{wanted} in\n{said}")
    run(NIGHTREEL, "check", night_of(folder, ", guidance_until: 0.5", "bare"), env=models)


main(test_frames_and_records_say_what_was_left_out, test_a_plan_says_what_was_measured,
     test_a_model_without_coefficients_is_refused)
