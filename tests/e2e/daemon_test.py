"""Scheduler and workers as daemons, with keys made by hand, and every verb that talks to them."""
from harness import *

TINY_NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 1, handles: 0}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 5
"""


class Farm:
    """A scheduler and a worker with their own folders, from configuration files like a studio's."""

    def __init__(self, folder, workers=1):
        self.folder = folder
        self.config = folder / "farm.yaml"
        self.processes = []
        self.made = run(NIGHTREEL, "keys", "farm", folder, "--port", str(free_port()), "--workers", workers)

    def start(self, verb, log=None, config=None):
        log = log or open(self.folder / f"{verb}.log", "a")
        process = start(NIGHTREEL, verb, "--config", config or self.config, stdout=log, stderr=log)
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
    desk = folder / "desk"     # a copy of the farm's files: takes still go where the scheduler's file says
    desk.mkdir()
    shutil.copytree(folder / "keys", desk / "keys")
    shutil.copy(farm.config, desk)
    submitted = run(NIGHTREEL, "submit", night, "--config", desk / "farm.yaml")
    job = submitted.stdout.strip()
    same(submitted.stdout, job + "\n", "submit prints the job alone")
    holds("waits: " in submitted.stderr and "no worker is connected" in submitted.stderr, submitted.stderr)
    again = farm.ask("submit", night)
    same(again.stdout.strip(), job, "the same night is the same job")
    holds(f"job {job} is queued" in again.stderr, again.stderr)
    same(farm.ask("wait", job, "--timeout", "1", check=6).returncode, 6, "nobody works yet")
    farm.start("worker")
    waited = farm.ask("wait", "--json", timeout=240)      # the latest job
    same(json.loads(waited.stdout)["job"]["state"], "done", "state")
    for wanted in (f"job {job}  test  done  100 %, 22/22 tasks done", "submitted by operator at 20", "priority 0",
                   f"output: {folder / 'out'}", f"dailies: {folder / 'out/test/dailies'}/", "sq010_sh0020.take02  done"):
        holds(wanted in waited.stderr, f"{wanted} in\n{waited.stderr}")
    farm.ask("approve", f"{job}.sq010_sh0010.take01", "--by", "anna")
    holds("take01: approved" in farm.ask("notes", "list").stdout, "the verdict is in the journal")
    holds((folder / "out/test/reviews").is_dir(), "and below the output root")
    same(json.loads(farm.ask("list", "--flagged", "--json").stdout)["format"], 1, "takes to look at")
    status = json.loads(farm.ask("status", job, "--json").stdout)
    same(status["format"], 1, "format number")
    same(status["job"]["state"], "done", "state")
    holds("seam" in json.dumps(status), "status tells the seams")
    jobs = json.loads(farm.ask("list", "--json").stdout)
    same(len(jobs["jobs"]), 1, "jobs")
    listed = farm.ask("list").stdout.splitlines()
    same(listed[0].split()[:6], ["job", "state", "done", "tasks", "time", "left"], "headings")
    same(listed[1].split()[:3], [job, "done", "100"], "the job")
    dailies = Path(status["job"]["dailies"])
    same(dailies.parent, folder / "out/test/dailies", "the place of the dailies")
    holds("operator" in listed[1] and listed[1].endswith(str(dailies)), listed[1])
    same(jobs["jobs"][0]["dailies"], str(dailies), "dailies in the list")
    holds(farm.ask("list", "--workers").stdout.startswith("worker  "), "headings of workers")
    same(sorted(p.name for p in desk.iterdir()), ["farm.yaml", "keys"], "nothing was made beside the copy")
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
    farm.ask("cancel", job)
    again = farm.ask("submit", night, "-o", folder / "out")
    same(again.stdout.strip(), job, "the same job")
    holds(f"job {job} was cancelled; 22 tasks to run" in again.stderr, again.stderr)
    holds("0 tasks to run again" in farm.ask("retry", job).stderr, "nothing is left to retry")
    refused = farm.ask("pause", f"{job}.sq010_sh0010", check=2)
    holds(f"`nightreel pause {job}`" in refused.stderr, refused.stderr)
    farm.ask("pause", job)
    holds(f"job {job} was paused and is resumed" in farm.ask("submit", night, "-o", folder / "out").stderr, "resumed")
    farm.ask("cancel", f"{job}.sq010_sh0010")
    farm.start("worker", log=open("/dev/full", "a"))
    same(farm.ask("wait", job, check=None, timeout=240).returncode, 7, "a cancelled shot is told")
    holds(not (folder / "out/test/sq010/sq010_sh0010").exists(), "nothing of it was made")
    holds((folder / "out/test/sq010/sq010_sh0020/v001/take02").exists(), "the other shot was")
    [failure] = summary_of(folder / "out/test/dailies/latest")["failures"]
    holds(failure["what"] == "sq010_sh0010 take 1" and "was cancelled" in failure["reason"], failure)
    farm.ask("retry", f"{job}.sq010_sh0010")
    farm.ask("wait", job, timeout=240)
    holds((folder / "out/test/sq010/sq010_sh0010/v001/take01").exists(), "now it is")
    now = summary_of(folder / "out/test/dailies/latest")
    same((len(now["takes"]), now["failures"]), (3, []), "dailies are written again when a take comes")
    holds(f"job {job} is done: nothing changed" in farm.ask("priority", job, "5").stderr, "a job that has ended")
    shutil.rmtree(folder / "out/test/sq010/sq010_sh0010")
    again = farm.ask("submit", night, "-o", folder / "out")
    holds("takes are missing" in again.stderr and "1 task to run" in again.stderr, again.stderr)
    farm.ask("wait", timeout=240)
    holds((folder / "out/test/sq010/sq010_sh0010/v001/take01/publish.json").exists(), "it is there again")


