"""What people and scripts rely on at the command line: exit codes, where text goes, speed, the list of options."""
import re

from harness import *

BAD_NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 95x64, fps: 12}
shots:
  - shot: a
    promt: "a star"
    duration: 8 parsecs
  - shot: a
    prompt: "{mira} walks"
    frames: 10
"""


def test_help_and_version(folder):
    same(run(NIGHTREEL, "--version").stdout.split()[0], "nightreel", "version")
    run(NIGHTREEL, "--help")
    same(run(NIGHTREEL, "check", check=2).returncode, 2, "a missing argument is wrong usage")


def test_unknown_commands_are_named_with_the_nearest(folder):
    for words, wanted in ((["stat"], "unknown command 'stat': did you mean 'status'?"),
                          (["models", "chek"], "unknown command 'models chek': did you mean 'models check'?"),
                          (["sattus", "--help"], "did you mean 'status'?"),
                          (["version"], "did you mean '--version'?"),
                          (["frobnicate"], "`nightreel --help` lists the commands"),
                          (["models"], "no command given"), ([""], "unknown command ''; `nightreel --help`"),
                          (["--verison"], "unknown option --verison: did you mean --version?"),
                          (["-v"], "unknown option -v: did you mean --version?"),
                          (["check", "a.yaml", "--jsn"], "unknown option --jsn: did you mean --json?"),
                          (["run", "a.yaml", "--Workers", "2"], "unknown option --Workers: did you mean --workers?"),
                          (["run", "a.yaml", "--output"], "option --output requires a value: --output DIR"),
                          (["run"], "missing argument FILE: night file"), (["check", ""], "argument FILE is empty"),
                          (["check", "a.yaml", "b.yaml"], "unexpected argument 'b.yaml'"),
                          (["status", "--config", "f", "--output", "o"], "--output cannot be combined"),
                          (["priority", "1", "high"], "invalid value 'high': expected a whole number"),
                          (["keys", "farm", "x", "--port", "abc"], "invalid value 'abc': expected a number from 1 to 65535"),
                          (["keys", "farm", "x", "--port", "70000"], "expected a number from 1 to 65535")):
        said = run(NIGHTREEL, *words, check=2)
        holds(wanted in said.stderr, f"{words}: {wanted} in\n{said.stderr}")


def test_values_of_options_are_refused_with_what_is_expected(folder):
    for words, wanted in ((["--precision", "intt8"], "invalid value 'intt8': expected float32"),
                          (["--precision", "intt8"], "did you mean int8?"),
                          (["--workers", "0"], "invalid value '0': expected a number from 1 to 64"),
                          (["--workers", "two"], "two"), (["--workers", "3"], "no such file")):
        said = run(NIGHTREEL, "run", folder / "none.yaml", *words, check=None)
        same(said.returncode, 3 if words[1] == "3" else 2, f"exit code of {words}")
        holds(wanted in said.stderr, f"{words}: {wanted} in\n{said.stderr}")
    same(run(RENDER, "device", "gpu", check=2).stderr.count("expected auto, cpu or cuda:N"), 1, "the render program too")


def test_the_render_program_explains_each_of_its_commands(folder):
    for name in ("device", "class", "check", "task", "daemon", "parity", "--serve"):
        said = run(RENDER, name, "--help")
        holds(said.stdout.startswith(f"usage: nightreel-render {name} "), said)
    holds("bench transformer|vae|text|approximations" in run(RENDER, "--help").stdout, "parts of the bench")


def test_every_command_shows_an_example_that_names_it(folder):
    groups = {"models": ["list", "inspect", "check", "import"], "keys": ["make", "show", "farm"],
              "store": ["usage", "prune"], "recipes": ["list", "show"], "characters": ["list", "report"], "notes": ["import", "list", "export"], "workers": ["drain", "offline", "online"]}
    listed = run(NIGHTREEL, "--help").stdout.split("Subcommands:")[1]
    names = re.findall(r"^  ([a-z]+) ", listed, re.M)
    holds(len(names) > 15, f"commands in\n{listed}")
    for name in names:
        for words in [[name, inner] for inner in groups[name]] if name in groups else [[name]]:
            text = run(NIGHTREEL, *words, "--help").stdout
            example = text.partition("Example:\n")[2]
            holds("nightreel " + " ".join(words) in example, f"an example in\n{text}")


def test_every_mistake_is_told_at_once_with_its_place(folder):
    night = folder / "night.yaml"
    night.write_text(BAD_NIGHT)
    said = run(NIGHTREEL, "check", night, check=3)
    text = said.stdout + said.stderr
    for wanted in ("95x64", "96x64", "promt", "prompt", "8 parsecs", "mira", "twice|duplicate|already"):
        holds(re.search(wanted, text), f"{wanted} is named in\n{text}")
    places = re.findall(r"night\.yaml:(\d+):(\d+): ", text)
    holds(len(places) >= 5, f"places in\n{text}")
    holds(not (folder / "out").exists(), "nothing was touched")
    for verb in ("plan", "run"):
        run(NIGHTREEL, verb, night, check=3, cwd=folder)


def test_check_tells_programs_what_it_tells_people(folder):
    night = folder / "night.yaml"
    night.write_text(BAD_NIGHT)
    report = json.loads(run(NIGHTREEL, "check", night, "--json", check=3).stdout)
    told = [f"{d['file']}:{d['line']}:{d['column']}: " for d in report["diagnostics"]]
    said = run(NIGHTREEL, "check", night, check=3).stderr
    holds(all(place in said for place in told), f"{told} in {said}")
    same([d["severity"] for d in report["diagnostics"]], ["error"] * report["errors"], "severities")
    night.write_text(SMALL_NIGHT)
    report = json.loads(run(NIGHTREEL, "check", night, "--json").stdout)
    same((report["errors"], report["warnings"], report["diagnostics"]), (0, 0, []), "a right night")


def test_a_device_or_precision_that_is_not_there_is_refused_before_any_task(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    old = {"NIGHTREEL_CPU": "avx2", "CUDA_VISIBLE_DEVICES": ""}
    for asked, code, wanted in ((["--device", "gpu"], 2, "invalid device 'gpu': expected auto, cpu or cuda:N"),
                                (["--device", "cuda:0"], 10, "cuda:0"),
                                (["--precision", "int8"], 10, "precision int8 requires a CPU with AVX512-VNNI"),
                                (["--device", "cpu", "--precision", "fp8"], 10, "precision fp8 requires a GPU")):
        said = run(NIGHTREEL, "run", night, "-o", folder / "out", *asked, env=old, check=code, cwd=folder)
        holds(wanted in said.stderr and "nightreel-render:" not in said.stderr, said.stderr)
        holds("precision" not in asked or "available on cpu: float32" in said.stderr, said.stderr)
        holds(not (folder / "out").exists(), "nothing was touched")
    said = run(NIGHTREEL, "check", night, env={"NIGHTREEL_CPU": "AVX2"}, check=2)
    holds("NIGHTREEL_CPU: invalid value 'AVX2': expected native, avx512 or avx2" in said.stderr, said.stderr)


def test_a_worker_that_cannot_compute_as_its_file_says_does_not_start(folder):
    config = folder / "worker.yaml"
    run(NIGHTREEL, "keys", "make", folder / "worker.key")
    config.write_text("nightreel_farm: 1\nworker:\n  scheduler: tcp://127.0.0.1:9\n"
                      f"  scheduler_key: {'0' * 64}\n  key_file: {folder / 'worker.key'}\n"
                      f"  store: {folder / 'store'}\n  state: {folder / 'state'}\n  device: cpu\n  precision: int8\n")
    said = run(NIGHTREEL, "worker", "--config", config, env={"NIGHTREEL_CPU": "avx2"}, check=10, timeout=60)
    holds("precision int8 requires" in said.stderr and "available on cpu: float32" in said.stderr, said.stderr)


def test_warnings_are_shown_and_stop_only_the_strict(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT.replace('"a small blue circle jumps, at night"', "a small blue circle jumps #3 at night"))
    place = f"{night}:10:39: warning: shots[1].prompt: "
    said = run(NIGHTREEL, "check", night)
    holds(said.stderr.startswith(place), said.stderr)
    holds(said.stdout.endswith("2 shots of test, no errors, 1 warning\n"), said.stdout)
    holds(place in run(NIGHTREEL, "plan", night, cwd=folder).stderr, "plan shows warnings")
    for verb in ("check", "plan", "run", "submit"):
        holds(place in run(NIGHTREEL, verb, night, "--strict", check=3, cwd=folder).stderr, verb)
    report = json.loads(run(NIGHTREEL, "check", night, "--json").stdout)
    same([d["severity"] for d in report["diagnostics"]], ["warning"], "severities")
    run(NIGHTREEL, "check", night, "--json", "--strict", check=3)
    same(sorted(p.name for p in folder.iterdir()), ["night.yaml"], "nothing was touched")


def test_a_missing_file_is_named(folder):
    said = run(NIGHTREEL, "check", folder / "none.yaml", check=None)
    holds(said.returncode in (3, 10) and "none.yaml" in said.stderr + said.stdout, said.stderr)


def test_plan_is_text_for_people_and_json_for_programs(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    plan = json.loads(run(NIGHTREEL, "plan", night, "--json", cwd=folder).stdout)
    same(plan["format"], 1, "format number")
    same(plan["totals"]["takes"], 3, "takes")
    same(plan["totals"]["frames"], 37 + 25 + 25, "frames")
    holds("sq010_sh0010" in run(NIGHTREEL, "plan", night, cwd=folder).stdout, "the table names the shots")
    same(sorted(p.name for p in folder.iterdir()), ["night.yaml"], "plan touches nothing")


def test_schema_is_json_schema(folder):
    schema = json.loads(run(NIGHTREEL, "schema").stdout)
    holds("2020-12" in schema["$schema"], "draft")


def test_doctor_looks_at_this_machine(folder):
    said = run(NIGHTREEL, "doctor", check=None)
    holds(said.returncode in (0, 10), said.stdout + said.stderr)
    holds("model" in said.stdout.lower() and "ffmpeg" not in said.stderr.lower(), said.stdout)


def test_run_ends_when_no_worker_can_work(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    state = folder / "out/.nightreel/workers/worker1"
    state.mkdir(parents=True)
    (state / "outbox").write_text("where the worker needs a folder")
    said = run(NIGHTREEL, "run", night, "-o", folder / "out", check=1, timeout=120)
    holds(re.search(r"every worker process exited \d+ times; see \S+worker1/worker.log", said.stderr), said.stderr)
    holds("outbox" in (state / "worker.log").read_text(), "the log says why")


def test_the_options_are_the_ones_that_are_written_down(folder):
    """A new flag is a deliberate change: it changes tests/golden/command_line.txt."""
    verbs = re.findall(r"^  ([a-z]+) ", run(NIGHTREEL, "--help").stdout, re.M)
    lines = []
    while verbs:
        verb = verbs.pop(0)
        text = run(NIGHTREEL, *verb.split(), "--help").stdout
        verbs[:0] = [f"{verb} {name}" for name in re.findall(r"^  ([a-z]+) ", text.partition("Subcommands:")[2], re.M)]
        lines.append(f"{verb}: " + " ".join(sorted(set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", text)))))
    actual = "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        (ROOT / "tests/golden/command_line.txt").write_text(actual)
        return
    same(actual, (ROOT / "tests/golden/command_line.txt").read_text(), "options")


main(test_help_and_version, test_unknown_commands_are_named_with_the_nearest,
     test_values_of_options_are_refused_with_what_is_expected,
     test_the_render_program_explains_each_of_its_commands,
     test_every_command_shows_an_example_that_names_it, test_every_mistake_is_told_at_once_with_its_place,
     test_check_tells_programs_what_it_tells_people,
     test_a_device_or_precision_that_is_not_there_is_refused_before_any_task,
     test_a_worker_that_cannot_compute_as_its_file_says_does_not_start,
     test_warnings_are_shown_and_stop_only_the_strict, test_a_missing_file_is_named,
     test_plan_is_text_for_people_and_json_for_programs, test_schema_is_json_schema,
     test_doctor_looks_at_this_machine, test_run_ends_when_no_worker_can_work,
     test_the_options_are_the_ones_that_are_written_down)
