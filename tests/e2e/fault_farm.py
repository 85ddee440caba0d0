"""A farm of real daemons in a world of its own: its processes, disks and clocks can be hurt without harm to others.

The world is a process and mount namespace where the machine allows one; without it disks cannot be hurt."""
from harness import *
import socket

WORKERS = 3                 # whose models can be taken away; one more never has any
KEEP_ALIVE, LEASE = 2, 8     # seconds
RESTART_AFTER = 0.5         # as systemd's RestartSec
STORE_MIB = 700
STATE_MIB = 64
FAKETIME = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)
INSIDE = "NIGHTREEL_FAULT_WORLD"


def enter_world():
    """Starts this script again in a world of its own. What runs there ends with it."""
    if INSIDE in os.environ:
        return
    os.environ[INSIDE] = ""
    for rights in ([], ["--user", "--map-root-user"]):
        words = ["unshare", *rights, "--fork", "--pid", "--kill-child", "--mount", "--mount-proc"]
        if shutil.which("unshare") and subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/dev/shm"],
                                                      capture_output=True).returncode == 0:
            os.environ[INSIDE] = "own"
            os.execvp("unshare", [*words, sys.executable, *sys.argv])


def own_world():
    return os.environ.get(INSIDE) == "own"


def mount(*words):
    return subprocess.run(["mount", *map(str, words)], capture_output=True).returncode == 0


class Disk:
    """A small disk that can be filled by making it smaller."""

    def __init__(self, path, mib):
        self.path, self.mib = path, mib
        path.mkdir()
        if own_world() and not mount("-t", "tmpfs", "-o", f"size={mib}m", "tmpfs", path):
            raise AssertionError(f"{path}: no tmpfs")

    def fill(self, but):
        """Leaves about `but` bytes; what is written meanwhile may need a second look."""
        def filled():
            facts = os.statvfs(self.path)
            used = (facts.f_blocks - facts.f_bfree) * facts.f_frsize
            return mount("-o", f"remount,size={max(used + but, 4096)}", self.path)
        wait_for(filled, 5, f"{self.path} is full")

    def empty(self):
        holds(mount("-o", f"remount,size={self.mib}m", self.path), f"{self.path} has room again")


class Daemon:
    def __init__(self, farm, name, verb, config, env=None):
        self.farm, self.name, self.words, self.env = farm, name, [verb, "--config", str(config)], env or {}
        self.log = farm.folder / f"{name}.log"
        self.process = None
        self.start_at = 0
        self.ends_expected = False      # by a signal of ours
        self.start()

    def start(self):
        with open(self.log, "a") as log:
            self.process = start(self.farm.program, *self.words, stdout=log, stderr=log, env=self.env)
        self.ends_expected = False
        self.start_at = 0

    @property
    def pid(self):
        return self.process.pid

    def is_up(self):
        return self.process.poll() is None

    def kill(self, signal_number=signal.SIGKILL):
        self.ends_expected = True
        os.kill(self.pid, signal_number)

    def children(self):
        return [pid for pid, command in descendants(self.pid) if "nightreel-render" in command and "--serve" in command]

    def tend(self):
        """What systemd does with the units of packaging/systemd."""
        code = self.process.poll()
        if code is None:
            return
        if self.start_at == 0:
            self.start_at = time.monotonic() + RESTART_AFTER
            if not self.ends_expected:
                self.farm.own_ends.append((self.name, code))
                last = self.log.read_text()[-2000:]
                holds(code not in (0, 2, 3, 5), f"{self.name} ended for good with {code}\n{last}")
                holds(self.farm.may_end(self.name), f"{self.name} ended with {code}\n{last}")
        elif time.monotonic() >= self.start_at:
            self.start()


