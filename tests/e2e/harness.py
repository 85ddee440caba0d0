"""What the end-to-end tests share: the real programs, nights written on the spot, digests of what came out.

A test is a Python file that calls main(test_function, ...); it needs nothing but the standard library. The
programs are looked for in NIGHTREEL_BIN."""
import hashlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ.get("NIGHTREEL_BIN", ROOT / "build/bin"))
NIGHTREEL = str(BIN / "nightreel")
RENDER = str(BIN / "nightreel-render")
PEERS = Path(os.environ.get("NIGHTREEL_PEERS", BIN.parent / "peers"))
PEER_PYTHON = PEERS / "venv/bin/python"
SKIP = 77  # ctest's SKIP_RETURN_CODE

# Short enough for a test: two takes of two shots, three segments each.
SMALL_NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 4, handles: 0}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 37
  - shot: sq010_sh0020
    prompt: "a small blue circle jumps, at night"
    frames: 25
    takes: 2
"""


class Skip(Exception):
    """The machine cannot do what the test needs; the text says what."""


def needs_peers(*programs):
    """Skips the test, with the remedy, where the independent checkers or one of these programs are missing."""
    missing = [str(PEERS)] if not (PEERS / ".stamp").exists() else []
    missing += [name for name in programs if shutil.which(name) is None]
    if missing:
        raise Skip(f"{', '.join(missing)} missing; run `make peers`")


def run(*arguments, check=0, timeout=300, env=None, **more):
    """Runs a program; `check` is the exit code that is expected, None for any."""
    done = subprocess.run([str(a) for a in arguments], text=True, capture_output=True, timeout=timeout,
                          env={**os.environ, "NO_COLOR": "1", **(env or {})}, **more)
    if check is not None and done.returncode != check:
        raise AssertionError(f"{' '.join(map(str, arguments))}\nexit {done.returncode}, expected {check}\n"
                             f"--- stdout\n{done.stdout}\n--- stderr\n{done.stderr}")
    return done


def start(*arguments, env=None, **more):
    """Starts a program in a process group of its own, output to a file beside the test's folder."""
    return subprocess.Popen([str(a) for a in arguments], start_new_session=True, text=True,
                            env={**os.environ, "NO_COLOR": "1", **(env or {})}, **more)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def descendants(pid):
    """Process ids below `pid` with their command lines."""
    found = []
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
            except OSError:
                continue
            parents[int(folder.name)] = (int(stat.rsplit(")", 1)[1].split()[1]), command)
    todo = [pid]
    while todo:
        above = todo.pop()
        for child, (parent, command) in parents.items():
            if parent == above:
                found.append((child, command))
                todo.append(child)
    return found


def free_port():
    """A port of loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def pictures(output):
    """Every frame, movie and sheet below an output folder by its relative path: what must never vary."""
    return {str(p.relative_to(output)): digest(p) for p in sorted(Path(output).rglob("*"))
            if p.suffix in (".exr", ".mp4", ".png") and ".nightreel" not in p.parts and "dailies" not in p.parts}


def same(actual, expected, what):
    if actual != expected:
        raise AssertionError(f"{what}: {str(actual)[:1000]}\nexpected: {str(expected)[:1000]}")


def holds(condition, what):
    if not condition:
        raise AssertionError(what)


def same_pictures(actual, expected):
    """Compares two results of pictures() and names what differs."""
    same(sorted(actual), sorted(expected), "files")
    differing = [name for name in expected if actual[name] != expected[name]]
    holds(not differing, f"{len(differing)} files differ, the first are {differing[:8]}")


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} s: {what}")


def main(*tests):
    """Runs the tests in order. One that is written and not listed would look as if it had passed."""
    written = {name for name in vars(sys.modules["__main__"]) if name.startswith("test_")}
    forgotten = written - {test.__name__ for test in tests}
    if forgotten:
        sys.exit(f"not listed in main(): {', '.join(sorted(forgotten))}")
    failed = skipped = 0
    for test in tests:
        folder = Path(tempfile.mkdtemp(prefix="nightreel-e2e-"))
        began = time.monotonic()
        try:
            test(folder)
            print(f"passed   {test.__name__}  {time.monotonic() - began:.1f} s", flush=True)
        except Skip as reason:
            skipped += 1
            print(f"skipped  {test.__name__}: {reason}", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED   {test.__name__}", flush=True)
            traceback.print_exc(file=sys.stdout)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    # A file of which a part was skipped counts as skipped: green would hide what this machine cannot do.
    sys.exit(1 if failed else SKIP if skipped else 0)


__all__ = ["BIN", "NIGHTREEL", "PEERS", "PEER_PYTHON", "RENDER", "ROOT", "SMALL_NIGHT", "Path", "Skip", "descendants",
           "digest", "free_port", "holds", "json", "kill_group", "main", "needs_peers", "os", "pictures", "random", "run", "same",
           "same_pictures", "shutil", "signal", "start", "subprocess", "sys", "time", "wait_for"]
