"""Nights that shell scripts run: stopped, killed, started twice. `--soak` does more of it."""
from exported_nights import *
from harness import *

NIGHT = night_of(("sh1", 17, 2))


def holders(job):
    """Processes of the night: those that hold its lock."""
    found = []
    for file in Path("/proc").glob("[0-9]*/fd/9"):
        try:
            if file.samefile(job / "shell/lock"):
                found.append(int(file.parts[2]))
        except OSError:
            pass
    return found


def stopped_renderer(job):
    """A renderer that does not go on before SIGCONT; None when none could be stopped."""
    for process in renderers(job):
        try:
            os.kill(process, signal.SIGSTOP)
            if Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T":
                return process
        except OSError:
            pass
    return None


def status(job, uuid):
    return run(job / "shell/status.sh", uuid).stdout.splitlines()


def test_a_run_in_the_foreground_goes_on_after_a_stop(folder):
    expected = of_own_scheduler(folder, NIGHT)
    job = export(folder, "shell", NIGHT, "--grain", "take")
    night = subprocess.Popen([job / "run.sh"], stdout=subprocess.PIPE)
    takes = lambda: list((job / "logs").glob("*.take*.log"))
    wait_for(takes, 60, "the first take")
    night.terminate()
    same(night.wait(timeout=60), 7, "exit code of a stopped night")
    wait_for(lambda: not holders(job), 30, "the end of all units")
    holds(len(takes()) < 2, f"no further unit began after the stop: {takes()}")
    run(job / "run.sh", "2")
    same_pictures(pictures(folder / "out"), expected)
    same(staging_left(job), [], "what is left of stopped units")

    # Delivered twice: nothing is done again but the dailies, which tell of now.
    def results():
        records = [path for path in (job / "artifacts").rglob("artifact.json")
                   if json.loads(path.read_text())["kind"] != "dailies"]
        return {path: path.stat().st_mtime_ns for path in records}

    once = results()
    run(job / "run.sh")
    same(results(), once, "results")


def test_a_run_in_the_background_is_one_and_can_be_cancelled(folder):
    job = export(folder, "shell", NIGHT, "--grain", "take")
    first, second, third = ({"NIGHTREEL_SUBMISSION": f"0b6f5e0e-8f4e-4c57-9e5d-0f4f6f8f8f8{n}"} for n in range(3))
    uuid = lambda submission: submission["NIGHTREEL_SUBMISSION"]
    same(status(job, uuid(first)), [], "status of what was never submitted")
    programs = folder / "programs"
    programs.mkdir()
    for name in ("cat", "dirname", "mkdir", "sh", "uname"):
        (programs / name).symlink_to(shutil.which(name))
    said = run(job / "submit.sh", env={"PATH": str(programs)}, check=10).stderr
    holds("no program flock: install util-linux" in said, said)
    # Two at once: one runs, the other says so and touches nothing.
    both = [start(job / "submit.sh", env=submission, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            for submission in (first, second)]
    said = [one.communicate(timeout=30) for one in both]
    same(sorted(one.returncode for one in both), [0, 10], "exit codes of two submissions at once")
    refused = said[0 if both[0].returncode else 1][1]
    holds("the night runs already" in refused, refused)
    winner, loser = (first, second) if both[0].returncode == 0 else (second, first)
    host, process = said[0 if winner is first else 1][0].strip().rsplit(".", 1)
    same(status(job, uuid(winner))[:2], ["alive", f"run {host} {process}"], "status")
    same(status(job, uuid(loser)), [], "status of the refused one")
    run(job / "cancel.sh", env=loser)
    holds(holders(job), "cancelling the refused one stops nothing")

    # Without its script the night ends by and by; until then no other begins.
    wait_for(lambda: list((job / "attempts").glob("*/*.json")), 60, "the record of a run")
    at_work = wait_for(lambda: stopped_renderer(job), 60, "a unit that runs")
    os.kill(int(process), signal.SIGKILL)
    run(job / "run.sh", check=10)
    os.kill(at_work, signal.SIGCONT)
    run(job / "cancel.sh", env=winner)
    same(holders(job), [], "what runs after cancel.sh")
    same(status(job, uuid(winner))[-1], "cancelled", "status")

    run(job / "submit.sh", "2", env=third)
    wait_for(lambda: not holders(job), 120, "the end of the night")
    ended = [line.split()[1:] for line in status(job, uuid(third)) if line.startswith("end ")]
    same(sorted(ended), sorted([path.name, "0"] for path in (job / "units").iterdir()), "units that ended")
    attempts = [json.loads(path.read_text()) for path in (job / "attempts").rglob("*.json")]
    same({attempt["submission"] for attempt in attempts}, {uuid(winner), uuid(third)}, "submission in the records of runs")
    same(staging_left(job), [], "what is left of killed units")


def test_a_submission_goes_on_by_itself_and_is_retried_after_a_cancel(folder):
    expected = of_own_scheduler(folder, NIGHT)
    job = submit(folder, "shell", NIGHT, "--grain", "take")
    wait_for(lambda: list((job / "attempts").glob("*/*.json")), 60, "a unit that runs")
    run(NIGHTREEL, "cancel", "--job", job)
    same(holders(job), [], "what runs after a cancel")
    run(NIGHTREEL, "retry", "--job", job)
    run(NIGHTREEL, "wait", "--job", job)
    same_pictures(pictures(folder / "out"), expected)
    same(staging_left(job), [], "what is left of stopped units")


def test_kills_and_double_deliveries_change_nothing(folder):
    """--soak: 20 of each."""
    if "--soak" not in sys.argv:
        return
    night = night_of(("sh1", 29, 3), ("sh2", 17, 3))
    expected = of_own_scheduler(folder, night)
    job = export(folder, "shell", night, "--grain", "task")
    units = [path.name for path in (job / "units").iterdir()]
    by_hand = []

    def deliver_twice(chance):
        by_hand.append(subprocess.Popen([job / "unit.sh", chance.choice(units)], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL))
        return True

    def submit_again(chance):
        return run(job / "submit.sh", check=None).returncode == 10

    def cancel(chance):
        return bool(holders(job)) and run(job / "cancel.sh").returncode == 0

    faults = Faults(20, kill=lambda chance: kill_one(renderers(job), chance),
                    kill_any=lambda chance: kill_one(holders(job), chance), cancel=cancel, twice=deliver_twice,
                    again=submit_again)
    begun = 0
    end = time.monotonic() + 1500
    while faults.left() and time.monotonic() < end:
        if not holders(job):
            if begun % 4 == 3:
                for process in by_hand:
                    process.wait(timeout=120)
                shutil.rmtree(job / "artifacts", ignore_errors=True)
                shutil.rmtree(folder / "out", ignore_errors=True)
            begun += 1
            run(job / "submit.sh", "2")
        faults.do_one()
        time.sleep(0.3)
    same(faults.left(), [], f"faults that were not done, of {faults.done}")
    for process in by_hand:
        process.wait(timeout=120)
    wait_for(lambda: not holders(job), 600, "the end of the night")
    run(job / "run.sh", "2")
    print(f"{faults.done}, {begun} runs", flush=True)
    same_pictures(pictures(folder / "out"), expected)
    same(staging_left(job), [], "what is left of killed units")


main(test_a_run_in_the_foreground_goes_on_after_a_stop, test_a_run_in_the_background_is_one_and_can_be_cancelled,
     test_a_submission_goes_on_by_itself_and_is_retried_after_a_cancel, test_kills_and_double_deliveries_change_nothing)
