"""A night exported for farm managers of others (all but the shell need `make peers`). The same bytes as from our
scheduler."""
from exported_nights import *
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17, takes: 3}
"""
SITE = "nightreel_farm: 1\nmanagers: {device: cpu}\n"
MODELS = ROOT / "models"


def a_night_to_hand_over(folder, manager, *options):
    """The pictures that our own farm makes, and a job directory with the same tasks and no result yet."""
    (folder / "night.yaml").write_text(NIGHT)
    (folder / "site.yaml").write_text(SITE)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out")
    expected = pictures(folder / "out")
    shutil.rmtree(folder / "out/test")
    job = folder / "job"
    run(NIGHTREEL, "export", manager, folder / "night.yaml", "-o", job, "--output", folder / "out", "--site",
        folder / "site.yaml", *options)
    return expected, job


def test_an_export_is_whole_or_refused(folder):
    (folder / "night.yaml").write_text(NIGHT)
    export = [NIGHTREEL, "export", "shell", folder / "night.yaml", "-o", folder / "job", "--output", folder / "out"]
    run(*export)
    said = run(*export).stderr
    holds("nothing was written" in said, said)
    (folder / "night.yaml").write_text(NIGHT.replace("spins", "jumps"))
    said = run(*export, check=2).stderr
    holds("holds another job" in said, said)


def test_a_night_that_slurm_refuses_halfway_is_cancelled(folder):
    (folder / "night.yaml").write_text(NIGHT)
    run(NIGHTREEL, "export", "slurm", folder / "night.yaml", "-o", folder / "job", "--output", folder / "out")
    programs = folder / "bin"
    programs.mkdir()
    (programs / "sbatch").write_text('#!/bin/sh\nmkdir "$0.once" 2>/dev/null || { echo no >&2; exit 1; }\necho 41\n')
    (programs / "squeue").write_text('#!/bin/sh\necho "41 nightreel $(cat slurm/submitted) encode"; echo "42 of another"\n')
    (programs / "scancel").write_text(f'#!/bin/sh\necho "$1" >>{folder}/cancelled\n')
    for program in programs.iterdir():
        program.chmod(0o755)
    path = {"PATH": f"{programs}:{os.environ['PATH']}"}
    holds("was not submitted" in run(folder / "job/submit.sh", env=path, check=1).stderr, "it is said")
    same((folder / "cancelled").read_text(), "41\n", "what was cancelled")
    holds(not (folder / "job/slurm/submitted").exists(), "the night can be submitted again")


def test_every_manager_publishes_the_same_sums(folder):
    """The scheduler of `run`, a real Slurm, shell scripts and the runner of Open Job Description."""
    night = night_of(("sh1", 17, 2))

    def sums(output):
        return {str(path.relative_to(output)): path.read_text() for path in (output / "test/shots").rglob("SHA256SUMS")}

    of_own_scheduler(folder, night)
    expected = sums(folder / "own")
    same(len(expected), 2, "takes")
    for manager in ("slurm", "shell", "openjd"):
        job = export(folder, manager, night, "--grain", "take", name=manager)
        shutil.rmtree(folder / "out", ignore_errors=True)
        if manager == "slurm":
            with slurm_farm(folder) as slurm:
                run(job / "submit.sh", env=slurm)
                wait_for_slurm(slurm)
                same(set(members(slurm).values()), {"COMPLETED"}, f"states\n{logs_of(job)}")
        elif manager == "shell":
            run(job / "run.sh", "2")
        else:
            needs_peers()
            run(PEERS / "venv/bin/openjd", "run", job / "template.json", "-p", f"OutDir={folder / 'out'}", cwd=folder)
        same(sums(folder / "out"), expected, f"SHA256SUMS of {manager}")


def attempts_of(job, unit):
    return [json.loads(path.read_text()) for path in sorted((job / "attempts" / unit).glob("*.json"))]


def test_each_run_of_a_unit_leaves_a_record_and_a_log(folder):
    _, job = a_night_to_hand_over(folder, "shell", "--grain", "take")
    encode, take = "sq010_sh0010.encode", "sq010_sh0010.take01"
    said = run(job / "unit.sh", take, check=10, env={"NIGHTREEL_SUBMISSION": "0b6f5e0e"})
    attempt, = attempts_of(job, take)
    same([attempt[key] for key in ("unit", "submission", "exit_code", "task", "kind")],
         [take, "0b6f5e0e", 10, f"{take}.sample01", "unavailable"], "record")
    holds(f"requires the result of {encode}" in attempt["text"] and attempt["ended_at"] >= attempt["began_at"], attempt)
    log, = (job / "attempts" / take).glob("*.log")
    same(log.read_text(), said.stderr, "log")

    run(job / "unit.sh", encode)
    attempt, = attempts_of(job, encode)
    same([attempt[key] for key in ("exit_code", "fraction", "task", "kind", "doing")],
         [0, 1, encode, "", f"{encode}: done"], "record")
    # Stopped, and killed: one record has an end, the other has none.
    for signal_sent, code in ((signal.SIGTERM, 7), (signal.SIGKILL, None)):
        before = len(attempts_of(job, take))
        unit = start(job / "unit.sh", take)
        wait_for(lambda: len(attempts_of(job, take)) > before and staging_left(job), 60, "a run at work")
        unit.send_signal(signal_sent)
        same(unit.wait(timeout=60), -signal_sent if code is None else code, "exit code")
        same(attempts_of(job, take)[-1].get("exit_code"), code, "exit code in the record")

    # What cannot be recorded is rendered all the same.
    shutil.rmtree(job / "attempts")
    (job / "attempts").write_text("in the way")
    said = run(job / "unit.sh", take).stderr
    same(said.count("the record of this run"), 1, said)
    same(staging_left(job), [], "what is left of a killed run")


main(test_each_run_of_a_unit_leaves_a_record_and_a_log,
     test_an_export_is_whole_or_refused,
     test_a_night_that_slurm_refuses_halfway_is_cancelled, test_every_manager_publishes_the_same_sums)
