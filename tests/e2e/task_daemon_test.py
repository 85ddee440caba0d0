"""`nightreel-render daemon`: models that stay open between calls of `task --via`, with the same bytes, and what each side
makes of the other's end."""
import stat

from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: short, prompt: "a large red star spins, in a green meadow", frames: 5, takes: 2}
  - {shot: slow, prompt: "a small blue circle jumps, at night", frames: 17, takes: 2, steps: 200}
"""


class Room:
    """An exported night and a daemon beside it."""

    def __init__(self, folder):
        self.job, self.socket = folder / "job", folder / "d.sock"
        (folder / "night.yaml").write_text(NIGHT)
        (folder / "site.yaml").write_text("nightreel_farm: 1\nmanagers: {device: cpu}\n")
        run(NIGHTREEL, "export", "shell", folder / "night.yaml", "-o", self.job, "--output", folder / "out", "--site",
            folder / "site.yaml", "--grain", "take")

    def daemon(self, *words, **more):
        return run(RENDER, "daemon", words[0], self.socket, *words[1:], timeout=60, **more)

    def unit(self, name, **more):
        return run(self.job / "unit.sh", name, "--via", self.socket, timeout=120, **more)

    def begin(self, name):
        """A client whose task is in the middle of its work."""
        client = start(self.job / "unit.sh", name, "--via", self.socket, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for line in client.stdout:
            if "openjd_status: step" in line:
                return client
        raise AssertionError(f"{name} ended before it was stopped: {client.wait()}")

    def record(self, unit):
        return json.loads(sorted((self.job / "attempts" / unit).glob("*.json"))[-1].read_text())

    def holder(self):
        """The process that has the lock, none when no daemon lives."""
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if command[1:3] == [b"daemon", b"start"] and str(self.socket).encode() in command:
                return int(process.name)
        return None


def with_daemon(body):
    def test(folder):
        room = Room(folder)
        room.daemon("start")
        try:
            body(room)
        finally:
            room.daemon("stop")
    test.__name__ = body.__name__
    return test


def test_models_stay_open_and_the_pictures_are_the_same(folder):
    room = Room(folder)
    units = ["short.encode", "short.take01", "short.take02"]
    for unit in units:
        run(room.job / "unit.sh", unit)
    expected = pictures(folder / "out")
    for made in (room.job / "artifacts", room.job / "attempts", folder / "out/test"):
        shutil.rmtree(made)
    room.daemon("start")
    try:
        same(stat.S_IMODE(room.socket.stat().st_mode), 0o600, "mode of the socket")
        holds("runs there already" in room.daemon("start", check=2).stderr, "one daemon at a socket")
        said = [room.unit(unit) for unit in units]
    finally:
        process = room.holder()
        room.daemon("stop")
    same((room.holder(), room.socket.exists()), (None, False), "what a stopped daemon leaves")
    same_pictures(pictures(folder / "out"), expected)
    opened = [line for one in said for line in one.stderr.splitlines() if " s  opening /" in line]
    same(len(opened), 1, "models that were opened")
    holds("openjd_progress: 100.0" in said[-1].stdout, said[-1].stdout)
    same([room.record(units[-1])[key] for key in ("exit_code", "fraction")], [0, 1], "record")
    log, = (room.job / "attempts" / units[-1]).glob("*.log")
    same(log.read_text(), said[-1].stderr, "log")
    holds(f"process {process}," in log.read_text(), "the daemon did it")
    room.daemon("stop")   # nothing to stop: well
    failed = room.unit(units[0], check=10)
    holds("no daemon answers" in failed.stderr and "openjd_fail: " in failed.stdout, failed)
    same(room.record(units[0])["kind"], "unavailable", "kind")


@with_daemon
def test_a_client_that_is_stopped_or_killed_stops_its_task(room):
    room.unit("slow.encode")
    staging = lambda: list((room.job / "artifacts/.staging").glob("*/*"))
    for sent, code in ((signal.SIGTERM, 7), (signal.SIGKILL, -9)):
        client = room.begin("slow.take01")
        holds(staging(), "the task runs")
        client.send_signal(sent)
        same(client.wait(timeout=30), code, "exit code of the client")
        wait_for(lambda: not staging(), 30, "the end of the task in the daemon")
        room.unit("short.encode")   # the daemon goes on
    ends = [json.loads(path.read_text()).get("exit_code") for path in sorted((room.job / "attempts/slow.take01").glob("*.json"))]
    same(ends, [7, None], "exit codes in the records")


@with_daemon
def test_one_waits_for_the_other_and_may_stop_waiting(room):
    room.unit("slow.encode")
    first = room.begin("slow.take01")
    second = start(room.job / "unit.sh", "slow.take02", "--via", room.socket, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for((room.job / "attempts/slow.take02").exists, 30, "the record of the second")
    second.terminate()
    said = second.communicate(timeout=30)[1]
    same(second.returncode, 7, said)
    holds("stopped before it began" in said, said)
    # Stopped together with the daemon, the first ends in order.
    room.daemon("stop")
    same(room.holder(), None, "a daemon after stop has returned")
    same(first.wait(timeout=30), 7, "exit code of a task whose daemon is stopped")
    same(room.record("slow.take01")["kind"], "cancelled", "kind")


def test_a_daemon_that_is_killed_is_an_error_and_can_be_started_again(folder):
    room = Room(folder)
    room.daemon("start")
    room.unit("slow.encode")
    client = room.begin("slow.take01")
    os.kill(room.holder(), signal.SIGKILL)
    said = client.stdout.read()
    same(client.wait(timeout=30), 1, said)
    holds("ended before the task did" in said and "d.sock.log" in said, said)
    same([room.record("slow.take01")[key] for key in ("exit_code", "kind", "task")], [1, "crash", "slow.take01.sample01"],
         "record")
    room.unit("short.encode", check=10)
    holds(room.socket.exists(), "a dead socket is left over")
    room.daemon("start")   # and replaced
    try:
        room.unit("short.encode")
    finally:
        room.daemon("stop")


def test_a_daemon_refuses_what_it_cannot_serve(folder):
    room = Room(folder)
    room.daemon("start", env={"CUDA_VISIBLE_DEVICES": "0"})
    try:
        holds("given GPUs 1" in room.unit("short.encode", check=2, env={"CUDA_VISIBLE_DEVICES": "1"}).stderr, "other GPUs")
        room.unit("short.encode", env={"CUDA_VISIBLE_DEVICES": "0"})
        holds("no task nothing" in run(RENDER, "task", room.job, "nothing", "--via", room.socket, check=2).stderr, "its own words")
    finally:
        room.daemon("stop")
    (folder / "file").write_text("text")
    holds("is no socket" in run(RENDER, "daemon", "start", folder / "file", check=10).stderr, "a file")
    holds("can have 107 bytes" in run(RENDER, "daemon", "start", folder / ("a" * 120), check=10).stderr, "a long path")
    for wrong in (["start"], ["stop", "a", "b"], ["start", "a", "--idle", "0"], ["stop", "a", "--idle", "5"]):
        run(RENDER, "daemon", *wrong, check=2, cwd=folder)


def test_a_daemon_that_nobody_needs_ends(folder):
    room = Room(folder)
    room.daemon("start", "--idle", "1")
    wait_for(lambda: not room.holder() and not room.socket.exists(), 30, "the end of an idle daemon")


main(test_models_stay_open_and_the_pictures_are_the_same, test_a_client_that_is_stopped_or_killed_stops_its_task,
     test_one_waits_for_the_other_and_may_stop_waiting, test_a_daemon_that_is_killed_is_an_error_and_can_be_started_again,
     test_a_daemon_refuses_what_it_cannot_serve, test_a_daemon_that_nobody_needs_ends)
