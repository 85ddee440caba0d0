"""A night exported for Deadline 10, under a stub of Deadline that the tests bring (deadline_stub.py): Deadline itself cannot run here."""
import compileall
import re

import deadline_stub
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17, takes: 2}
"""
# Stands for nightreel-render: the exit code is in a file named after the first task, or after it and the Worker.
FAKE_RENDER = """\
#!/bin/sh
echo "openjd_status: begin"
echo "openjd_progress: 50.0"
code=$(cat "$STUB_CODES/$3.$STUB_WORKER" 2>/dev/null || cat "$STUB_CODES/$3" 2>/dev/null || echo 0)
[ "$code" = 0 ] || echo "openjd_fail: told to end with $code"
exit $code
"""


def program(path, text):
    path.write_text(text)
    path.chmod(0o755)
    return path


def prepared(folder, render=RENDER):
    """A night, and a site whose deadlinecommand is the stub."""
    (folder / "night.yaml").write_text(NIGHT)
    stub = program(folder / "deadlinecommand", f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\n"
                   f"import deadline_stub\nsys.exit(deadline_stub.command({str(folder)!r}, sys.argv[1:]))\n")
    (folder / "site.yaml").write_text(
        f"nightreel_farm: 1\nmanagers: {{device: cpu, program: {render}, deadline: {{command: {stub}, errors_max: 2}}}}\n")


def exported(folder, *options, render=RENDER):
    """A job directory, and the stub that its submit.sh hands it to."""
    prepared(folder, render)
    run(NIGHTREEL, "export", "deadline", folder / "night.yaml", "-o", folder / "job", "--output", folder / "out", "--site",
        folder / "site.yaml", *options)
    return folder / "job"


def states(farm):
    return {job["info"]["Name"].split()[-1]: [task["status"] for task in job["tasks"]] for job in farm.jobs}


def test_the_plugin_renders_a_night_with_the_bytes_of_our_own_farm(folder):
    prepared(folder)
    job = folder / "job"
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out")
    expected = pictures(folder / "out")
    shutil.rmtree(folder / "out/test")
    submit = [NIGHTREEL, "submit", folder / "night.yaml", "--to", "deadline", "--job", job, "-o", folder / "out", "--site",
              folder / "site.yaml", "--grain", "take"]
    ids = run(*submit).stdout.split()
    same([one["id"] for one in deadline_stub.Farm(folder).jobs], ids, "ids that were printed")
    same(run(*submit).stdout.split(), ids, "a night is submitted once")

    def state():
        return json.loads(run(NIGHTREEL, "status", "--job", job, "--json").stdout)["job"]["state"]

    same(state(), "queued", "state")
    run(NIGHTREEL, "cancel", "--job", job)
    same([deadline_stub.Farm(folder).jobs, state()], [[], "cancelled"], "jobs and state after a cancel")
    run(NIGHTREEL, "retry", "--job", job)
    farm = deadline_stub.Farm(folder)
    seen = farm.work("worker1")
    farm.save()
    same(states(farm), {"encode": ["Completed"], "take": ["Completed"] * 2, "dailies": ["Completed"]}, "states of tasks")
    same([take["state"] for take in json.loads(run(NIGHTREEL, "wait", "--job", job, "--json").stdout)["takes"]], ["done"] * 2, "takes")
    same_pictures(pictures(folder / "out"), expected)
    [(plugin, _)] = seen["take", 1]
    same([plugin.progress == sorted(plugin.progress), plugin.progress[-1]], [True, 100.0], "progress of a task")
    holds(plugin.status, "a task has status texts")
    take = farm.jobs[1]["info"]
    holds(all((Path(take[f"OutputDirectory{at}"]) / "publish.json").exists() for at in range(2)), "output folders are those of takes")
    uuid = json.loads((job / "submissions/2/submission.json").read_text())["uuid"]
    same({(one["info"]["Comment"], one["info"]["ExtraInfoKeyValue0"]) for one in farm.jobs},
         {(f"nightreel {uuid}", f"nightreel_submission={uuid}")}, "what every job says")


def test_an_exit_code_decides_whether_and_where_a_unit_runs_again(folder):
    job = exported(folder, "--grain", "take", render=program(folder / "render", FAKE_RENDER))
    codes = folder / "codes"
    codes.mkdir()
    for task, code in {"sq010_sh0010.encode.worker1": 11, "sq010_sh0010.take01.sample01": 3, "sq010_sh0010.take02.sample01": 10}.items():
        (codes / task).write_text(str(code))
    run(job / "submit.sh", "Department=fx")
    holds("submitted before" in run(job / "submit.sh", check=1).stderr, "a night is submitted once")
    farm = deadline_stub.Farm(folder)
    same({one["info"]["Department"] for one in farm.jobs}, {"fx"}, "a line that a person adds")
    seen = []
    for worker in ("worker1", "worker2"):
        os.environ.update(STUB_CODES=str(codes), STUB_WORKER=worker)
        seen.append(farm.work(worker))
    failures = lambda key: [failure for one in seen for _, failure in one.get(key, [])]
    same(failures(("encode", 0)), ["exit code 11: told to end with 11", None], "a machine that cannot do it is not asked again")
    same(farm.jobs[0]["bad"], ["worker1"], "bad Workers")
    same(failures(("take", 0)), ["exit code 3: told to end with 3"], "bad input is tried once")
    same(len(failures(("take", 1))), 2, "attempts of what may do later, up to errors_max")
    same(states(farm), {"encode": ["Completed"], "take": ["Failed"] * 2, "dailies": ["Completed"]}, "dailies run after failures too")


def test_a_night_that_deadline_refuses_halfway_is_deleted(folder):
    job = exported(folder, "--grain", "task")
    said = run(job / "submit.sh", env={"STUB_REFUSES": " decode"}, check=1)
    holds("job decode was refused" in said.stderr and "was not submitted" in said.stderr, said.stderr)
    same(said.stdout, "", "ids that were printed")
    same(deadline_stub.Farm(folder).jobs, [], "jobs that are left")
    deleted = (folder / "deleted").read_text().split()
    same(deleted, sorted(deleted, reverse=True), "the last job is deleted first")
    # What cannot be deleted either is told, and deleted later.
    said = run(job / "submit.sh", env={"STUB_REFUSES": " decode", "STUB_KEEPS": "1"}, check=1).stderr
    holds("was submitted in part" in said and len(deadline_stub.Farm(folder).jobs) == 2, said)
    run(job / "cancel.sh")
    same(deadline_stub.Farm(folder).jobs, [], "jobs that are left")
    ids = run(job / "submit.sh", env={"NIGHTREEL_SUBMISSION": "1b4e28ba-2fa1-41d2-883f-0016d3cca427"}).stdout
    by_name = {one["info"]["Name"].split()[-1]: one["info"] for one in deadline_stub.Farm(folder).jobs}
    same({one["Comment"] for one in by_name.values()}, {"nightreel 1b4e28ba-2fa1-41d2-883f-0016d3cca427"}, "the UUID that it was given")
    # Two takes share an encode; each waits for its own parts alone after that.
    same([by_name["sample01"]["IsFrameDependent"], by_name["decode"]["IsFrameDependent"]], ["false", "true"], "waits by frame")
    run(job / "cancel.sh", env={"NIGHTREEL_IDS": ids})
    same(deadline_stub.Farm(folder).jobs, [], "jobs after cancel.sh")


def test_the_plugin_sets_gpus_and_maps_paths_as_the_worker_says(folder):
    job = exported(folder)
    path = job / "deadline/plugins/Nightreel/Nightreel.py"
    moved = folder / "it's a disk"
    shutil.copytree(job, moved / "job")
    module = deadline_stub.load_plugin(path, [(str(job), str(moved / "job")), (str(folder / "out"), str(moved / "out"))])
    plugin = module.GetDeadlinePlugin()
    plugin.job = {"plugin": deadline_stub.key_values(job / "deadline/jobs/take.plugin")}
    plugin.task, plugin.gpus, plugin.thread = {"frame": 1}, [2, 5], 1
    same(plugin.RenderExecutable(), str(moved / "job/unit.sh"), "program")
    same(plugin.environment, {"CUDA_VISIBLE_DEVICES": "5,2"}, "GPUs of the second task on a Worker")
    same(plugin.RenderArgument(), f'sq010_sh0010.take02 --map "{folder}/out={moved}/out"', "arguments")
    plugin.job["plugin"]["JobDirectory"] = "/nowhere"
    try:
        plugin.RenderExecutable()
        raise AssertionError("a job directory that is not there is a failure")
    except deadline_stub.FailRenderException as failure:
        holds("/nowhere/unit.sh" in str(failure), failure)


def test_plugin_files_use_what_others_use(folder):
    plugin = exported(folder) / "deadline/plugins/Nightreel"
    # Keys and types of 39 public .param and .options files.
    keys = {"Type", "Label", "Description", "Category", "CategoryOrder", "CategoryIndex", "Index", "Default", "Required", "DisableIfBlank",
            "Minimum", "Maximum", "Increment", "DecimalPlaces", "Items", "Values"}
    types = {"string", "enum", "integer", "float", "boolean", "label", "filename", "multilinestring", "password"}
    for name in ("Nightreel.param", "Nightreel.options"):
        lines = [line.split("=", 1) for line in (plugin / name).read_text().splitlines() if "=" in line]
        holds({line[0] for line in lines} <= keys, f"keys of {name}")
        holds({value for key, value in lines if key == "Type"} <= types, f"types of {name}")
    # What can be edited is what the plugin reads.
    for section in re.findall(r"^\[(.*)\]", (plugin / "Nightreel.options").read_text(), re.M):
        holds(f'"{section}"' in (plugin / "Nightreel.py").read_text(), f"{section} is read")
    holds(compileall.compile_file(plugin / "Nightreel.py", quiet=1), "Python 3 reads the plugin")
    python2 = shutil.which("python2.7")
    if python2 and run(python2, "--version", check=None).returncode == 0:
        run(python2, "-m", "py_compile", plugin / "Nightreel.py")


main(test_the_plugin_renders_a_night_with_the_bytes_of_our_own_farm, test_an_exit_code_decides_whether_and_where_a_unit_runs_again,
     test_a_night_that_deadline_refuses_halfway_is_deleted, test_the_plugin_sets_gpus_and_maps_paths_as_the_worker_says,
     test_plugin_files_use_what_others_use)
