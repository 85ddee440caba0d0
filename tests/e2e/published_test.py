"""What is published stays whole: damage is found, named and mended, also on disks that can neither exchange nor link."""
from harness import *

SHIM = BIN.parent / "tests/libnightreel_narrow_disk.so"
NETWORK_DISK = {"LD_PRELOAD": str(SHIM), "NIGHTREEL_TEST_DISK": "exchange=22 link=1 clone=95"}

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 1, handles: 0, takes: 2}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 5
"""
VERSION = "test/sq010/sq010_sh0010/v001"


def night_in(folder):
    night = folder / "night.yaml"
    night.write_text(NIGHT)
    return night


def frames_of(output):
    """Digests of the frames of the takes, those kept aside left out."""
    return {str(path.relative_to(output)): digest(path) for path in sorted((output / VERSION).glob("take*/exr/*.exr"))}


def damage(output):
    """Flips a byte of one frame and deletes another of take 1; deletes all of take 2."""
    frames = sorted((output / VERSION / "take01/exr").iterdir())
    changed = bytearray(frames[0].read_bytes())
    changed[len(changed) // 2] ^= 1
    frames[0].write_bytes(changed)
    frames[1].unlink()
    shutil.rmtree(output / VERSION / "take02")
    return frames[0].name, frames[1].name


def verified(path, check):
    return json.loads(run(NIGHTREEL, "verify", path, "--json", check=check).stdout)


def left_over(output):
    """Hidden folders beside the takes, and staging folders."""
    return [str(path) for path in [*(output / VERSION).glob(".*"), *(output / ".nightreel/artifacts").glob(".staging/*/*"),
                                   *(output / ".nightreel/artifacts").glob(".replaced/*")]]


def test_run_mends_what_verify_finds(folder):
    output = folder / "out"
    run(NIGHTREEL, "run", night_in(folder), "-o", output)
    whole = frames_of(output)
    listing = verified(output, 0)
    same((listing["format"], listing["whole"], len(listing["takes"])), (1, True, 2), "a whole night")
    changed, missing = damage(output)
    (output / VERSION / "take01/notes.txt").write_text("nice")
    one, two = verified(output, 1)["takes"]
    same((one["changed"], one["missing"], one["new"]), ([f"exr/{changed}"], [f"exr/{missing}"], ["notes.txt"]), "take 1")
    same(two["missing"], ["SHA256SUMS", "publish.json"], "take 2 is gone")
    said = run(NIGHTREEL, "run", night_in(folder), "-o", output).stderr
    holds("1 file missing, 1 changed" in said and "deleted" in said, said)
    same(frames_of(output), whole, "frames after mending")
    holds(verified(output, 0)["whole"], "whole again")
    same(sorted(path.name for path in (output / VERSION).iterdir()), ["damaged.take01.1", "take01", "take02"], "takes")
    holds((output / VERSION / "damaged.take01.1/notes.txt").exists(), "the damaged take is kept")
    same(left_over(output), [], "left over")


def test_verify_tells_faults_apart_by_its_exit_code(folder):
    output = folder / "out"
    run(NIGHTREEL, "run", night_in(folder), "-o", output)
    run(NIGHTREEL, "verify", output / VERSION / "take01", check=0)
    run(NIGHTREEL, "verify", folder / "nothing", check=2)
    (folder / "empty").mkdir()
    run(NIGHTREEL, "verify", folder / "empty", check=2)
    run(NIGHTREEL, "verify", check=2)
    (output / VERSION / "take01/publish.json").write_text("{")
    said = run(NIGHTREEL, "verify", output, check=3).stdout
    holds("unreadable" in said and "publish.json" in said, said)
    run(NIGHTREEL, "verify", output / VERSION / "take02", check=0)
    run(NIGHTREEL, "run", night_in(folder), "-o", output)
    run(NIGHTREEL, "verify", output, check=0)


def test_a_network_disk_gives_the_same_bytes_and_mends_as_well(folder):
    plain, network = folder / "plain", folder / "network"
    run(NIGHTREEL, "run", night_in(folder), "-o", plain)
    run(NIGHTREEL, "run", night_in(folder), "-o", network, "--link", "hard", env=NETWORK_DISK)
    same(frames_of(network), frames_of(plain), "frames")
    damage(network)
    run(NIGHTREEL, "run", night_in(folder), "-o", network, "--link", "hard", env=NETWORK_DISK)
    same(frames_of(network), frames_of(plain), "frames after mending")
    run(NIGHTREEL, "retry", "1", "-o", network, "--everything", env=NETWORK_DISK)
    run(NIGHTREEL, "run", night_in(folder), "-o", network, env=NETWORK_DISK)
    same(frames_of(network), frames_of(plain), "frames made again in the place of others")
    same(left_over(network), [], "left over")


def test_published_movies_share_nothing_that_can_be_written(folder):
    for link, mode, links in (("auto", 0o200, 1), ("hard", 0, 3)):
        output = folder / link
        run(NIGHTREEL, "run", night_in(folder), "-o", output, "--link", link)
        facts = next((output / VERSION / "take01/mov").iterdir()).stat()
        same((facts.st_mode & 0o200, facts.st_nlink), (mode, links), f"mode and links of --link {link}")


def test_a_farm_publishes_damaged_takes_again_when_it_is_asked_in_any_way(folder):
    config, output, night = folder / "farm.yaml", folder / "out", night_in(folder)
    run(NIGHTREEL, "keys", "farm", folder, "--port", free_port())
    daemons = [start(NIGHTREEL, verb, "--config", config, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
               for verb in ("serve", "worker")]
    try:
        ask = lambda *words: run(NIGHTREEL, *words, "--config", config)
        job = ask("submit", night, "-o", output).stdout.strip()
        ask("wait", job)
        whole = frames_of(output)
        for words in (["submit", night, "-o", output], ["retry", job]):
            damage(output)
            said = ask(*words)
            holds("published again" in said.stderr, said.stderr)
            ask("wait", job)
            same(frames_of(output), whole, f"frames after {words[0]}")
        shutil.rmtree(output / "test")
        same(ask("submit", night, "-o", output).stdout.strip(), job, "the same night is the same job")
        ask("wait", job)
        same(frames_of(output), whole, "frames after all was deleted")
        holds("0 tasks" in ask("retry", job).stderr, "a whole night is left alone")
    finally:
        for daemon in daemons:
            kill_group(daemon)


def test_the_store_keeps_what_takes_came_from(folder):
    output = folder / "out"
    run(NIGHTREEL, "run", night_in(folder), "-o", output)
    whole = frames_of(output)
    ask = lambda *words: json.loads(run(NIGHTREEL, "store", *words, "-o", output, "--json").stdout)
    usage = ask("usage")
    same(usage["format"], 1, "format number")
    kinds = {row["kind"]: row for row in usage["kinds"]}
    same([row["folder"] for row in usage["takes"]], [f"{VERSION}/take01", f"{VERSION}/take02"], "takes")
    same(kinds["decode"]["bytes"], kinds["decode"]["bytes_of_takes"], "frames belong to takes")
    same({row["kind"] for row in ask("prune", "--older-than", "0s", "--dry-run")["kinds"]} - {"encode", "dailies"}, set(), "kept")
    same(ask("prune", "--frames")["results"], 0, "nothing is a week old")
    shutil.rmtree(output / VERSION / "take02")
    ask("prune", "--older-than", "0s", "--frames", "--dry-run")
    same(ask("usage"), {**usage, "takes": usage["takes"][:1], **{key: ask("usage")[key] for key in ("kinds", "bytes_of_no_take")}},
         "a dry run removes nothing")
    pruned = {row["kind"]: row["results"] for row in ask("prune", "--older-than", "0s", "--frames")["kinds"]}
    same((pruned["decode"], pruned["sample"]), (2, 1), "frames of both takes and the latents of the deleted one")
    kinds = {row["kind"]: row["results"] for row in ask("usage")["kinds"]}
    same((kinds.get("decode"), kinds["sample"]), (None, 1), "latents of the kept take stay")
    run(NIGHTREEL, "run", night_in(folder), "-o", output)
    same(frames_of(output), whole, "frames made again")


main(test_run_mends_what_verify_finds, test_verify_tells_faults_apart_by_its_exit_code,
     test_a_network_disk_gives_the_same_bytes_and_mends_as_well, test_published_movies_share_nothing_that_can_be_written,
     test_a_farm_publishes_damaged_takes_again_when_it_is_asked_in_any_way, test_the_store_keeps_what_takes_came_from)
