"""kill -9 of scheduler and workers in mid-night, at random points; then the bytes of an undisturbed night.

KILL_SEED chooses the points; a failure prints it. With --soak more of them."""
import sqlite3

from harness import *

ROUNDS = 12 if "--soak" in sys.argv else 3
SEED = int(os.environ.get("KILL_SEED", random.SystemRandom().randrange(10**6)))
CALM = {}


def undisturbed(folder):
    """The night, and what it gives when nobody is killed: rendered once for all tests."""
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    if not CALM:
        run(NIGHTREEL, "run", night, "-o", folder / "calm", "--workers", "2")
        CALM.update(pictures(folder / "calm"))
    return night, CALM


def half_written(output):
    """Visible take folders without their record, which is written last."""
    return [p for p in output.rglob("take[0-9][0-9]") if not (p / "publish.json").exists()]


def test_the_night_survives_kills_of_everything(folder):
    print(f"KILL_SEED={SEED}", flush=True)
    chance = random.Random(SEED)
    night, expected = undisturbed(folder)
    output = folder / "rough"
    for _ in range(ROUNDS):
        process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "2",
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.05, 4.0))
        for child, command in descendants(process.pid):
            if "worker" in command and chance.random() < 0.5:
                try:
                    os.kill(child, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        time.sleep(chance.uniform(0.0, 1.5))
        ended = process.poll() is not None
        kill_group(process)
        same(half_written(output), [], "half-written takes")
        if ended:
            break
    run(NIGHTREEL, "run", night, "-o", output, "--workers", "2")
    same_pictures(pictures(output), expected)


def test_a_run_mends_the_loss_of_its_workers_by_itself(folder):
    chance = random.Random(SEED + 1)
    night, expected = undisturbed(folder)
    output = folder / "rough"
    process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "2",
                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(4):
        time.sleep(chance.uniform(0.3, 1.5))
        victims = [pid for pid, command in descendants(process.pid) if "nightreel" in command]
        if victims:
            try:
                os.kill(chance.choice(victims), signal.SIGKILL)
            except ProcessLookupError:
                pass
    same(process.wait(timeout=240), 0, "exit code")
    same_pictures(pictures(output), expected)


WINDOWS = """\
nightreel: 1
show: windows
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 8, strategy: windowed, overlap: 4f}
shots: [{shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 65}]
"""


def test_a_take_in_windows_goes_on_from_its_last_step(folder):
    night = folder / "night.yaml"
    night.write_text(WINDOWS)
    run(NIGHTREEL, "run", night, "-o", folder / "calm", "--workers", "1")
    output = folder / "rough"
    process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "1", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def kept():
        return list((output / ".nightreel/artifacts/.staging/.resume").rglob("state.safetensors"))

    wait_for(kept, 120, "the state after the first step")
    first = kept()[0].stat().st_ino
    # Written to another file and renamed after each step: this one was replaced, so there are two steps at least.
    wait_for(lambda: kept() and kept()[0].stat().st_ino != first, 120, "the state after a later step")
    for pid, command in descendants(process.pid):
        if "nightreel-render" in command:
            os.kill(pid, signal.SIGKILL)
    same(process.wait(timeout=240), 0, "exit code")
    same_pictures(pictures(output), pictures(folder / "calm"))
    with sqlite3.connect(output / ".nightreel/journal.sqlite") as journal:
        logs = [text for (text,) in journal.execute("select tail from logs order by attempt") if " of 8" in text]
    same(len(logs), 2, "attempts at the take's sample")
    holds("step 1 of 8" in logs[0] and "step 1 of 8" not in logs[1] and "step 8 of 8" in logs[1], "\n---\n".join(logs))
    same(kept(), [], "states that are left")


def test_windows_that_are_tasks_of_their_own_survive_kills_and_any_number_of_workers(folder):
    night = folder / "night.yaml"
    night.write_text(WINDOWS.replace("strategy: windowed", "strategy: windowed, exchange: 3"))
    run(NIGHTREEL, "run", night, "-o", folder / "calm", "--workers", "1")
    output = folder / "rough"
    process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "2", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(list((output / ".nightreel/artifacts").glob("[0-9a-f]*/*/state.safetensors"))) >= 2, 120, "two windows")
    for pid, command in descendants(process.pid):
        if "nightreel-render" in command:
            os.kill(pid, signal.SIGKILL)
    same(process.wait(timeout=240), 0, "exit code")
    same_pictures(pictures(output), pictures(folder / "calm"))


main(test_the_night_survives_kills_of_everything, test_a_run_mends_the_loss_of_its_workers_by_itself,
     test_a_take_in_windows_goes_on_from_its_last_step, test_windows_that_are_tasks_of_their_own_survive_kills_and_any_number_of_workers)