def run_bytes(*command):
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE).stdout


def summary_of(dailies):
    return json.loads((dailies / "summary.json").read_text())


@with_farm
def test_a_farm_writes_dailies_of_each_night_also_of_takes_that_failed(farm, folder):
    """Two nights of a day; a take of the first cannot be published, because somebody's folder is in its place."""
    night = folder / "night.yaml"
    (folder / "cast.yaml").write_text('characters: {mira: {prompt: "a large red star"}}\n')
    text = ("# " + 40_000 * "\u00e9" + "\r\n" + TINY_NIGHT.replace("a large red star", "{mira}") +
            '    takes: 2\n    output: "{show}/{shot}/{take}"\ninclude: [cast.yaml]\n').encode()
    night.write_bytes(text)
    (folder / "out/test/sq010_sh0010/2").mkdir(parents=True)
    (folder / "out/test/sq010_sh0010/2/mine.txt").write_text("mine")
    farm.start("serve")
    farm.start("worker")
    job = farm.ask("submit", night).stdout.strip()
    farm.ask("wait", job, check=1, timeout=240)
    first = Path(json.loads(farm.ask("status", job, "--json").stdout)["job"]["dailies"])
    told = summary_of(first)
    same([(take["shot"], take["take"]) for take in told["takes"]], [("sq010_sh0010", 1)], "takes")
    [failure] = told["failures"]
    same(failure["what"], "sq010_sh0010 take 2", "the missing take")
    holds("publish failed (bad_input)" in failure["reason"] and "move it away" in failure["reason"], failure)
    same(first.name, f"{told['submitted_at'][:10]}_{job}", "date of submission and job")
    same((told["submitter"], len(list(first.glob("*_t01*")))), ("operator", 2), "whose it is, and what is to be seen")
    same(run_bytes(NIGHTREEL, "status", job, "--night", "--config", farm.config), text, "the night as it was submitted")
    files = json.loads(farm.ask("status", job, "--night", "--json").stdout)["files"]
    same([file["text"].encode() for file in files], [text, (folder / "cast.yaml").read_bytes()], "with what it includes")
    same([(first / name).read_bytes() for name in told["night"]], [file["text"].encode() for file in files], "beside the takes")
    record = json.loads((folder / "out/test/sq010_sh0010/1/publish.json").read_text())
    same((record["prompt_as_written"], record["take"]["prompt"]),
         ("{mira} spins, in a green meadow", "a large red star spins, in a green meadow"), "prompts")
    devices = {task["made_by"]["device"] for task in record["tasks"]}
    holds(devices and devices <= {"cpu", "cuda:0"}, f"devices are named, also where auto was asked: {devices}")
    same((record["job"]["submitter"], record["job"]["job"], bool(record["published_by"]["worker"])), ("operator", int(job), True),
         "who published the take")
    holds({task["kind"] for task in record["tasks"]} >= {"encode", "sample", "decode"}, "the tasks that made it")
    (first / "notes.txt").write_text("mine")
    before = {p.name: p.read_bytes() for p in first.iterdir() if p.is_file()}
    night.write_text(TINY_NIGHT.replace("sq010_sh0010", "sq010_sh0020"))
    second = farm.ask("submit", night).stdout.strip()
    farm.ask("wait", second, timeout=240)
    same({p.name: p.read_bytes() for p in first.iterdir() if p.is_file()}, before, "the first night's dailies")
    same(os.readlink(first.parent / "latest"), f"{told['submitted_at'][:10]}_{second}", "latest")
    shutil.rmtree(folder / "out/test/sq010_sh0010/2")
    farm.ask("retry", job)
    farm.ask("wait", job, timeout=240)
    same((len(summary_of(first)["takes"]), summary_of(first)["failures"]), (2, []), "told again")
    same((first / "notes.txt").read_text(), "mine", "what people put there")
    shutil.rmtree(first)
    holds("dailies are written again" in farm.ask("retry", job).stderr, "dailies that were deleted")
    farm.ask("wait", job, timeout=240)
    same(len(summary_of(first)["takes"]), 2, "dailies that were deleted")


