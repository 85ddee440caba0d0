"""Nights exported as job directories, and a Slurm on this machine, for tests of farm managers of others."""
import contextlib

from harness import *

SITE = "nightreel_farm: 1\nmanagers: {device: cpu}\n"
OWN = {}
GONE = {"COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL"}


def night_of(*shots):
    """A night of the bundled model; a shot is (name, frames, takes)."""
    # Shots of one prompt would share its encoding.
    lines = [f'  - {{shot: {name}, prompt: "a large red star spins, {at} trees", frames: {frames}, takes: {takes}}}\n'
             for at, (name, frames, takes) in enumerate(shots)]
    return ("nightreel: 1\nshow: test\nseed: 7\n"
            "defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}\nshots:\n" + "".join(lines))


def export(folder, manager, night, *options, site=SITE, name="job"):
    """Writes the job directory folder/name; its takes go to folder/out."""
    (folder / "night.yaml").write_text(night)
    (folder / "site.yaml").write_text(site)
    job = folder / name
    run(NIGHTREEL, "export", manager, folder / "night.yaml", "-o", job, "--output", folder / "out", "--site",
        folder / "site.yaml", *options)
    return job


def submit(folder, manager, night, *options, site=SITE, env=None):
    """The same by `nightreel submit`, which also hands it over."""
    (folder / "night.yaml").write_text(night)
    (folder / "site.yaml").write_text(site)
    job = folder / "job"
    run(NIGHTREEL, "submit", folder / "night.yaml", "--to", manager, "--job", job, "--output", folder / "out", "--site",
        folder / "site.yaml", *options, env=env)
    return job


def of_own_scheduler(folder, night):
    """pictures() of the night as `nightreel run` makes it; rendered once for all tests of a file."""
    if night not in OWN:
        (folder / "own.yaml").write_text(night)
        run(NIGHTREEL, "run", folder / "own.yaml", "-o", folder / "own")
        OWN[night] = pictures(folder / "own")
    return OWN[night]


@contextlib.contextmanager
def slurm_farm(folder, nodes=1, processors=4):
    """A Slurm of these nodes; yields what its programs need in their environment."""
    needs_peers("sbatch", "slurmctld", "munged")
    if os.geteuid() != 0:
        raise Skip("Slurm's daemons need root")
    farm = ROOT / "tests/peers/slurm_farm.sh"
    size = {"SLURM_FARM_NODES": str(nodes), "SLURM_FARM_CPUS": str(processors)}
    try:
        yield {"SLURM_CONF": run(farm, "up", folder / "slurm_farm", env=size).stdout.strip()}
    finally:
        run(farm, "down", folder / "slurm_farm")


def members(slurm, ids=None):
    """What Slurm knows of array members: their states by (name of array, number)."""
    chosen = [f"--jobs={','.join(ids)}"] if ids else []
    lines = run("squeue", "--states=all", "--noheader", "--array", "--format=%j %K %T", *chosen, env=slurm).stdout.splitlines()
    found = {}
    for line in lines:
        name, number, state = line.split()
        found[name.rsplit(".", 1)[1], int(number)] = state
    return found


def units_by_state(slurm, job, ids=None):
    """State by name of the unit."""
    found = {}
    for (array, number), state in members(slurm, ids).items():
        for line in (job / "slurm/arrays" / array).read_text().splitlines():
            if line.startswith(f"{number} "):
                found[line.split(maxsplit=1)[1]] = state
    return found


def wait_for_slurm(slurm, seconds=120, ids=None):
    """Waits until no member waits or runs."""
    wait_for(lambda: set(members(slurm, ids).values()) <= GONE, seconds, "the end of all members")


def logs_of(job):
    return "".join(f"--- {path.name}\n{path.read_text()[-1500:]}" for path in sorted((job / "logs").iterdir()))


def staging_left(job):
    return [str(path) for path in (job / "artifacts/.staging").glob("*/*")]


def renderers(job):
    """Processes of nightreel-render that work on this job directory."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0") if folder.name.isdigit() else []
        except OSError:
            continue
        if str(job).encode() in words and words[0] == RENDER.encode():
            found.append(int(folder.name))
    return found


def kill_one(processes, chance):
    """kill -9 of one of these processes; whether there was one."""
    if not processes:
        return False
    try:
        os.kill(chance.choice(processes), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


class Faults:
    """Faults of several kinds in random order, each until it was done `each` times. A kind is a function that tells whether
    there was something to hurt. FAULT_SEED chooses; a failure prints it."""

    def __init__(self, each, **kinds):
        self.seed = int(os.environ.get("FAULT_SEED", random.SystemRandom().randrange(10**6)))
        self.chance = random.Random(self.seed)
        self.each = each
        self.kinds = kinds
        self.done = dict.fromkeys(kinds, 0)
        print(f"FAULT_SEED={self.seed}", flush=True)

    def left(self):
        return [kind for kind, count in self.done.items() if count < self.each]

    def do_one(self):
        self.chance.shuffle(order := self.left())
        for kind in order:
            if self.kinds[kind](self.chance):
                self.done[kind] += 1
                return
