"""`nightreel run` never hangs, ends early or says what is not so: broken streams, a dying scheduler, a folder that cannot be used."""
import resource

from harness import *

TINY_NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 1, handles: 0}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 5
"""


def tiny_night(folder):
    night = folder / "night.yaml"
    night.write_text(TINY_NIGHT)
    return night


def with_streams(*arguments, out=subprocess.DEVNULL, err=subprocess.DEVNULL, closed=()):
    """The exit code of `nightreel` with these for stdout and stderr."""
    close = (lambda: [os.close(stream) for stream in closed]) if closed else None
    done = subprocess.run([NIGHTREEL, *map(str, arguments)], stdout=out, stderr=err, preexec_fn=close, timeout=120)
    return done.returncode


def unread_pipe():
    """The end of a pipe whose reader has gone."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_messages_that_cannot_be_written_cost_nothing(folder):
    night = tiny_night(folder)
    full = os.open("/dev/full", os.O_WRONLY)
    gone = unread_pipe()
    output = folder / "out"
    for name, streams in (("full", {"err": full}), ("gone", {"out": gone, "err": gone}), ("closed", {"closed": (1, 2)})):
        shutil.rmtree(output / "test", ignore_errors=True)      # published again from the store
        same(with_streams("run", night, "-o", output, **streams), 0, f"exit code of run, {name}")
        holds((output / "test/sq010/sq010_sh0010/v001/take01/publish.json").exists(), f"the night is done, {name}")
    same(with_streams("check", night, out=full), 1, "a lost answer")
    same(with_streams("check", night, err=gone), 0, "an answer that came through")


def test_an_answer_that_cannot_be_written_is_found_after_the_work(folder):
    night = tiny_night(folder)
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    full = os.open("/dev/full", os.O_WRONLY)
    for words in (["plan", night], ["status", "-o", folder / "out", "--json"], ["list", "-o", folder / "out"], ["schema"],
                  ["--help"], ["keys", "make", folder / "a.key"]):
        same(with_streams(*words, out=full), 1, f"a full disk behind {words}")
        same(with_streams(*words, closed=(1,)) if words[0] != "keys" else 1, 1, f"a closed stdout of {words}")
    holds((folder / "a.key").exists(), "the work was done")
    said = subprocess.run([NIGHTREEL, "plan", str(night)], stdout=full, stderr=subprocess.PIPE, text=True)
    holds("stdout: No space left on device" in said.stderr, said.stderr)


def test_a_scheduler_that_dies_inside_run_is_reported_as_what_it_is(folder):
    def small_files():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))   # the journal cannot grow any more

    said = run(NIGHTREEL, "run", tiny_night(folder), "-o", folder / "out", check=10, timeout=60, preexec_fn=small_files)
    holds("journal.sqlite" in said.stderr and "nightreel serve" not in said.stderr, said.stderr)
    run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out")   # with room it goes on


def test_an_output_folder_that_cannot_be_used_is_an_error_and_no_hang(folder):
    night = tiny_night(folder)
    (folder / "taken/.nightreel/address/x").mkdir(parents=True)    # where the scheduler's address is written
    said = run(NIGHTREEL, "run", night, "-o", folder / "taken", check=10, timeout=60)
    holds("address" in said.stderr, said.stderr)
    (folder / "file").write_text("")
    for place in (folder / "file", "/proc/x"):
        said = run(NIGHTREEL, "run", night, "-o", place, check=10, timeout=60)
        holds(str(place) in said.stderr and "filesystem error" not in said.stderr, said.stderr)
    (folder / "below/test/sq010").mkdir(parents=True)
    (folder / "below/test/sq010/sq010_sh0010").write_text("")    # where the shot's folder is to be
    for verb in ("plan", "run"):
        said = run(NIGHTREEL, verb, night, "-o", folder / "below", check=10, timeout=60)
        holds("sq010_sh0010: is a file where a folder of takes is to be: move it away" in said.stderr, said.stderr)
    said = run(NIGHTREEL, "run", night, "-o", "/".join(["x" * 200] * 18), check=3, timeout=60)
    holds("sq010_sh0010: the folder's path has" in said.stderr, said.stderr)
    said = run(NIGHTREEL, "run", night, "-o", "", check=2, timeout=60)
    holds("--output is empty: expected a folder" in said.stderr, said.stderr)
    holds(not (folder / "below/.nightreel").exists(), "nothing was begun")


