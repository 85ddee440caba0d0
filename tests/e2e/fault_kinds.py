"""The faults that happen to a farm: each is done, lasts for a while, and ends by itself."""
from fault_farm import *


class Fault:
    """One kind. `hurt` returns how it ends, or nothing for what ends at once; NotNow where it finds no victim."""

    def __init__(self, name, hurt, holds=None, lasts=(0, 0), needs=None, in_short=0):
        self.name, self.hurt, self.holds, self.lasts, self.needs, self.in_short = name, hurt, holds, lasts, needs, in_short


class NotNow(Exception):
    pass


def one_of(chance, things):
    things = list(things)
    if not things:
        raise NotNow
    return chance.choice(things)


def pick_worker(farm, chance):
    return one_of(chance, [worker for worker in farm.workers() if worker.is_up() and worker.name not in farm.busy])


def kill_worker(farm, chance, job):
    pick_worker(farm, chance).kill()


def kill_child(farm, chance, job):
    victim = one_of(chance, [pid for worker in farm.workers() if worker.is_up() for pid in worker.children()])
    os.kill(victim, signal.SIGKILL)


def kill_scheduler(farm, chance, job):
    if not farm.scheduler.is_up():
        raise NotNow
    farm.scheduler.kill()


def restart_worker(farm, chance, job):
    pick_worker(farm, chance).kill(signal.SIGTERM)


def restart_scheduler(farm, chance, job):
    if not farm.scheduler.is_up():
        raise NotNow
    farm.scheduler.kill(signal.SIGTERM)


def stop_worker(farm, chance, job):
    """The worker alone, or with its renderer, as a machine that sleeps."""
    worker = pick_worker(farm, chance)
    pids = [worker.pid] + (worker.children() if chance.random() < 0.5 else [])
    farm.busy.add(worker.name)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)

    def wake():
        farm.busy.discard(worker.name)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGCONT)
            except ProcessLookupError:
                pass
    return wake


def stop_scheduler(farm, chance, job):
    if not farm.scheduler.is_up():
        raise NotNow
    pid = farm.scheduler.pid
    os.kill(pid, signal.SIGSTOP)
    return lambda: os.kill(pid, signal.SIGCONT)


def step_clock(farm, chance, job):
    name = chance.choice(["scheduler", "worker1"])
    farm.clock_offsets[name] = farm.clock_offsets.get(name, 0) + 90
    farm.set_clock(name, farm.clock_offsets[name])


def set_aside_strange(farm, place):
    """What was made in the place of the absent store, which nobody should."""
    if not place.exists():
        return
    strange = farm.folder / f"strange{len(farm.notes)}"
    place.rename(strange)
    farm.notes.append(f"made in the place of the absent store: {sorted(str(p) for p in strange.rglob('*'))[:5]}")


def take_store_away(farm, chance, job):
    """The store or the output folder is unmounted, or the folder above both renamed."""
    farm.allow_end([worker.name for worker in farm.workers()], 60)
    here, away = farm.store.parent, farm.folder / "mnt.away"
    if not own_world() or chance.random() < 0.4:
        here.rename(away)

        def back():
            while True:
                set_aside_strange(farm, here)
                try:
                    return away.rename(here)
                except OSError:     # somebody has made something there again
                    pass
        return back
    place = chance.choice([farm.store, farm.output])
    holds(subprocess.run(["umount", "-l", str(place)]).returncode == 0, "unmounted")

    def again():
        if any(place.iterdir()):
            set_aside_strange(farm, place)
        place.mkdir(exist_ok=True)
        farm.bind(place)
    return again


def make_store_read_only(farm, chance, job):
    """The store or the output folder."""
    farm.allow_end([worker.name for worker in farm.workers()], 60)
    place = chance.choice([farm.store, farm.output])
    wait_for(lambda: mount("-o", "remount,bind,ro", place), 10, f"{place} is read-only")
    return lambda: holds(mount("-o", "remount,bind,rw", place), f"{place} can be written")


def fill_store(farm, chance, job):
    """The disk of both, store and output folder."""
    farm.allow_end([worker.name for worker in farm.workers()], 60)
    farm.store_disk.fill(chance.choice([0, 4096, 60_000, 400_000]))
    return farm.store_disk.empty


