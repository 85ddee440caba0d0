"""The independent checkers of tests/peers as functions: what they say, and that they exit as expected."""
from harness import *

CHECKERS = ROOT / "tests/peers"


def judge_frames(frames, first, last, check=0):
    return run(PEER_PYTHON, CHECKERS / "exr_check.py", frames, "--first", first, "--last", last, "--fps", 12,
               "--size", "96x64", check=check).stdout


def judge_movie(movie, frames, check=0, fps=12):
    return run(sys.executable, CHECKERS / "video_check.py", movie, "--frames", frames, "--fps", fps, check=check).stdout


def play(*movies, check=0):
    return run("node", CHECKERS / "play_check.cjs", 12, *movies, check=check,
               env={"NODE_PATH": str(PEERS / "node_modules")}).stdout


def judge_night(output, plan):
    """Every take of a planned night: its frames, its movie, and the movies in a browser. Returns the movies."""
    movies = []
    for shot in plan["shots"]:
        first, last = shot["frames"]["first"], shot["frames"]["last"]
        takes = sorted((output / plan["show"]).glob(f"*/{shot['shot']}/v001/take*"))
        holds(takes, f"takes of {shot['shot']}")
        for take in takes:
            judge_frames(take / "exr", first, last)
            movies += sorted((take / "mov").glob("*.mp4"))
            judge_movie(movies[-1], last - first + 1 + 1)  # and the slate
    same(play(*movies).count("plays "), len(movies), "movies that play in a browser")
    return movies
