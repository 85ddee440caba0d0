"""Characters of a show: a register that nights include, the list of a night's characters, and the report over published takes."""
import re

from harness import *

REGISTER = """\
nightreel: 1
characters:
  mira: { prompt: a small striped red star, references: [mira.png] }
  otto: { prompt: a large blue box, negative: stripes }
"""
NIGHT = """\
nightreel: 1
show: aurora
include: [cast/cast.yaml]
defaults: { model: toybox, size: 96x64, fps: 12, quality: draft, steps: 3 }
shots:
  - { shot: sq010_sh0010, prompt: "{mira} jumps, {otto} in front, in a meadow", frames: 17 }
  - { shot: sq010_sh0020, prompt: "{mira} spins in a meadow", frames: 17, takes: 2 }
"""


def stage(folder):
    (folder / "cast").mkdir()
    shutil.copy(ROOT / "examples/04_operations/refs/mira.png", folder / "cast/mira.png")
    (folder / "cast/cast.yaml").write_text(REGISTER)
    (folder / "night.yaml").write_text(NIGHT)
    return folder / "night.yaml"


def test_a_register_serves_a_night_and_the_report_shows_each_take(folder):
    night = stage(folder)
    run(NIGHTREEL, "check", night, "--strict")
    listed = json.loads(run(NIGHTREEL, "characters", "list", night, "--json").stdout)["characters"]
    same([(c["name"], Path(c["file"]).name, c["shots"]) for c in listed],
         [("mira", "cast.yaml", ["sq010_sh0010", "sq010_sh0020"]), ("otto", "cast.yaml", ["sq010_sh0010"])], "characters of the night")
    output = folder / "out"
    run(NIGHTREEL, "run", night, "-o", output, "--workers", "2")
    record = json.loads(next(output.rglob("sq010_sh0010/**/publish.json")).read_text())
    same(record["take"]["negative_prompt"], "stripes", "negative words of a character")
    said = run(NIGHTREEL, "characters", "report", output).stdout
    holds(said.startswith("mira: 3 takes"), said)
    report = json.loads((output / "characters/mira.json").read_text())
    same(sorted((t["shot"], t["take"]) for t in report["takes"]), [("sq010_sh0010", 1), ("sq010_sh0020", 1), ("sq010_sh0020", 2)], "takes")
    for take in report["takes"]:
        holds((output / take["folder"] / take["thumbnail"]).exists(), f"the thumbnail of {take['shot']}")
    page = (output / "characters/mira.html").read_text()
    for source in re.findall(r'src="([^"]*)"', page):
        holds((output / "characters" / source).exists(), f"the page's picture {source}")
    same(run(NIGHTREEL, "characters", "report", output, "otto", check=None).returncode, 3, "a character without pictures")


def test_a_register_by_itself_is_checked_and_listed_but_not_rendered(folder):
    stage(folder)
    cast = folder / "cast/cast.yaml"
    holds("for other nights, no problems" in run(NIGHTREEL, "check", cast).stdout, "check of a register")
    listed = json.loads(run(NIGHTREEL, "characters", "list", cast, "--json").stdout)["characters"]
    holds([one["name"] for one in listed] == ["mira", "otto"], f"its characters: {listed}")
    holds("include: [cast.yaml]" in run(NIGHTREEL, "plan", cast, check=3).stderr, "what renders asks for a night")


def test_a_change_of_the_register_is_told_and_too_many_pictures_are_refused(folder):
    night = stage(folder)
    night.write_text(NIGHT.replace("shots:", "characters: { otto: { prompt: a small blue box, references: [cast/mira.png] } }\nshots:"))
    said = run(NIGHTREEL, "check", night, check=3).stderr
    for wanted in ("characters.otto: differs from that of", "cast.yaml line 4", "2 reference pictures (mira 1, otto 1)", "describe {otto} in words instead"):
        holds(wanted in said, f"{wanted} in {said}")


main(test_a_register_by_itself_is_checked_and_listed_but_not_rendered, test_a_register_serves_a_night_and_the_report_shows_each_take,
     test_a_change_of_the_register_is_told_and_too_many_pictures_are_refused)
