"""Nothing ends a night: faults of every kind over real daemons, and at the end of each night the bytes of an undisturbed one.

FAULT_SEED chooses the faults; it is printed at the start. Without arguments 40 quick faults; with --soak more than 300 of
all kinds."""
from fault_kinds import *

SEED = int(os.environ.get("FAULT_SEED", random.SystemRandom().randrange(10**6)))
IS_SOAK = "--soak" in sys.argv
EACH = int(os.environ.get("FAULT_EACH", 21))    # of a kind, in the soak
OF_A_NIGHT = 30 if IS_SOAK else 1000            # faults, so that there are many nights to check
NIGHT_MAX = 240                                 # seconds that a night may take once nothing is hurt any more

NIGHT = """\
nightreel: 1
show: {show}
seed: {seed}
defaults: {{model: toybox, size: 96x64, fps: 12, quality: draft, steps: {steps}, handles: 0}}
shots:
"""
SHOTS = [("a_010", "a large red star spins, in a green meadow", 5, 2), ("a_020", "a small blue circle jumps, at night", 25, 1),
         ("b_010", "a small red circle jumps, at night", 13, 2), ("b_020", "a large blue star spins, in a green meadow", 37, 1),
         ("b_030", "a small red star spins, at night", 5, 3 if IS_SOAK else 1)]


class Night:
    def __init__(self, farm, number, shots=SHOTS):
        self.show = f"n{number:02}"
        self.file = farm.folder / f"{self.show}.yaml"
        text = NIGHT.format(show=self.show, seed=SEED + number, steps=4 if IS_SOAK else 2)
        for shot, prompt, frames, takes in shots:
            text += f'  - {{shot: {shot}, prompt: "{prompt}", frames: {frames}, takes: {takes}}}\n'
        self.file.write_text(text)
        farm.night_began = time.time()
        self.job = farm.insist("submit", self.file)[0].strip()


class Storm:
    """Hurts a farm while it has work, in an order and with victims that the seed decides."""

    def __init__(self, farm, counts):
        self.farm = farm
        self.chance = random.Random(SEED)
        self.left = [kind for kind in KINDS for _ in range(counts[kind.name])]
        self.chance.shuffle(self.left)
        if not IS_SOAK:     # first what is felt longest: the name of a killed worker is free after 15 s
            self.left.sort(key=lambda kind: kind.name != "kill worker")
        self.counts = {kind.name: 0 for kind in KINDS if counts[kind.name]}
        self.lasting = []       # (until, kind, how it ends)
        self.next_at = 0
        self.night_max = 0      # faults until the end of this night
        self.told = []          # the last faults, for a failure's text
        farm.busy, farm.notes, farm.clock_offsets = set(), [], {}
        farm.during = self.heal

    def begin_night(self):
        self.night_max = sum(self.counts.values()) + OF_A_NIGHT

    def is_over(self):
        """For this night."""
        return not self.left or sum(self.counts.values()) >= self.night_max

    def heal(self, at_once=False):
        now = time.monotonic()
        for entry in [entry for entry in self.lasting if at_once or now >= entry[0]]:
            self.lasting.remove(entry)
            entry[2]()

    def blow(self, job):
        """One fault, when its time has come and its victim is there."""
        self.heal()
        if time.monotonic() < self.next_at or self.is_over():
            return
        held = {kind.holds for _, kind, _ in self.lasting}
        for kind in self.left[:12]:
            crowded = kind.holds in held if kind.holds else sum(kind is other for _, other, _ in self.lasting) >= 2
            if crowded:
                continue
            try:
                end = kind.hurt(self.farm, self.chance, job)
            except NotNow:
                continue
            self.left.remove(kind)
            self.counts[kind.name] += 1
            self.told = [*self.told[-14:], f"{time.strftime('%T')} {kind.name}"]
            if os.environ.get("FAULT_VERBOSE"):
                print(self.told[-1], flush=True)
            if end:
                self.lasting.append((time.monotonic() + self.chance.uniform(*kind.lasts), kind, end))
            break
        self.next_at = time.monotonic() + self.chance.uniform(0.05, 1.5 if IS_SOAK else 0.15)


def watch(farm, night, storm=None):
    """Until the job is done; nothing of it may fail."""
    deadline = None
    while True:
        farm.tend()
        if storm:
            storm.blow(night)
        if not (status := farm.status(night.job)):
            time.sleep(0.05)
            continue
        job = status["job"]
        failed = [task for task in status["tasks"] if task["state"] in ("failed", "cancelled")]
        holds(not failed and job["state"] not in ("failed", "cancelled"), f"{night.show}: failed: {json.dumps(failed)[:3000]}")
        if job["state"] == "done":
            return
        if storm and (not storm.is_over() or storm.lasting):
            deadline = None
        elif deadline is None:
            deadline = time.monotonic() + NIGHT_MAX
        elif time.monotonic() > deadline:
            open_tasks = [task for task in status["tasks"] if task["state"] != "done"]
            workers = farm.ask("list", "--workers")
            raise AssertionError(f"{night.show} is not done {NIGHT_MAX} s after the last fault: {json.dumps(open_tasks)[:3000]}\n"
                                 f"{workers and workers[0]}")
        time.sleep(0.05)


