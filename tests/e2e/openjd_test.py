"""A night exported for Open Job Description and run by its own command line: the bytes of our own scheduler, wherever job
directory, output and models lie. Needs `make peers`."""
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: STEPS}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17, takes: 2}
"""
OPENJD = PEERS / "venv/bin/openjd"
ENCODE, TAKE = "sq010_sh0010.encode", "sq010_sh0010.take01"


def exported(folder, *options, steps=2, models=ROOT / "models"):
    (folder / "night.yaml").write_text(NIGHT.replace("STEPS", str(steps)))
    (folder / "site.yaml").write_text("nightreel_farm: 1\nmanagers: {device: cpu}\n")
    run(NIGHTREEL, "export", "openjd", folder / "night.yaml", "-o", folder / "job", "--output", folder / "out", "--site",
        folder / "site.yaml", "--grain", "take", *options, env={"NIGHTREEL_MODELS": str(models)})
    return folder / "job"


def record_of(job, unit):
    return json.loads(sorted((job / "attempts" / unit).glob("*.json"))[-1].read_text())


def daemons():
    return [path.parent for path in Path("/proc").glob("[0-9]*/cmdline")
            if b"\0daemon\0start\0" in path.read_bytes() and b"/OpenJD/" in path.read_bytes()]


def test_a_night_has_the_same_bytes_and_opens_the_model_once_a_step(folder):
    needs_peers()
    job = exported(folder)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "own")
    expected = pictures(folder / "own")
    run(OPENJD, "check", job / "template.json")
    # A value that a shell would run is only a folder.
    hostile = folder / "it's; touch $(hurt)"
    said = run(OPENJD, "run", job / "template.json", "-p", f"OutDir={hostile}", "-p", "Submission=0b6f5e0e", cwd=folder).stdout
    same_pictures(pictures(hostile), expected)
    same([path.name for path in folder.rglob("hurt*")], [], "what a value did")
    holds("openjd_progress: 100" in said, f"progress is told\n{said[-2000:]}")
    same(said.count(" s  opening /"), 2, "models opened, by encode and by all takes")
    same([record_of(job, unit)["submission"] for unit in (ENCODE, TAKE)], ["0b6f5e0e"] * 2, "submission in the records")
    same(daemons(), [], "daemons after the session")

    # A unit that cannot run fails the manager's job, with its reason.
    shutil.rmtree(job / "artifacts")
    said = run(OPENJD, "run", job / "template.json", "-p", f"OutDir={folder / 'out'}", "--step", "take", check=1).stdout
    holds(f"openjd_fail: {TAKE}.sample01 requires the result of {ENCODE}" in said, said[-2000:])
    same(daemons(), [], "daemons after a failure")


def test_job_output_store_and_models_are_found_by_path_mapping(folder):
    needs_peers()
    shutil.copytree(ROOT / "models/toybox", folder / "models/toybox")
    (folder / "store").mkdir()
    job = exported(folder, "--store", folder / "store", models=folder / "models")
    moved = folder / "moved"
    moved.mkdir()
    for name in ("job", "models", "store"):
        (folder / name).rename(moved / name)
    rules = {"version": "pathmapping-1.0", "path_mapping_rules": [
        {"source_path_format": "POSIX", "source_path": str(folder), "destination_path": str(moved)}]}
    (folder / "rules.json").write_text(json.dumps(rules))
    run(OPENJD, "run", moved / "job/template.json", "-p", f"JobDir={job}", "-p", f"OutDir={folder / 'out'}",
        "--path-mapping-rules", f"file://{folder / 'rules.json'}")
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "own")
    same_pictures(pictures(moved / "out"), pictures(folder / "own"))
    same([name for name in ("out", "job", "store") if (folder / name).exists()], [], "what is written at the old paths")


def test_a_session_that_is_cancelled_stops_its_task_and_its_daemon(folder):
    needs_peers()
    job = exported(folder, steps=300)
    session = start(OPENJD, "run", job / "template.json", "-p", f"OutDir={folder / 'out'}", stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT)
    said = []
    for line in session.stdout:
        said.append(line)
        if "openjd_status: step" in line:
            break
    session.send_signal(signal.SIGINT)
    said.append(session.communicate(timeout=60)[0])
    holds(session.returncode != 0, "a cancelled session has failed")
    same([record_of(job, TAKE).get(key) for key in ("exit_code", "kind")], [7, "cancelled"], f"record\n{''.join(said)[-3000:]}")
    same(daemons(), [], "daemons after the session")


main(test_a_night_has_the_same_bytes_and_opens_the_model_once_a_step, test_job_output_store_and_models_are_found_by_path_mapping,
     test_a_session_that_is_cancelled_stops_its_task_and_its_daemon)
