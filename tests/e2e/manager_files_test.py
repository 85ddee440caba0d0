"""Files for farm managers that cannot run here, read by what reads their formats, and their scripts run by hand."""
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
SITE = """\
nightreel_farm: 1
managers:
  device: cpu
  program: RENDER
  tractor: {model_service: "GPU,@.mem > 8", tags: [nightreel], projects: [night shift], tier: rush, time_factor: 2}
"""
# Stands for nightreel-render: what it says, and the exit code that is in a file named after the first task.
FAKE_RENDER = """\
#!/bin/sh
echo "openjd_status: begin"
echo "openjd_progress: 33.3"
echo "CUDA_VISIBLE_DEVICES is ${CUDA_VISIBLE_DEVICES-not set}"
if [ -e "$STUB_CODES/$3.sleeps" ]; then : >"$STUB_CODES/began"; trap 'exit 7' TERM; while :; do sleep 0.05; done; fi
exit $(cat "$STUB_CODES/$3" 2>/dev/null || echo 0)
"""
# What Tractor's parser of job scripts does, as far as a night uses it: every command with what it belongs to, one a line.
STUB_OF_TRACTOR = r"""
proc options {words} { set o [dict create]; foreach {name value} $words { dict set o $name $value }; return $o }
proc body {options name} { if {[dict exists $options $name]} { eval [dict get $options $name] } }
proc Job {args} { global job; set job [options $args]; body $job -subtasks }
proc Task {title args} { global task; set task $title; set o [options $args]; body $o -subtasks; set task $title; body $o -cmds }
proc Instance {title} { global task; puts [list needs $task $title] }
proc RemoteCmd {argv args} { global task; puts [list runs $task {*}$argv]; puts [list options $task {*}$args] }
source [lindex $argv 0]
puts [list job {*}[dict remove $job -subtasks]]
"""


def exported(folder, manager):
    (folder / "night.yaml").write_text(NIGHT)
    render = folder / "render"
    render.write_text(FAKE_RENDER)
    render.chmod(0o755)
    (folder / "site.yaml").write_text(SITE.replace("RENDER", str(render)))
    (folder / "codes").mkdir()
    os.environ["STUB_CODES"] = str(folder / "codes")
    run(NIGHTREEL, "export", manager, folder / "night.yaml", "-o", folder / "a job", "--output", folder / "out", "--site",
        folder / "site.yaml", "--grain", "take")
    return folder / "a job"


def recorded(folder, name):
    """A program that keeps what it was given."""
    program = folder / name
    program.write_text(f'#!/bin/sh\nfor file; do cp "$file" "{folder}/given" 2>/dev/null; done\necho "$*" >"{folder}/arguments"\n')
    program.chmod(0o755)
    return program


def test_tcl_reads_the_tasks_of_tractor(folder):
    if shutil.which("tclsh") is None:
        raise Skip("tclsh is missing")
    job = exported(folder, "tractor")
    recorded(folder, "tractor-spool")
    uuid = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
    run(job / "submit.sh", "--priority=7", env={"PATH": f"{folder}:{os.environ['PATH']}", "NIGHTREEL_SUBMISSION": uuid})
    holds((folder / "arguments").read_text().startswith("--priority=7 "), "arguments are handed on")
    (folder / "stub.tcl").write_text(STUB_OF_TRACTOR)
    said = run("tclsh", folder / "stub.tcl", folder / "given").stdout.splitlines()
    units = sorted(path.name for path in (job / "units").iterdir())
    script = job / "tractor/unit.sh"
    same(sorted(line for line in said if line.startswith("runs ")), [f"runs {unit} {{{script}}} {unit}" for unit in units], "commands")
    holds("needs sq010_sh0010.take02 sq010_sh0010.encode" in said, said)
    holds(any(line.startswith("options sq010_sh0010.take01 ") and "-service {GPU,@.mem > 8} -tags nightreel" in line for line in said),
          said)
    holds(f"-comment {{nightreel {uuid}}}" in said[-1] and "-projects {{night shift}} -tier rush" in said[-1], said[-1])


