"""`nightreel submit --to` another farm manager, interrupted, refused and lost at chosen moments, and what the other commands say
of a job directory. The manager is a stub of Slurm's commands; the real one is in slurm_farm_test.py."""
from harness import *
from stub_of_slurm import Cluster

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17, takes: 2}
"""
SITE = "nightreel_farm: 1\nmanagers: {device: cpu}\n"
ARRAYS = ["encode", "take", "dailies"]


class Handed:
    """A night, a stub of a cluster, and the commands for its job directory."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "night.yaml").write_text(NIGHT)
        (folder / "site.yaml").write_text(SITE)
        self.cluster = Cluster(folder / "cluster")
        self.environment = self.cluster.install()
        self.job = folder / "job"
        self.submit_words = [NIGHTREEL, "submit", folder / "night.yaml", "--to", "slurm", "--job", self.job, "-o", folder / "out",
                             "--site", folder / "site.yaml", "--grain", "take"]

    def submit(self, **more):
        return run(*self.submit_words, env=self.environment, **more)

    def ask(self, verb, *more, **options):
        return run(NIGHTREEL, verb, "--job", self.job, *more, env=self.environment, **options)

    def state(self):
        return json.loads(self.ask("status", "--json").stdout)["job"]["state"]

    def waiting(self):
        return [job["name"] for job in self.cluster.jobs() if any(s == "PENDING" for s, _ in job["states"].values())]


def test_a_night_is_handed_over_once_and_its_end_is_told(folder):
    handed = Handed(folder)
    said = handed.submit()
    same(said.stdout.split(), ["41", "42", "43"], "ids of the manager")
    uuid = json.loads((handed.job / "submissions/1/submission.json").read_text())["uuid"]
    holds(all(uuid in job["comment"] for job in handed.cluster.jobs()), "our UUID is in each of its jobs")
    same(handed.submit().stdout, said.stdout, "ids of a night that was handed over before")
    same(handed.waiting(), ARRAYS, "jobs")
    same(handed.state(), "queued", "state")
    holds("Dependency" in handed.ask("status").stdout, "the manager's reason is shown")
    handed.cluster.run_units()
    done = json.loads(handed.ask("wait", "--json").stdout)
    same([take["state"] for take in done["takes"]], ["done", "done"], "takes")
    holds(Path(done["job"]["dailies"], "summary.json").exists(), "dailies")
    same(handed.ask("status", "--night").stdout, NIGHT, "the night as it was written")
    holds("step 2 of 2" in handed.ask("logs", "sq010_sh0010.take02").stdout, "log of a take")
    holds("0 units to run again" in handed.ask("retry").stderr, "nothing is missing")
    summary = Path(done["job"]["dailies"], "summary.json").read_bytes()
    collected = run(NIGHTREEL, "collect", handed.job).stdout.strip()
    same([collected, Path(collected, "summary.json").read_bytes()], [done["job"]["dailies"], summary], "dailies made again")


def test_a_hand_over_that_is_killed_is_found_and_not_doubled(folder):
    handed = Handed(folder)
    hold = folder / "cluster/hold"
    hold.write_text("1")
    process = start(*handed.submit_words, env=handed.environment)
    wait_for(lambda: (folder / "cluster/held").exists(), 30, "the second array")
    process.kill()  # what it started goes on, as an sbatch under way would
    process.wait()
    same(json.loads((handed.job / "submissions/1/submission.json").read_text())["state"], "sending", "state on the disk")
    again = start(*handed.submit_words, env=handed.environment, stderr=subprocess.PIPE)
    hold.unlink()
    holds("from an interrupted submission" in again.communicate(timeout=60)[1], "it is said")
    same(handed.waiting(), ARRAYS, "jobs")


def test_a_part_of_a_hand_over_is_cancelled_and_handed_over_again(folder):
    handed = Handed(folder)
    hold = folder / "cluster/hold"
    hold.write_text("1")
    process = start(*handed.submit_words, env=handed.environment)
    wait_for(lambda: (folder / "cluster/held").exists(), 30, "the second array")
    everything = [process.pid, *(pid for pid, _ in descendants(process.pid))]
    for pid in everything:
        os.kill(pid, signal.SIGKILL)
    process.wait()
    hold.unlink()
    holds("completes it" in handed.ask("status").stdout, "status says what to do")
    holds("cancelling that part" in handed.submit().stderr, "it is said")
    same(handed.waiting(), ARRAYS, "jobs that wait")
    same(len(handed.cluster.jobs()), 4, "jobs, with the cancelled one")