def fill_scheduler_disk(farm, chance, job):
    farm.allow_end(["scheduler"], 60)
    farm.scheduler_disk.fill(chance.choice([0, 4096, 60_000]))
    return farm.scheduler_disk.empty


def hurt_file(path, chance):
    raw = bytearray(path.read_bytes())
    path.chmod(0o644)
    if chance.random() < 0.3 or not raw:
        path.unlink()
    elif chance.random() < 0.3:
        path.write_bytes(raw[:len(raw) // 2])
    else:
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
        path.write_bytes(raw)


def damage_artifact(farm, chance, job):
    """Of the night that runs, so that somebody may still read it."""
    try:
        made = [path for path in farm.store.glob("[0-9a-f][0-9a-f]/*") if path.stat().st_mtime > farm.night_began]
        if chance.random() < 0.1:
            return shutil.rmtree(one_of(chance, made))
        hurt_file(one_of(chance, sorted(path for path in one_of(chance, sorted(made)).iterdir())), chance)
    except OSError:
        raise NotNow from None


def damage_take(farm, chance, job):
    take = one_of(chance, sorted(farm.output.glob(f"{job.show}/*/*/v001/take*/publish.json"))).parent
    try:
        if chance.random() < 0.2:
            return shutil.rmtree(take)
        hurt_file(one_of(chance, sorted(path for path in take.rglob("*") if path.is_file())), chance)
    except OSError:
        raise NotNow from None


def clone_key(farm, chance, job):
    """A machine that was copied with its key: another process, another state folder, the same name."""
    number = chance.randrange(1, WORKERS + 1)
    name = f"clone{number}"
    if name in farm.daemons:
        raise NotNow
    config = farm.folder / f"{name}.yaml"
    config.write_text((farm.folder / f"worker{number}.yaml").read_text().replace(
        f"state: worker{number}", f"state: {name}"))
    clone = Daemon(farm, name, "worker", config, {"NIGHTREEL_MODELS": ""})
    farm.daemons[name] = clone
    farm.allow_end([name], 600)

    def gone():
        clone.kill(signal.SIGTERM)
        del farm.daemons[name]
        try:
            clone.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"{name} does not stop\n{clone.log.read_text()[-2000:]}") from None
    return gone


def take_model_away(farm, chance, job):
    number = chance.randrange(1, WORKERS + 1)
    model = farm.models_of(number)
    if not model.exists():
        raise NotNow
    away = model.parent.parent / f"toybox{number}.away"
    model.rename(away)
    return lambda: away.rename(model)


KINDS = [
    Fault("kill worker", kill_worker, in_short=2),
    Fault("kill renderer", kill_child, in_short=10),
    Fault("kill scheduler", kill_scheduler, "scheduler", in_short=4),
    Fault("stop worker beyond its lease", stop_worker, lasts=(LEASE + 1, LEASE + 6)),
    Fault("stop scheduler", stop_scheduler, "scheduler", lasts=(5.5, 8)),
    Fault("clock +90 s", step_clock, needs="faketime", in_short=3),
    Fault("store away and back", take_store_away, "store", lasts=(0.3, 5)),
    Fault("store read-only", make_store_read_only, "store", lasts=(0.3, 5), needs="world"),
    Fault("store full", fill_store, "store", lasts=(0.3, 5), needs="world"),
    Fault("damaged artifact", damage_artifact, in_short=8),
    Fault("damaged take", damage_take, in_short=4),
    Fault("cloned key", clone_key, lasts=(1, 6), in_short=2),
    Fault("worker without the model", take_model_away, lasts=(1, 6), in_short=3),
    Fault("restart worker", restart_worker, in_short=2),
    Fault("restart scheduler", restart_scheduler, "scheduler", in_short=2),
    Fault("scheduler's disk full", fill_scheduler_disk, "scheduler", lasts=(0.5, 3), needs="world"),
]


def why_not(kind):
    """Why this machine cannot do it; empty when it can."""
    if kind.needs and not own_world():
        return "needs a mount namespace (unshare)"
    if kind.needs == "faketime" and FAKETIME is None:
        return "needs libfaketime (apt-get install faketime)"
    return ""