class FaultFarm:
    def __init__(self, folder):
        self.folder = folder
        self.daemons = {}
        self.own_ends = []              # of daemons, without a signal of ours
        self.ends_allowed_until = {}    # by daemon: a disk of it was hurt
        self.copy_programs()
        self.port = free_port()
        self.during = lambda: None      # what goes on while a command is waited for
        run(NIGHTREEL, "keys", "farm", folder, "--port", self.port, "--workers", WORKERS + 1)
        self.config = folder / "farm.yaml"
        self.scheduler_disk = Disk(folder / "state", STATE_MIB)
        self.store_disk = Disk(folder / "disk", STORE_MIB)
        self.store, self.output = folder / "mnt/store", folder / "mnt/out"
        for name in ("store", "out"):
            (folder / "disk" / name).mkdir()
            (folder / "mnt" / name).mkdir(parents=True)
            self.bind(folder / "mnt" / name)
        self.write_configs()
        self.serve()

    def copy_programs(self):
        """Away from the tree, where they would find its models."""
        (self.folder / "bin").mkdir()
        for name in ("nightreel", "nightreel-render"):
            shutil.copy2(BIN / name, self.folder / "bin" / name)
        self.program = self.folder / "bin/nightreel"

    def bind(self, place):
        if own_world():
            holds(mount("--bind", self.folder / "disk" / place.name, place), f"{place} is mounted")

    def models_of(self, number):
        return self.folder / f"models{number}/toybox"

    def write_configs(self):
        self.config.write_text(self.config.read_text().replace(
            "  output: out\n  store: artifacts\n",
            f"  output: {self.output}\n  store: {self.store}\n  limits: {{keep_alive: {KEEP_ALIVE}s, lease: {LEASE}s}}\n"))
        holds(str(self.output) in self.config.read_text(), "the file names the output folder")
        for number in range(1, WORKERS + 2):
            config = self.folder / f"worker{number}.yaml"
            holds("store: artifacts" in config.read_text(), "the file names the store")
            config.write_text(config.read_text().replace("store: artifacts", f"store: {self.store}")
                              + f"  models: [models{number}]\n  store_free_min: 16MiB\n")
            self.models_of(number).parent.mkdir()

    def install_model(self, number):
        self.models_of(number).symlink_to(ROOT / "models/toybox")

    def clock_of(self, name):
        return self.folder / f"clock.{name}"

    def set_clock(self, name, offset):
        new = self.folder / f"clock.{name}.new"
        new.write_text(f"{offset:+d}s\n")
        new.rename(self.clock_of(name))

    def serve(self):
        for name in ("scheduler", *(f"worker{number}" for number in range(1, WORKERS + 2))):
            env = {"NIGHTREEL_MODELS": "", "NIGHTREEL_FARM": ""}
            if FAKETIME and own_world() and name in ("scheduler", "worker1"):
                self.set_clock(name, 0)
                env |= {"LD_PRELOAD": str(FAKETIME), "FAKETIME_TIMESTAMP_FILE": str(self.clock_of(name)),
                        "FAKETIME_CACHE_DURATION": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}
            verb, config = ("serve", self.config) if name == "scheduler" else ("worker", self.folder / f"{name}.yaml")
            self.daemons[name] = Daemon(self, name, verb, config, env)

    @property
    def scheduler(self):
        return self.daemons["scheduler"]

    def workers(self):
        return [self.daemons[f"worker{number}"] for number in range(1, WORKERS + 1)]

    def allow_end(self, names, seconds):
        """These may end by themselves for so long: systemd starts them again."""
        for name in names:
            self.ends_allowed_until[name] = time.monotonic() + seconds

    def may_end(self, name):
        return time.monotonic() < self.ends_allowed_until.get(name, 0)

    def tend(self):
        for daemon in list(self.daemons.values()):
            daemon.tend()

    def listens(self):
        with socket.socket() as probe:
            probe.settimeout(0.2)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ask(self, *words, check=0):
        """A command as a user types it; None while no scheduler answers."""
        if not self.listens():
            return None
        process = start(NIGHTREEL, *words, "--config", self.config, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while True:
            try:
                out, errors = process.communicate(timeout=0.1)
                break
            except subprocess.TimeoutExpired:
                self.tend()
                self.during()
        if process.returncode == 4:
            return None
        holds(process.returncode == check, f"{words}: exit {process.returncode}\n{out}{errors}")
        return out, errors

    def insist(self, *words, seconds=60):
        """Asked until a scheduler answers."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.tend()
            if done := self.ask(*words):
                return done
            time.sleep(0.05)
        raise AssertionError(f"no answer within {seconds} s: {words}")

    def status(self, job):
        done = self.ask("status", job, "--json")
        return json.loads(done[0]) if done else None

    def stop(self):
        """In good order. What is left of a process group afterwards should not be there."""
        for daemon in self.daemons.values():
            daemon.ends_expected = True
            if daemon.is_up():
                os.kill(daemon.pid, signal.SIGTERM)
        for daemon in self.daemons.values():
            daemon.process.wait(timeout=30)

    def kill(self):
        for daemon in self.daemons.values():
            kill_group(daemon.process)

    def strangers(self):
        """Processes of this farm that no daemon of it answers for."""
        ours = {daemon.pid for daemon in self.daemons.values()}
        for daemon in self.daemons.values():
            ours |= {pid for pid, _ in descendants(daemon.pid)}
        found = []
        for folder in Path("/proc").iterdir():
            try:
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue
            if folder.name.isdigit() and int(folder.name) not in ours and f"{self.folder}/" in command and \
                    "faults_test" not in command:
                found.append(f"{folder.name} {command}")
        return found