@with_farm
def test_strangers_are_not_let_in(farm, folder):
    scheduler = farm.start("serve")
    stranger = folder / "stranger"
    stranger.mkdir()
    other = Farm(stranger)
    (stranger / "farm.yaml").write_text(farm.config.read_text())   # everything but a key that is let in
    holds("allow" in farm.config.read_text(), "an allow-list is there")
    same(run(NIGHTREEL, "list", "--config", other.config, check=None).returncode, 5, "a stranger is refused")
    # Another output root, the stranger's key and a limit: the scheduler reads them when it is told to.
    text, second = farm.config.read_text(), folder / "second"
    second.mkdir()
    key = run(NIGHTREEL, "keys", "show", stranger / "keys/operator.key").stdout.strip()
    farm.config.write_text(text.replace("output: out", f"output: [out, {second}]").replace(
        "  allow:\n", "  limits: { tasks_per_job_max: 20 }\n"
        f'  allow:\n    - {{ name: guest, role: submit, key: "{key}" }}\n'))
    guest = stranger / "guest.yaml"
    guest.write_text(farm.config.read_text())
    scheduler.send_signal(signal.SIGHUP)
    wait_for(lambda: run(NIGHTREEL, "list", "--config", guest, check=None).returncode == 0, 20, "the guest is let in")
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    refused = farm.ask("submit", night, "-o", second, check=3)
    holds("1 to 20 tasks, not 22" in refused.stderr, refused.stderr)
    refused = farm.ask("submit", night, "-o", folder, check=2)
    holds(f"below {folder / 'out'}, {second}" in refused.stderr, refused.stderr)
    farm.config.write_text(farm.config.read_text().replace("tasks_per_job_max: 20", "tasks_per_job_max: x"))
    scheduler.send_signal(signal.SIGHUP)       # a mistake changes nothing
    wait_for(lambda: "settings_not_reloaded" in (folder / "serve.log").read_text(), 20, "the mistake is logged")
    farm.config.write_text(farm.config.read_text().replace("tasks_per_job_max: x", "tasks_per_job_max: 22"))
    scheduler.send_signal(signal.SIGHUP)
    wait_for(lambda: farm.ask("submit", night, "-o", second, check=None).returncode == 0, 20, "the limit is read again")
    holds(f"output: {second}" in farm.ask("status").stdout, "the job says where its takes go")


def test_each_worker_of_a_new_farm_has_a_key_and_a_file_of_its_own(folder):
    farm = Farm(folder, workers=2)
    try:
        farm.start("serve")
        printed = [line.split()[1:] for line in farm.made.stderr.splitlines() if line.startswith("  nightreel worker")]
        same(printed, [["worker", "--config", str(folder / f"worker{i}.yaml")] for i in (1, 2)], "what to type next")
        for verb, _, config in printed:
            farm.start(verb, config=config)
        wait_for(lambda: len(json.loads(farm.ask("list", "--workers", "--json").stdout)["workers"]) == 2, 20, "two workers")
        # what only a worker's machine knows stops nobody else
        text = farm.config.read_text()
        farm.config.write_text(text + "worker: {state: '${NOT_SET_HERE}'}\n")
        farm.ask("list")
        run(NIGHTREEL, "worker", "--config", farm.config, check=3)
        # whoever uses the file may name a key
        shutil.move(folder / "keys/operator.key", folder / "me.key")
        farm.config.write_text(text.replace("keys/operator.key", "me.key"))
        farm.ask("list")
    finally:
        farm.stop()