def test_a_unit_tells_tractor_its_progress_and_its_exit_code(folder):
    job = exported(folder, "tractor")
    (folder / "codes/sq010_sh0010.encode").write_text("10")
    said = run(job / "tractor/unit.sh", "sq010_sh0010.encode", check=10).stdout
    holds("\nTR_PROGRESS 33%\n" in said, said)
    (folder / "codes/sq010_sh0010.encode.sleeps").touch()
    unit = subprocess.Popen([job / "tractor/unit.sh", "sq010_sh0010.encode"], stdout=subprocess.DEVNULL)
    wait_for((folder / "codes/began").exists, 30, "the begin of the unit")
    unit.terminate()
    same(unit.wait(timeout=30), 7, "exit code of a stopped unit")


def test_a_unit_of_royal_render_leaves_a_file_when_it_is_done(folder):
    job = exported(folder, "royal_render")
    recorded(folder, "rrSubmitterconsole")
    (folder / "bin/lx64").mkdir(parents=True)
    (folder / "rrSubmitterconsole").rename(folder / "bin/lx64/rrSubmitterconsole")
    run(job / "submit.sh", env={"RR_ROOT": str(folder), "NIGHTREEL_SUBMISSION": "1b4e28ba"})
    holds("<CustomNightreelSubmission>1b4e28ba<" in (folder / "given").read_text(), "the UUID is in every job")
    if shutil.which("xmllint"):
        run("xmllint", "--noout", "--nonet", folder / "given")
    take = job / "royal_render/stages/take.sh"
    (folder / "codes/sq010_sh0010.take02.sample01").write_text("10")
    said = run(take, "0", "1", check=10, env={"CUDA_VISIBLE_DEVICES": ""}).stdout
    holds("CUDA_VISIBLE_DEVICES is not set" in said, said)
    done = lambda: sorted(path.name for path in (job / "royal_render/done").iterdir())
    same(done(), ["take_0000.done"], "files of units that are done")
    run(take, "7", "9")
    same(done(), ["take_0000.done"], "numbers that no unit has")
    (folder / "codes/sq010_sh0010.take02.sample01.sleeps").touch()
    unit = subprocess.Popen([take, "1", "1"], stdout=subprocess.DEVNULL)
    wait_for((folder / "codes/began").exists, 30, "the begin of the unit")
    unit.terminate()
    same(unit.wait(timeout=30), 7, "exit code of a stopped unit")
    same(done(), ["take_0000.done"], "files of units that are done")


def check_python(path):
    compile(path.read_text(), path, "exec")


def check_json(path):
    json.loads(path.read_text())


def check_tcl(path):
    (path.parent / "stub.tcl").write_text(STUB_OF_TRACTOR)
    run("tclsh", path.parent / "stub.tcl", path)


def check_deadline_keys(path):
    unknown = [key for key in deadline_stub.key_values(path) if key not in deadline_stub.JOB_INFO_KEYS
               and not deadline_stub.NUMBERED_KEYS.fullmatch(key)]
    same(unknown, [], f"keys of {path.name} that no submitter uses")


# By name: a program that is missing skips the test, but for what comes with Python.
READERS = [
    ("*.sh", "bash", lambda path: run("bash", "-n", path)),
    ("*.py", None, check_python),
    ("*.json", None, check_json),
    ("*.js", "node", lambda path: run("node", "--check", path)),
    ("*.xml", "xmllint", lambda path: run("xmllint", "--noout", "--nonet", path)),
    ("*.alf", "tclsh", check_tcl),
    ("*.job", None, check_deadline_keys),
    ("template.json", PEERS / "venv/bin/openjd", lambda path: run(PEERS / "venv/bin/openjd", "check", path)),
]


def test_every_file_that_is_kept_is_read_by_a_program_for_its_format(folder):
    kept = folder / "managers"
    shutil.copytree(ROOT / "tests/golden/managers", kept)
    # Scripts that are not kept a second time; other files there are filled in first.
    shutil.copytree(ROOT / "plugins", kept / "handed_on", ignore=shutil.ignore_patterns("*.json", "*.xml", "*.alf", "*.job"))
    missing = []
    for pattern, program, check in READERS:
        found = list(kept.rglob(pattern))
        holds(found, f"{pattern}: no manager writes such a file any more")
        if program and shutil.which(program) is None:
            missing.append(f"{program}, for {len(found)} {pattern}")
            continue
        for path in found:
            check(path)
    if missing:
        raise Skip(f"all else was read; missing: {'; '.join(missing)}")


main(test_every_file_that_is_kept_is_read_by_a_program_for_its_format, test_tcl_reads_the_tasks_of_tractor,
     test_a_unit_tells_tractor_its_progress_and_its_exit_code, test_a_unit_of_royal_render_leaves_a_file_when_it_is_done)
