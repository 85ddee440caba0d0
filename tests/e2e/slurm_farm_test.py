"""Nights on a real Slurm that things happen to: nodes that cannot do the work, bad input, requeues, a drained node, a controller
that is killed. `--soak` does more of it. Needs `make peers` and root."""
from exported_nights import *
from harness import *

# The renderer of a site where some units fail: `rules` are lines of sh that see $unit and $node.
RENDERER = """\
#!/bin/sh
unit=$(printf '%s\\n' "$@" | sed -n '/^--unit$/{{n;p;}}')
node=$SLURMD_NODENAME
echo "$unit $node" >>{runs}
{rules}
exec {render} "$@"
"""


def site_whose_renderer(folder, rules):
    program = folder / "render.sh"
    program.write_text(RENDERER.format(rules=rules, runs=folder / "runs", render=RENDER))
    program.chmod(0o755)
    return f"nightreel_farm: 1\nmanagers: {{device: cpu, program: {program}, models: [{ROOT / 'models'}]}}\n"


def test_sbatch_accepts_every_line(folder):
    site = """\
nightreel_farm: 1
managers:
  device: cuda:0
  threads: 2
  slurm: {partition: farm, gres: "gpu:1", licences: "nightreel:1", time_factor: 4, array_max: 2, options: ["--nice=100"]}
"""
    job = export(folder, "slurm", night_of(("sh1", 29, 3), ("sh2", 17, 1)), "--grain", "task", site=site)
    programs = folder / "bin"
    programs.mkdir()
    (programs / "sbatch").write_text(f'#!/bin/sh\n{shutil.which("sbatch")} --test-only "$@" && exec {shutil.which("sbatch")} "$@"\n')
    (programs / "sbatch").chmod(0o755)
    with slurm_farm(folder) as slurm:
        path = {"PATH": f"{programs}:{os.environ['PATH']}"}
        # What a site's users export does not reach the job, what filters their lists does not hide it.
        site_habits = {"SBATCH_EXPORT": "NONE", "SQUEUE_USERS": "nobody"}
        done = run(job / "submit.sh", "--hold", env={**slurm, **path, **site_habits})
        submitted = [line for line in (job / "submit.sh").read_text().splitlines() if line.startswith("submit ")]
        same(done.stderr.count("to start at"), len(submitted), done.stderr)
        ids = done.stdout.split()
        same(len(set(ids)), len(submitted), "numbers that are printed")
        units = sorted(path.name for path in (job / "units").iterdir())
        same(sorted(units_by_state(slurm, job)), units, "units in arrays")
        shown = run("scontrol", "-o", "show", "job", env=slurm).stdout
        uuid = (job / "slurm/submitted").read_text().strip()
        for line in shown.splitlines():
            # Twice: a site whose job_submit plugin writes comments leaves the command alone.
            same(line.count(uuid), 2, line)
        holds("submitted before" in run(job / "submit.sh", env=slurm, check=1).stderr, "a night is submitted once by hand")
        run(job / "cancel.sh", env={**slurm, **site_habits})
        same(set(members(slurm).values()), {"CANCELLED"}, "states")
        holds(not (job / "slurm/submitted").exists(), "it can be submitted again")


def test_failures_stay_with_their_shot_and_unfit_nodes_are_avoided(folder):
    night = night_of(("bad", 17, 2), ("good", 17, 1), ("moved", 17, 1), ("unfit", 17, 1))
    site = site_whose_renderer(folder, """\
case $unit,$node in
    bad.encode,*) exit 3 ;;
    moved.take01,node0 | unfit.*,*) exit 11 ;;
esac""")
    job = export(folder, "slurm", night, "--grain", "take", site=site)
    with slurm_farm(folder, nodes=2, processors=2) as slurm:
        # The first run of each is on node0.
        run("scontrol", "update", "NodeName=node1", "State=DRAIN", "Reason=test", env=slurm)
        uuid = "0b6f5e0e-8f4e-4c57-9e5d-0f4f6f8f8f8f"
        run(job / "submit.sh", env={**slurm, "NIGHTREEL_SUBMISSION": uuid, "SBATCH_EXPORT": "NONE"})
        runs = lambda: (folder / "runs").read_text().splitlines() if (folder / "runs").exists() else []
        wait_for(lambda: {"moved.take01 node0", "unfit.encode node0"} <= set(runs()), 60, "failures on node0")
        run("scontrol", "update", "NodeName=node1", "State=RESUME", env=slurm)
        wait_for_slurm(slurm)
        logs = logs_of(job)
        same(units_by_state(slurm, job),
             {"bad.encode": "FAILED", "bad.take01": "CANCELLED", "bad.take02": "CANCELLED", "unfit.encode": "FAILED",
              "unfit.take01": "CANCELLED", "good.encode": "COMPLETED", "good.take01": "COMPLETED", "moved.encode": "COMPLETED",
              "moved.take01": "COMPLETED", "dailies": "COMPLETED"}, f"states\n{logs}")
        same(runs().count("bad.encode node0") + runs().count("bad.encode node1"), 1, "runs of bad input")
        same([line for line in runs() if line.startswith("moved.take01")], ["moved.take01 node0", "moved.take01 node1"], "runs")
        same(sorted(line for line in runs() if line.startswith("unfit")), ["unfit.encode node0", "unfit.encode node1"], "runs")
        attempts = [json.loads(path.read_text()) for path in (job / "attempts").rglob("*.json")]
        same({attempt["submission"] for attempt in attempts}, {uuid}, "submission in the records of runs")


