"""Every example is checked and planned as it is, and rendered; what its README promises is there afterwards.

Rendered are shortened copies. With --whole, the examples as they are: minutes; then the detector looks for the first
one's character, and independent checkers at all that was delivered."""
from harness import *
from judges import judge_night
from shortened import SECONDS, shortened

DETECT = BIN / "nightreel-detect"
WHOLE = "--whole" in sys.argv


def keeps_its_character(output, plan):
    """In one of the takes the detector finds mira in at least four segments on end, and status tells the seams."""
    shot = next(s for s in plan["shots"] if s["shot"] == "sq010_sh0010")
    begins = [shot["frames"]["first"] + segment["frame_first"] for segment in shot["segments"]["segments"]]
    ends = [begin - 1 for begin in begins[1:]] + [shot["frames"]["last"]]
    spans = ",".join(f"{begin}-{end}" for begin, end in zip(begins, ends))
    longest = 0
    for take in sorted((output / "aurora/sq010/sq010_sh0010/v001").iterdir()):
        said = run(DETECT, take / "exr", "--segments", spans, "--character", "small red striped star", check=None)
        streak = 0
        for segment in json.loads(said.stdout)["segments"]:
            streak = streak + 1 if segment["same_character"] else 0
            longest = max(longest, streak)
    holds(longest >= 4, f"the same character in {longest} segments on end")
    status = json.loads(run(NIGHTREEL, "status", "-o", output, "--json").stdout)
    measured = [take["seam_ratio_median"] for take in status["takes"] if take["measured"]]
    same(len(measured), plan["totals"]["takes"], "takes with their seams measured")
    print(f"the same character in {longest} segments on end; seam ratios {measured}")


def render(example):
    def test(folder):
        night = ROOT / "examples" / example / "night.yaml"
        run(NIGHTREEL, "check", night)
        run(NIGHTREEL, "plan", night)
        if not WHOLE:
            night = shortened(folder, example)
        plan = json.loads(run(NIGHTREEL, "plan", night, "--json").stdout)
        run(NIGHTREEL, "run", night, "-o", folder / "out", "--workers", "2", timeout=540)
        takes = [p.parent for p in (folder / "out").rglob("publish.json") if ".nightreel" not in p.parts]
        same(len(takes), plan["totals"]["takes"], "takes")
        same(len(list((folder / "out").glob("*/*/*/v001/take*/exr/*.exr"))), plan["totals"]["frames"], "frames")
        if WHOLE and example == "01_first_shot":
            keeps_its_character(folder / "out", plan)
        if WHOLE:
            needs_peers("ffprobe", "node", "chromium")
            judge_night(folder / "out", plan)
    test.__name__ = example
    return test


main(*map(render, SECONDS))