def test_a_key_gets_a_folder_for_its_owner_alone(folder):
    key = folder / "new/keys/me.key"
    public = run(NIGHTREEL, "keys", "make", key).stdout
    same(run(NIGHTREEL, "keys", "show", key).stdout, public, "public key")
    same([oct(path.stat().st_mode & 0o777) for path in (key.parent, key)], ["0o700", "0o600"], "modes")


def test_a_strict_shot_stays_on_one_of_two_device_classes(folder):
    farm = Farm(folder, workers=2)
    try:
        farm.start("serve")
        for threads in (1, 2):
            config = folder / f"worker{threads}.yaml"
            config.write_text(config.read_text().replace("worker:\n", f"worker:\n  threads: {threads}\n"))
            farm.start("worker", config=config)
        wait_for(lambda: farm.ask("list", "--workers", "--json").stdout.count("threads=") == 2, 30, "both say their class")
        night = folder / "night.yaml"
        night.write_text("nightreel: 1\nshow: test\nshots:\n  - {shot: a_010, model: toybox, size: 96x64, steps: 1, frames: 17, "
                         "prompt: a small red star, takes: 2, reproducible: strict}\n")
        farm.ask("submit", night)
        farm.ask("wait", timeout=120)
        classes = set()
        for record in folder.glob("artifacts/*/*/artifact.json"):
            made = json.loads(record.read_text())
            if made["kind"] in ("encode", "sample", "decode"):
                classes.add(made["result"]["device_class"])
        same(len(classes), 1, f"device classes of {classes}")
    finally:
        farm.stop()


def test_disks_that_are_away_or_mounted_elsewhere(folder):
    """The only worker sees the farm's folders at paths of its own, and not at first."""
    farm = Farm(folder, workers=2)
    try:
        farm.start("serve")
        wait_for((folder / "out/.nightreel-root").exists, 20, "the scheduler has marked the output")
        mounts = folder / "mnt"
        (mounts / "store").mkdir(parents=True)      # what is left of a mount that is away
        (mounts / "out").symlink_to(folder / "out")
        config = folder / "worker2.yaml"
        config.write_text(config.read_text().replace("store: artifacts", f"store: {mounts}/store\n  output: {mounts}/out"))
        farm.start("worker", config=config)
        night = folder / "night.yaml"
        night.write_text("nightreel: 1\nshow: test\nshots:\n  - {shot: a_010, model: toybox, size: 96x64, steps: 1, frames: 17, "
                         "prompt: a small red star}\n")
        farm.ask("submit", night)
        workers = wait_for(lambda: [w for w in json.loads(farm.ask("list", "--workers", "--json").stdout)["workers"]
                                    if w["state"] == "unfit"], 20, "the worker is unfit")
        holds(f"{mounts}/store: has no marker of this farm's store" in workers[0]["fault"], workers)
        holds("has no marker" in farm.ask("list", "--workers").stdout, "the table says why")
        holds("has no marker" in farm.ask("status").stdout, "and so does the job")
        same(list((mounts / "store").iterdir()), [], "nothing was made in the empty folder")
        (mounts / "store").rmdir()
        (mounts / "store").symlink_to(folder / "artifacts")
        farm.ask("wait", timeout=120)
        holds((folder / "out/test/a/a_010/v001/take01/publish.json").exists(), "the take is in the scheduler's output")
        same(farm.ask("submit", night).returncode, 0, "it is whole where others see it")
        shutil.rmtree(folder / "out/test/a/a_010")
        again = farm.ask("submit", night)
        holds("takes are missing" in again.stderr, again.stderr)
        farm.start("worker", config=folder / "worker1.yaml")
        farm.ask("wait", timeout=120)
        holds((folder / "out/test/a/a_010/v001/take01/publish.json").exists(), "published again")
    finally:
        farm.stop()


main(test_a_night_is_submitted_watched_and_finished, test_cancel_and_retry_on_a_farm_whose_logs_cannot_be_written,
     test_a_farm_writes_dailies_of_each_night_also_of_takes_that_failed, test_strangers_are_not_let_in,
     test_each_worker_of_a_new_farm_has_a_key_and_a_file_of_its_own, test_disks_that_are_away_or_mounted_elsewhere,
     test_a_key_gets_a_folder_for_its_owner_alone,
     test_a_strict_shot_stays_on_one_of_two_device_classes)