def test_a_refused_night_leaves_nothing_and_can_be_submitted_again(folder):
    handed = Handed(folder)
    (folder / "cluster/refuse").write_text("2")
    said = handed.submit(check=10).stderr
    holds("Invalid account" in said, said)
    same(handed.waiting(), [], "jobs that wait")
    holds("did not accept it" in handed.ask("status").stdout, "status says so")
    (folder / "cluster/refuse").unlink()
    handed.submit()
    same(handed.waiting(), ARRAYS, "jobs that wait")


def test_a_refused_night_can_be_given_up(folder):
    handed = Handed(folder)
    (folder / "cluster/refuse").write_text("2")
    handed.submit(check=10)
    (folder / "cluster/bin/squeue").unlink()  # nothing can be cancelled any more
    handed.ask("cancel")
    same(json.loads((handed.job / "submissions/1/submission.json").read_text())["state"], "cancelled", "state")


def test_a_night_that_the_manager_lost_is_handed_over_again(folder):
    handed = Handed(folder)
    handed.submit()
    handed.cluster.lose_everything()
    holds("has lost the job" in handed.ask("status").stderr, "it is said")
    same(handed.waiting(), ARRAYS, "jobs")
    same(handed.state(), "queued", "state")
    # It has been seen since: a manager that forgets it now is not taken to have lost it.
    handed.cluster.lose_everything()
    same(handed.state(), "stopped", "state")
    same(handed.waiting(), [], "jobs")
    holds("nightreel retry" in handed.ask("wait", check=4).stderr, "wait says what to do")


def test_a_manager_that_keeps_nothing_is_not_given_the_night_for_ever(folder):
    handed = Handed(folder)
    handed.submit()
    for _ in range(3):
        handed.cluster.lose_everything()
        # The look that hands over again sees the new jobs only with the next one.
        run(NIGHTREEL, "status", "--job", handed.job, env=handed.environment)
        last = sorted((handed.job / "submissions").glob("*/submission.json"), key=lambda path: int(path.parent.name))[-1]
        submission = json.loads(last.read_text())
        same(submission["state"], "submitted", "nobody has seen it yet")
    handed.cluster.lose_everything()
    holds("accepted this job 4 times" in handed.ask("status", check=10).stderr, "it is said")
    same(handed.waiting(), [], "jobs")


def test_a_night_of_which_a_part_is_lost_is_cancelled_and_handed_over_again(folder):
    handed = Handed(folder)
    handed.submit()
    handed.cluster.lose_all_but_the_first()
    holds("has lost a part of the job" in handed.ask("status").stderr, "it is said")
    same(handed.waiting(), ARRAYS, "jobs")
    handed.cluster.run_units()
    same(handed.state(), "done", "state")


def test_a_retry_hands_over_what_is_missing(folder):
    handed = Handed(folder)
    handed.submit()
    handed.ask("cancel")
    same(handed.state(), "cancelled", "state")
    holds("nothing changed" in handed.ask("cancel").stderr, "a job that has ended is not cancelled again")
    handed.ask("wait", check=7)
    holds("3 units" in handed.ask("retry", "sq010_sh0010.take01").stderr, "the take, what it needs and the dailies")
    handed.cluster.run_units()
    same(handed.state(), "cancelled", "state with a cancelled take")
    handed.ask("retry")
    same(sorted(handed.waiting()), ["dailies", "take"], "jobs")
    order = handed.job / "tasks/sq010_sh0010.take02.sample01.json"
    kept = order.read_text()
    order.write_text("{}")
    handed.cluster.run_units()
    failed = json.loads(handed.ask("wait", "--json", check=1).stdout)
    same([take["state"] for take in failed["takes"]], ["done", "failed"], "takes")
    summary = json.loads(Path(failed["job"]["dailies"], "summary.json").read_text())
    holds(summary["failures"][0]["reason"].startswith("sample01 failed ("), f"why a take is missing: {summary['failures']}")
    order.write_text(kept)
    handed.ask("retry")
    handed.cluster.run_units()
    done = json.loads(handed.ask("wait", "--json").stdout)
    same([take["state"] for take in done["takes"]], ["done", "done"], "takes")


main(test_a_night_is_handed_over_once_and_its_end_is_told, test_a_hand_over_that_is_killed_is_found_and_not_doubled,
     test_a_part_of_a_hand_over_is_cancelled_and_handed_over_again,
     test_a_refused_night_leaves_nothing_and_can_be_submitted_again, test_a_refused_night_can_be_given_up,
     test_a_night_that_the_manager_lost_is_handed_over_again,
     test_a_manager_that_keeps_nothing_is_not_given_the_night_for_ever,
     test_a_night_of_which_a_part_is_lost_is_cancelled_and_handed_over_again, test_a_retry_hands_over_what_is_missing)
