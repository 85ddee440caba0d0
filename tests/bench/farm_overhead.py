"""What the farm costs beside the model: an idle scheduler's share of a core, and a worker's beside the work
of its render child. JSON lines; run on a quiet machine."""
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "e2e"))
from harness import NIGHTREEL, descendants, free_port, kill_group, run, start  # noqa: E402

IDLE_SECONDS = 20
TICKS = os.sysconf("SC_CLK_TCK")
NIGHT = """\
nightreel: 1
show: bench
seed: 1
defaults: {model: toybox, size: 96x64, fps: 12, handles: 0}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a meadow", frames: 289}
"""


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def idle_scheduler(folder):
    run(NIGHTREEL, "keys", "farm", folder, "--port", free_port())
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    scheduler = start(NIGHTREEL, "serve", "--config", folder / "farm.yaml", **quiet)
    worker = start(NIGHTREEL, "worker", "--config", folder / "farm.yaml", **quiet)
    try:
        time.sleep(3)
        before = cpu_seconds(scheduler.pid), cpu_seconds(worker.pid)
        time.sleep(IDLE_SECONDS)
        after = cpu_seconds(scheduler.pid), cpu_seconds(worker.pid)
    finally:
        kill_group(worker)
        kill_group(scheduler)
    for name, one, two in zip(("scheduler", "worker"), before, after):
        print(json.dumps({"bench": f"idle_{name}", "core_percent": round(100 * (two - one) / IDLE_SECONDS, 3)}))


def worker_overhead(folder):
    (folder / "night.yaml").write_text(NIGHT)
    process = start(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out", stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL)
    seen = {}
    while process.poll() is None:
        for pid, command in descendants(process.pid):
            try:
                seen["child" if "nightreel-render" in command else "worker"] = cpu_seconds(pid)
            except OSError:
                pass
        time.sleep(0.2)
    status = json.loads(run(NIGHTREEL, "status", "-o", folder / "out", "--json").stdout)
    model = sum(t["facts"]["seconds"] for t in status["tasks"] if t["kind"] == "sample")
    print(json.dumps({"bench": "worker_overhead", "model_seconds": round(model, 2),
                      "worker_cpu_seconds": round(seen["worker"], 2),
                      "render_cpu_seconds": round(seen["child"], 2),
                      "worker_percent_of_render": round(100 * seen["worker"] / seen["child"], 2)}))


with tempfile.TemporaryDirectory() as name:
    (Path(name) / "idle").mkdir()
    (Path(name) / "night").mkdir()
    idle_scheduler(Path(name) / "idle")
    worker_overhead(Path(name) / "night")