def test_what_was_done_before_counts_as_reused(folder):
    night = tiny_night(folder)
    said = run(NIGHTREEL, "run", night, "-o", folder / "out").stderr
    holds("1 of 1 takes finished" in said and "; 0 of 6 results reused" in said, said)
    said = run(NIGHTREEL, "run", night, "-o", folder / "out").stderr
    holds("; 6 of 6 results reused" in said, said)
    shutil.rmtree(folder / "out/test/sq010")
    said = run(NIGHTREEL, "run", night, "-o", folder / "out").stderr
    holds("; 5 of 6 results reused" in said, said)
    holds((folder / "out/test/sq010/sq010_sh0010/v001/take01/publish.json").exists(), "published again")


def test_the_second_night_is_estimated_from_the_first(folder):
    night = tiny_night(folder)
    before = json.loads(run(NIGHTREEL, "plan", night, "-o", folder / "out", "--json").stdout)
    same(before["estimates"]["measured_tasks"], 0, "measured before anything ran")
    holds("from the model cards" in run(NIGHTREEL, "plan", night, "-o", folder / "out").stdout, "the table says so")
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    run(NIGHTREEL, "run", night, "-o", folder / "out")  # results of the store are no measurement
    after = json.loads(run(NIGHTREEL, "plan", night, "-o", folder / "out", "--json").stdout)
    estimates = after["estimates"]
    same(estimates["measured_tasks"], after["totals"]["tasks"], "tasks that were measured")
    holds(estimates["device_class"].startswith("cpu "), estimates)
    measured = [json.loads(json.loads(record.read_text())["result"]["facts"])["measured"]
                for record in (folder / "out/.nightreel/artifacts").glob("*/*/artifact.json")]
    spent = sum(task["processor_seconds"] for task in measured if task["workload"]["amount"] != 1)
    holds(0.9 * spent < estimates["processor_seconds"] < 1.1 * spent + 1, f"{spent} and {estimates}")
    unknown = run(NIGHTREEL, "plan", night, "-o", folder / "out", "--device-class", "cuda x", check=3).stderr
    holds("nothing was measured on it" in unknown and estimates["device_class"] in unknown, unknown)


