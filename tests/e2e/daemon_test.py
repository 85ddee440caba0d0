"""Scheduler and workers as daemons, with keys made by hand, and every verb that talks to them."""
from harness import *


class Farm:
    """A scheduler and a worker with their own folders, from configuration files like a studio's."""

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "farm.yaml"
        self.processes = []
        run(NIGHTREEL, "keys", "farm", folder, "--port", str(free_port()))

    def start(self, verb, log=None):
        log = log or open(self.folder / f"{verb}.log", "a")
        process = start(NIGHTREEL, verb, "--config", self.config, stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def ask(self, *arguments, check=0, timeout=120):
        return run(NIGHTREEL, *arguments, "--config", self.config, check=check, timeout=timeout)

    def stop(self):
        for process in self.processes:
            kill_group(process)


def with_farm(body):
    def test(folder):
        farm = Farm(folder)
        try:
            body(farm, folder)
        finally:
            farm.stop()
    test.__name__ = body.__name__
    return test


@with_farm
def test_a_night_is_submitted_watched_and_finished(farm, folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    farm.start("serve")
    submitted = farm.ask("submit", night, "-o", folder / "out")
    job = submitted.stdout.strip()
    same(submitted.stdout, job + "\n", "submit prints the job alone")
    same(farm.ask("submit", night, "-o", folder / "out").stdout.strip(), job, "the same night is the same job")
    same(farm.ask("wait", job, "--timeout", "1", check=6).returncode, 6, "nobody works yet")
    farm.start("worker")
    farm.ask("wait", job, timeout=240)
    status = json.loads(farm.ask("status", job, "--json").stdout)
    same(status["format"], 1, "format number")
    same(status["job"]["state"], "done", "state")
    holds("seam" in json.dumps(status), "status tells the seams")
    jobs = json.loads(farm.ask("list", "--json").stdout)
    same(len(jobs["jobs"]), 1, "jobs")
    of_sample = farm.ask("logs", f"{job}.sq010_sh0010.take01.sample01").stdout
    for words in ("model toybox", "step 1 of", " done: ", "peak memory"):
        holds(words in of_sample, f"the log of an attempt says '{words}': {of_sample}")
    logs = json.loads(farm.ask("logs", job, "--json").stdout)["logs"]
    same(len(logs), jobs["jobs"][0]["tasks"]["total"], "logs of all attempts")
    for log in logs:
        holds(" done: " in log["tail"], f"the log says how the attempt ended: {log}")
        same(Path(log["path"]).read_text()[-len(log["tail"]):], log["tail"], "the log file has it too")
    holds(" done: " in farm.ask("logs", "-f", job).stdout, "a finished job is followed to its end")
    holds((folder / "out/test/sq010/sq010_sh0010/v001/take01/publish.json").exists(), "the take is published")


@with_farm
def test_cancel_and_retry_on_a_farm_whose_logs_cannot_be_written(farm, folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    reader, gone = os.pipe()
    os.close(reader)
    farm.start("serve", log=gone)
    job = farm.ask("submit", night, "-o", folder / "out").stdout.strip()
    farm.ask("cancel", f"{job}.sq010_sh0010")
    farm.start("worker", log=open("/dev/full", "a"))
    same(farm.ask("wait", job, check=None, timeout=240).returncode, 7, "a cancelled shot is told")
    holds(not (folder / "out/test/sq010/sq010_sh0010").exists(), "nothing of it was made")
    holds((folder / "out/test/sq010/sq010_sh0020/v001/take02").exists(), "the other shot was")
    farm.ask("retry", f"{job}.sq010_sh0010")
    farm.ask("wait", job, timeout=240)
    holds((folder / "out/test/sq010/sq010_sh0010/v001/take01").exists(), "now it is")


@with_farm
def test_a_scheduler_killed_in_mid_night_goes_on(farm, folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    scheduler = farm.start("serve")
    farm.start("worker")
    job = farm.ask("submit", night, "-o", folder / "out").stdout.strip()
    for _ in range(3):
        time.sleep(1.0)
        kill_group(scheduler)
        same(farm.ask("status", job, check=4).returncode, 4, "no answer has its own exit code")
        scheduler = farm.start("serve")
    farm.ask("wait", job, timeout=240)


@with_farm
def test_strangers_are_not_let_in(farm, folder):
    farm.start("serve")
    stranger = folder / "stranger"
    stranger.mkdir()
    other = Farm(stranger)
    (stranger / "farm.yaml").write_text(farm.config.read_text())   # everything but a key that is let in
    holds("allow" in farm.config.read_text(), "an allow-list is there")
    same(run(NIGHTREEL, "list", "--config", other.config, check=None).returncode, 5, "a stranger is refused")


def test_a_key_gets_a_folder_for_its_owner_alone(folder):
    key = folder / "new/keys/me.key"
    public = run(NIGHTREEL, "keys", "make", key).stdout
    same(run(NIGHTREEL, "keys", "show", key).stdout, public, "public key")
    same([oct(path.stat().st_mode & 0o777) for path in (key.parent, key)], ["0o700", "0o600"], "modes")


main(test_a_night_is_submitted_watched_and_finished, test_cancel_and_retry_on_a_farm_whose_logs_cannot_be_written,
     test_a_scheduler_killed_in_mid_night_goes_on, test_strangers_are_not_let_in,
     test_a_key_gets_a_folder_for_its_owner_alone)
