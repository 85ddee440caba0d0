"""A night's job.json given to farm managers of others, one `nightreel-render task` for each task: a real Slurm, and
Open Job Description's own runner. The same bytes as from our scheduler. Needs `make peers`."""
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 17
"""
MODELS = ROOT / "models"


def a_night_to_hand_over(folder):
    """The pictures that our own farm makes, and a job folder with the same tasks and no result yet."""
    (folder / "night.yaml").write_text(NIGHT)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out")
    expected = pictures(folder / "out")
    job = folder / "job"
    job.mkdir()
    shutil.copy(folder / "out/.nightreel/job.json", job)
    shutil.rmtree(folder / "out/test")
    tasks = json.loads((job / "job.json").read_text())["tasks"]
    return expected, job, tasks


def test_slurm_renders_a_night(folder):
    needs_peers("sbatch", "slurmctld", "munged")
    if os.geteuid() != 0:
        raise Skip("Slurm's daemons need root")
    expected, job, tasks = a_night_to_hand_over(folder)
    farm = ROOT / "tests/peers/slurm_farm.sh"
    slurm = {"SLURM_CONF": run(farm, "up", folder / "slurm").stdout.strip()}
    try:
        numbers = {}
        for task in tasks:
            after = [f"--dependency=afterok:{':'.join(numbers[need] for need in task['needs'])}"] if task["needs"] else []
            command = f"{RENDER} task {job} {task['name']} --models {MODELS}"
            numbers[task["name"]] = run("sbatch", "--parsable", "--kill-on-invalid-dep=yes", "--output", folder / "%j.log",
                                        *after, "--wrap", command, env=slurm).stdout.strip()

        def states():
            listed = run("squeue", "--states=all", "--noheader", "--format=%A %T", env=slurm).stdout.split()
            return dict(zip(listed[::2], listed[1::2]))

        wait_for(lambda: not set(states().values()) & {"PENDING", "RUNNING", "CONFIGURING", "COMPLETING"}, 120,
                 f"the end of {len(tasks)} jobs")
        logs = "".join(path.read_text() for path in folder.glob("*.log"))
        same(set(states().values()), {"COMPLETED"}, f"states of jobs\n{logs}")
    finally:
        run(farm, "down", folder / "slurm")
    same_pictures(pictures(folder / "out"), expected)


def template(job, tasks):
    """One step for each task, with the dependencies on other steps that job.json names."""
    names = {task["name"] for task in tasks}

    def step(task):
        command = {"command": str(RENDER), "args": ["task", str(job), task["name"], "--models", str(MODELS)]}
        needed = [{"dependsOn": need} for need in task["needs"] if need in names]
        needs = {"dependencies": needed} if needed else {}
        return {"name": task["name"], "script": {"actions": {"onRun": command}}, **needs}
    return json.dumps({"specificationVersion": "jobtemplate-2023-09", "name": "night",
                       "steps": [step(task) for task in tasks]})


def test_open_job_description_renders_a_night(folder):
    needs_peers()
    openjd = PEERS / "venv/bin/openjd"
    expected, job, tasks = a_night_to_hand_over(folder)
    path = folder / "night.json"
    path.write_text(template(job, tasks))
    run(openjd, "check", path)
    said = run(openjd, "run", path).stdout
    holds("openjd_progress: 100" in said, f"progress is told\n{said[-2000:]}")
    same_pictures(pictures(folder / "out"), expected)

    # A task that cannot run fails the manager's job, with its reason.
    shutil.rmtree(job / "artifacts")
    path.write_text(template(job, tasks[1:]))
    said = run(openjd, "run", path, check=1).stdout
    holds("openjd_fail" in said and f"requires the result of {tasks[0]['name']}" in said, said[-2000:])


main(test_slurm_renders_a_night, test_open_job_description_renders_a_night)