def test_a_run_that_was_killed_is_not_called_running(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT.replace("steps: 4", "steps: 1").replace("frames: 37", "frames: 25"))
    process = start(NIGHTREEL, "run", night, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    status = lambda: json.loads(run(NIGHTREEL, "status", "--json", cwd=folder).stdout)   # of `out`, the default of `run`
    wait_for((folder / "out/.nightreel/address").exists, 20, "a scheduler")
    wait_for(lambda: status()["job"]["state"] == "running", 20, "running")
    kill_group(process)
    now = status()
    same((now["job"]["state"], now["job"]["running"]), ("stopped", []), "state")
    same([task for task in now["tasks"] if task["state"] == "running"], [], "running tasks")
    holds("stopped" in run(NIGHTREEL, "list", "-o", folder / "out").stdout, "list")
    said = run(NIGHTREEL, "status", cwd=folder).stdout
    holds("no `nightreel run` is working on this folder; run the same command again" in said, said)
    said = run(NIGHTREEL, "wait", cwd=folder, check=4).stderr
    holds("job 1 has stopped" in said, said)
    run(NIGHTREEL, "run", night, cwd=folder)
    same(status()["job"]["state"], "done", "state")


def test_each_night_has_dailies_of_its_own_and_latest_leads_to_the_last(folder):
    night = tiny_night(folder)
    first = Path(run(NIGHTREEL, "run", night, "-o", folder / "out").stdout.strip())
    (first / "notes.txt").write_text("mine")
    before = sorted(p.name for p in first.iterdir())
    night.write_text(TINY_NIGHT.replace("sq010_sh0010", "sq010_sh0020"))
    second = Path(run(NIGHTREEL, "run", night, "-o", folder / "out").stdout.strip())
    same(sorted(p.name for p in first.iterdir()), before, "yesterday's dailies")
    same(sorted(p.name for p in first.parent.iterdir()), sorted(["latest", first.name, second.name]), "dailies")
    same(os.readlink(first.parent / "latest"), second.name, "latest")
    summary = json.loads((second / "summary.json").read_text())
    same((summary["job"], summary["takes"][0]["frames"], summary["takes"][0]["prompt"]),
         (2, 5, "a large red star spins, in a green meadow"), "summary")
    holds(second.name == f"{summary['submitted_at'][:10]}_2", second.name)


def test_a_folder_without_a_version_is_refused_to_another_night_before_rendering(folder):
    night = folder / "night.yaml"
    text = TINY_NIGHT + '    output: "{show}/{shot}/take{take}"\n'
    night.write_text(text)
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    night.write_text(text.replace("seed: 7", "seed: 8"))
    for verb in ("plan", "run"):
        said = run(NIGHTREEL, verb, night, "-o", folder / "out", check=3).stderr
        holds("test/sq010_sh0010/take1: contains a take of another night" in said and "{version}" in said, said)


def test_a_failed_take_is_told_as_failed_with_the_reason_everywhere(folder):
    """What lies in its place is nobody's take; the other take is finished all the same."""
    night = folder / "night.yaml"
    night.write_text(TINY_NIGHT.replace("handles: 0}", 'handles: 0, output: "{show}/{shot}/{take}"}')
                     + "  - {shot: sq010_sh0020, prompt: a small blue circle, frames: 5}\n")
    output = folder / "out"
    in_the_way = output / "test/sq010_sh0010/1"
    in_the_way.mkdir(parents=True)
    (in_the_way / "notes.txt").write_text("mine")
    reason = f"sq010_sh0010.take01.publish failed (bad_input): {in_the_way}: a folder without a readable publish.json"
    told = run(NIGHTREEL, "run", night, "-o", output, check=1).stderr
    for words in (reason, "1 of 2 takes finished", "Some takes failed"):
        holds(words in told, f"{words} in\n{told}")
    for said in (told, run(NIGHTREEL, "status", "-o", output).stdout):
        table = {line.split()[0]: line for line in said.splitlines() if line.startswith("sq010_")}
        holds(" failed " in table["sq010_sh0010.take01"] and "publish failed" in table["sq010_sh0010.take01"], said)
        holds(" done " in table["sq010_sh0020.take01"], said)
        holds(reason in said, said)
    status = json.loads(run(NIGHTREEL, "status", "-o", output, "--json").stdout)
    same(status["job"]["state"], "failed", "state of the job")
    same([(row["task"], row["kind"]) for row in status["job"]["failed"]], [("sq010_sh0010.take01.publish", "bad_input")], "what failed")
    holds(" failed " in run(NIGHTREEL, "list", "-o", output).stdout, "the list says it")
    same(run(NIGHTREEL, "wait", "-o", output, check=None).returncode, 1, "exit code of wait")
    same((in_the_way / "notes.txt").read_text(), "mine", "what was in the way")
    in_the_way.rename(folder / "moved")
    run(NIGHTREEL, "run", night, "-o", output)
    holds((in_the_way / "publish.json").exists(), "after the cause is gone the same command goes on")


main(test_a_failed_take_is_told_as_failed_with_the_reason_everywhere,
     test_messages_that_cannot_be_written_cost_nothing, test_an_answer_that_cannot_be_written_is_found_after_the_work,
     test_a_scheduler_that_dies_inside_run_is_reported_as_what_it_is,
     test_an_output_folder_that_cannot_be_used_is_an_error_and_no_hang, test_what_was_done_before_counts_as_reused,
     test_the_second_night_is_estimated_from_the_first, test_a_run_that_was_killed_is_not_called_running, test_each_night_has_dailies_of_its_own_and_latest_leads_to_the_last,
     test_a_folder_without_a_version_is_refused_to_another_night_before_rendering)