def test_a_night_that_is_disturbed_has_the_same_pictures(folder):
    night = night_of(("sh1", 17, 2))
    expected = of_own_scheduler(folder, night)
    with slurm_farm(folder) as slurm:
        job = submit(folder, "slurm", night, "--grain", "task", env=slurm)
        # slurmctld may have lost what it acknowledged, or have it still; `status` finds out.
        run(ROOT / "tests/peers/slurm_farm.sh", "crash", folder / "slurm_farm")
        said = run(NIGHTREEL, "status", "--job", job, env=slurm).stderr
        handed_over = len(list((job / "submissions").glob("*/submission.json")))
        same("has lost" in said, handed_over == 2, "what is said of a loss")

        def listed(*chosen):
            return run("squeue", *chosen, "--noheader", "--array", "--format=%i", env=slurm).stdout.split()

        running = lambda: listed("--states=RUNNING")

        def two_at_work():
            # Their logs tell that they began.
            begun = [one for one in running() if any(path.stat().st_size for path in (job / "logs").glob(f"*.{one}.log"))]
            return begun if len(begun) > 1 else None

        requeued, at_its_limit = wait_for(two_at_work, 60, "two running members")[:2]
        run("scontrol", "requeue", requeued, env=slurm)
        run("scancel", "--batch", "--signal=USR1", at_its_limit, env=slurm)  # as a minute before its time limit
        run("scontrol", "update", "NodeName=node0", "State=DRAIN", "Reason=test", env=slurm)
        wait_for(lambda: not running(), 60, "the end of what runs on a drained node")
        run("scancel", listed("--states=PENDING", "--name=nightreel.test.decode")[0], env=slurm)
        run("scontrol", "update", "NodeName=node0", "State=RESUME", env=slurm)
        status = json.loads(run(NIGHTREEL, "wait", "--job", job, "--json", env=slurm, check=None).stdout)
        same(status["job"]["state"], "cancelled", f"state of the job\n{logs_of(job)}")
        # What was cancelled, and what needed it, is all that is left to do.
        run(NIGHTREEL, "retry", "--job", job, env=slurm)
        status = json.loads(run(NIGHTREEL, "wait", "--job", job, "--json", env=slurm).stdout)
        same(status["job"]["state"], "done", "state of the job")
        later = json.loads((job / f"submissions/{handed_over + 1}/submission.json").read_text())
        holds(0 < len(later["units"]) < len(list((job / "units").iterdir())), f"units of the retry: {later}")
        uuids = [json.loads(path.read_text())["uuid"] for path in (job / "submissions").glob("*/submission.json")]
        of_runs = {json.loads(path.read_text())["submission"] for path in (job / "attempts").rglob("*.json")}
        holds(of_runs <= set(uuids), f"submissions in the records of runs: {of_runs}, of {uuids}")
    same_pictures(pictures(folder / "out"), expected)
    same(staging_left(job), [], "what is left of disturbed units")


def test_kills_requeues_and_double_deliveries_change_nothing(folder):
    """--soak: 20 of each."""
    if "--soak" not in sys.argv:
        return
    night = night_of(("sh1", 29, 3), ("sh2", 17, 3))
    expected = of_own_scheduler(folder, night)
    site = "nightreel_farm: 1\nmanagers: {device: cpu, slurm: {requeues_max: 1000}}\n"
    job = export(folder, "slurm", night, "--grain", "task", site=site)
    units = [path.name for path in (job / "units").iterdir()]
    by_hand = []
    with slurm_farm(folder) as slurm:
        def of_state(state):
            return run("squeue", f"--states={state}", "--noheader", "--array", "--format=%i", env=slurm).stdout.split()

        def change(verb, state):
            def one(chance):
                known = of_state(state)
                return bool(known) and run("scontrol", verb, chance.choice(known), env=slurm, check=None).returncode == 0
            return one

        def deliver_twice(chance):
            by_hand.append(subprocess.Popen([job / "unit.sh", chance.choice(units)], stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL))
            return True

        faults = Faults(20, kill=lambda chance: kill_one(renderers(job), chance), requeue=change("requeue", "RUNNING"),
                        again=change("requeue", "COMPLETED"), twice=deliver_twice)
        submissions = 0
        end = time.monotonic() + 1500
        while faults.left() and time.monotonic() < end:
            if not set(members(slurm).values()) - GONE:
                # All over: from the start, twice at once.
                for process in by_hand:
                    process.wait(timeout=120)
                shutil.rmtree(job / "artifacts", ignore_errors=True)
                shutil.rmtree(folder / "out", ignore_errors=True)
                for _ in range(2):
                    submissions += 1
                    run(job / "submit.sh", env={**slurm, "NIGHTREEL_SUBMISSION": f"0b6f5e0e-{submissions}"})
            faults.do_one()
            time.sleep(0.3)
        same(faults.left(), [], f"faults that were not done, of {faults.done}")
        for process in by_hand:
            process.wait(timeout=120)
        wait_for_slurm(slurm, 600)
        # A kill of its script by Slurm itself may have failed a unit for good.
        ids = run(job / "submit.sh", env={**slurm, "NIGHTREEL_SUBMISSION": "0b6f5e0e-last"}).stdout.split()
        wait_for_slurm(slurm, 300, ids=ids)
        same(set(members(slurm, ids).values()), {"COMPLETED"}, f"states\n{logs_of(job)}")
    print(f"{faults.done}, {submissions} submissions", flush=True)
    same_pictures(pictures(folder / "out"), expected)
    same(staging_left(job), [], "what is left of disturbed units")


main(test_sbatch_accepts_every_line, test_failures_stay_with_their_shot_and_unfit_nodes_are_avoided,
     test_a_night_that_is_disturbed_has_the_same_pictures, test_kills_requeues_and_double_deliveries_change_nothing)
