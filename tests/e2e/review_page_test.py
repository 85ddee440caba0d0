"""The review page in a real browser: from the disk and over HTTP, every key of its own table, and what it exports."""
import re

from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2, handles: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star <b>spins</b></script>, in a green meadow", frames: 29, takes: 2}
  - {shot: sq010_sh0020, prompt: "a blue box jumps", frames: 5}
"""
CHECK = ROOT / "tests/peers/review_check.cjs"


def use(address, downloads, *more):
    downloads.mkdir()
    return run("node", CHECK, address, "sq010_sh0010", downloads, *more, env={"NODE_PATH": str(PEERS / "node_modules")}, timeout=170).stdout


def frames_of(movie, count):
    """Grey pictures of a take's frames, behind the slate."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", movie, "-vf", "scale=128:72:flags=area,format=gray", "-f", "rawvideo", "-"],
                         check=True, capture_output=True).stdout
    size = 128 * 72
    frames = [list(raw[at:at + size]) for at in range(size, len(raw), size)]
    same(len(frames), count, "frames of the movie")
    return frames


def test_a_reviewer_uses_every_key_from_the_disk_and_over_http(folder):
    needs_peers("ffprobe", "node", "chromium")
    (folder / "night.yaml").write_text(NIGHT)
    output = folder / "out"
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", output, "--workers", "2")
    dailies = (output / "test/dailies/latest").resolve()
    holds("</script>" not in (dailies / "review/data.js").read_text(), "no prompt ends a script")
    use((dailies / "index.html").as_uri(), folder / "disk")
    # What the page exports is read, once.
    for _ in range(2):
        run(NIGHTREEL, "notes", "import", "-o", output, folder / "disk/notes.json", folder / "disk/notes.csv")
    records = json.loads(run(NIGHTREEL, "notes", "export", output).stdout)["notes"]
    same([r.get("verdict") for r in records], ["approved", "rejected", "open", "flagged", None], "records of the page")
    same(records[-1]["text"], "=softer <i>light</i>", "the note's text came back from JSON and CSV")
    # The night of the retake is one that can be planned.
    shutil.copy(folder / "disk/retake.yaml", dailies / "retake.yaml")
    said = run(NIGHTREEL, "explain", dailies / "retake.yaml", "sq010_sh0010").stdout
    holds("strategy: retake" in said, said)

    served = start(NIGHTREEL, "review", output, "--port", "0", "--no-browser", stdout=subprocess.PIPE)
    try:
        address = served.stdout.readline().strip()
        port, token = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=(\w+)", address).groups()
        movie = next(dailies.glob("*sh0010*t01*.mp4"))
        (folder / "frames.json").write_text(json.dumps(frames_of(movie, 33)))
        page = f"http://127.0.0.1:{port}/{dailies.relative_to(output).as_posix()}/index.html?token={token}"
        use(page, folder / "served", folder / "frames.json")
    finally:
        served.terminate()
        served.wait(timeout=20)
    records = json.loads(run(NIGHTREEL, "notes", "export", output).stdout)["notes"]
    same(len(records), 10, "the server wrote what was said")


main(test_a_reviewer_uses_every_key_from_the_disk_and_over_http)