def takes_below(folder):
    """Pictures, and what the records declare, by relative path; what was set aside as damaged is not part of a night."""
    found = pictures(folder)
    for record in folder.glob("*/*/v*/take*/publish.json"):
        declared = json.loads(record.read_text())["files"]
        found[str(record.relative_to(folder))] = {entry["name"]: entry["sha256"] for entry in declared}
    return {name: what for name, what in found.items() if "damaged." not in name and not name.startswith("dailies")}


def left_over(farm):
    """What should not lie about once nothing runs: staging, half-made takes, temporary files, results that nobody took."""
    # A copy of a machine leaves for good: what it had in hand stays in the store for a week.
    gone = {name for file in farm.folder.glob("clone*/staging.json") for name in json.loads(file.read_text())["names"]}
    found = [*farm.store.glob(".staging/*/*"), *farm.store.glob(".replaced/*"), *farm.folder.glob("worker*/outbox/*")]
    for place in (farm.output, farm.store):
        found += [path for path in place.rglob("*") if path.name.endswith((".partial", ".part"))]
        found += [path for path in farm.output.rglob("*/.*")]
    kept = [farm.store / ".staging" / name for name in gone]
    found = [path for path in found if not any(path.is_relative_to(place) for place in kept)]
    return sorted({str(path.relative_to(farm.folder)) for path in found})


def check_night(farm, night, calm, takes_were_damaged):
    """The laws of a night that has ended."""
    out = farm.output / night.show
    if takes_were_damaged:      # one that was deleted is missed by whoever knows of it
        farm.insist("submit", night.file)
        watch(farm, night)
    for _ in range(3):
        verified = run(NIGHTREEL, "verify", out, "--json", check=None)
        if verified.returncode == 0:
            break
        farm.insist("submit", night.file)
        watch(farm, night)
    same(verified.returncode, 0, f"verify: {verified.stdout[:2000]}{verified.stderr}")
    same_pictures(takes_below(out), takes_below(calm / night.show))
    end = time.monotonic() + 40
    while (found := left_over(farm)) and time.monotonic() < end:
        farm.tend()
        time.sleep(0.1)
    same(found, [], "left over")
    same(farm.strangers(), [], "processes that no daemon answers for")
    same(farm.notes, [], "notes")


def counts_of(kinds):
    return {kind.name: (EACH if IS_SOAK else kind.in_short) if not why_not(kind) else 0 for kind in kinds}


def storm_over(farm, folder):
    storm = Storm(farm, counts_of(KINDS))
    number = 0
    try:
        while storm.left:
            number += 1
            began = time.monotonic()
            storm.begin_night()
            damaged_before = storm.counts["damaged take"]
            night = Night(farm, number)
            watch(farm, night, storm)
            storm.heal(at_once=True)
            stormy = time.monotonic() - began
            calm = folder / "calm"
            run(NIGHTREEL, "run", night.file, "-o", calm, "--workers", "2")
            check_night(farm, night, calm, storm.counts["damaged take"] > damaged_before)
            shutil.rmtree(calm)
            shutil.rmtree(farm.output / night.show)
            print(f"{night.show}: {stormy:.0f} s, {time.monotonic() - began:.0f} s with its checks; "
                  f"{sum(storm.counts.values())} faults so far", flush=True)
    except BaseException:
        if keep := os.environ.get("FAULT_KEEP"):
            subprocess.run(["cp", "-a", farm.output, farm.store, folder / "calm", farm.scheduler_disk.path, keep])
        print("the last faults:", *storm.told, sep="\n  ", flush=True)
        raise
    finally:
        for name, count in storm.counts.items():
            print(f"  {count:4} {name}", flush=True)
        print(f"  {sum(storm.counts.values()):4} in all, over {number} nights; FAULT_SEED={SEED}", flush=True)


def wait_for_a_model(farm):
    """A job whose model nobody has says so, and is done once it is installed. Measured, not judged by the clock."""
    wait_for(lambda: farm.insist("list", "--workers")[0].count("worker") > WORKERS + 1, 30, "all workers are there")
    began = time.monotonic()
    night = Night(farm, 0, SHOTS[:1])
    said = wait_for(lambda: "toybox" in (text := farm.insist("status", night.job)[0]) and "waits" in text and text, 60, "why it waits")
    why = next(line.strip() for line in said.splitlines() if "waits" in line)
    print(f"a job whose model nobody has said so {time.monotonic() - began:.1f} s after it was typed: {why}", flush=True)
    for number in range(1, WORKERS + 1):
        farm.install_model(number)
    watch(farm, night)


def test_no_fault_ends_a_night(folder):
    print(f"FAULT_SEED={SEED}", flush=True)
    for kind in KINDS:
        if why := why_not(kind):
            print(f"not done here: {kind.name}: {why}", flush=True)
    farm = FaultFarm(folder)
    try:
        wait_for_a_model(farm)
        storm_over(farm, folder)
        farm.stop()
        same(farm.strangers(), [], "processes after all daemons have stopped")
        if IS_SOAK:     # what a command does that waits for an answer in vain
            run(NIGHTREEL, "list", "--config", farm.config, check=4)
    finally:
        farm.kill()
        if keep := os.environ.get("FAULT_KEEP"):
            for log in folder.glob("*.log"):
                shutil.copy(log, keep)


if __name__ == "__main__":
    enter_world()
    main(test_no_fault_ends_a_night)
