"""Every example is checked, planned, and rendered; what its README promises is there afterwards."""
from harness import *


def render(example):
    def test(folder):
        night = ROOT / "examples" / example / "night.yaml"
        run(NIGHTREEL, "check", night)
        plan = json.loads(run(NIGHTREEL, "plan", night, "--json").stdout)
        run(NIGHTREEL, "run", night, "-o", folder / "out", "--workers", "2", timeout=540)
        takes = [p.parent for p in (folder / "out").rglob("publish.json") if ".nightreel" not in p.parts]
        same(len(takes), plan["totals"]["takes"], "takes")
        same(len(list((folder / "out").glob("*/*/*/v001/take*/exr/*.exr"))), plan["totals"]["frames"], "frames")
    test.__name__ = example
    return test


EXAMPLES = ["01_first_shot", "02_long_take", "03_takes_and_seeds"]
main(*map(render, EXAMPLES))
