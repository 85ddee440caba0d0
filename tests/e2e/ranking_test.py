"""Takes that choose themselves: the best one is kept, whoever is killed meanwhile; further rounds only where they are needed."""
from harness import *

NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2, handles: 0}
shots:
  - shot: sq010_sh0010
    prompt: "a large red star spins, in a green meadow"
    frames: 17
    takes: %s
"""


def night_with(folder, takes):
    night = folder / "night.yaml"
    night.write_text(NIGHT % takes)
    return night


def told(output):
    """What lies beside the takes of the shot."""
    return json.loads((output / "test/sq010/sq010_sh0010/v001/test_sq010_sh0010_gen_v001_takes.json").read_text())


def status_of(output):
    return json.loads(run(NIGHTREEL, "status", "-o", output, "--json").stdout)


def test_the_best_take_is_kept_whoever_is_killed(folder):
    night = night_with(folder, "{count: 3, keep: 1}")
    said = run(NIGHTREEL, "run", night, "-o", folder / "calm", "--workers", "2")
    calm = told(folder / "calm")
    kept = [take for take in calm["takes"] if take["kept"]]
    same(len(kept), 1, "kept takes")
    same(sorted(take["take"] for take in calm["takes"]), [1, 2, 3], "all takes are published")
    holds("3 takes usable" in said.stderr and "1, kept" in said.stderr, said.stderr)
    dailies = folder / "calm/test/dailies/latest"
    same(sorted(path.name[-10:-9] for path in dailies.glob("*.mp4")), [str(kept[0]["take"])], "movies of kept takes")
    same(len(list((dailies / "alternates").glob("*.mp4"))), 2, "movies of alternates")
    summary = json.loads((dailies / "summary.json").read_text())
    same(summary["takes"][0]["take"], kept[0]["take"], "the kept take comes first")
    status = status_of(folder / "calm")
    same(status["yield"]["takes"], 3, "takes that count")
    holds(abs(status["yield"]["device_seconds"] - summary["yield"]["device_seconds"]) < 5, status["yield"])

    chance = random.Random(3)
    output = folder / "rough"
    for _ in range(2):
        process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "2",
                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(chance.uniform(0.5, 3.0))
        kill_group(process)
    run(NIGHTREEL, "run", night, "-o", output, "--workers", "2")
    rough = told(output)
    for record in (calm, rough):
        record.pop("job")
    same(rough, calm, "what is kept after kills")


def test_further_rounds_are_made_only_where_they_are_needed(folder):
    # The picture of two steps is poor, but nothing in it is black, frozen or a joint: one take is enough.
    night = night_with(folder, "{count: 1, keep: 1, at_most: 3}")
    output = folder / "out"
    said = run(NIGHTREEL, "run", night, "-o", output)
    made = told(output)
    takes = [take["take"] for take in made["takes"]]
    same(sorted(takes + made["not_needed"]), [1, 2, 3], "every take is made or not needed")
    usable = [take for take in made["takes"] if take["usable"]]
    holds(usable or len(takes) == 3, "rounds end when a take is usable")
    same(len(list((output / "test/sq010/sq010_sh0010/v001").glob("take*"))), len(takes), "published takes")
    same(said.stderr.count("not needed"), len(made["not_needed"]), "takes that are called not needed")
    same(status_of(output)["yield"]["takes"], len(takes), "takes that count")
    again = run(NIGHTREEL, "run", night, "-o", output)     # nothing changes
    same(told(output)["takes"], made["takes"], "what is kept")
    holds("takes finished" in again.stderr, again.stderr)
    refused = run(NIGHTREEL, "export", "slurm", night, "-o", folder / "job", check=3)
    holds("use takes: { count: 3, keep: 1 }" in refused.stderr, refused.stderr)
    holds(not (folder / "job").exists(), "nothing of a refused export stays")


def test_a_kept_draft_becomes_final_with_its_seed(folder):
    night = folder / "night.yaml"
    night.write_text(NIGHT.replace("steps: 2, ", "") % "{count: 2, keep: 1}")
    output = folder / "out"
    run(NIGHTREEL, "run", night, "-o", output)
    kept = told(output)["takes"][0]
    version = output / "test/sq010/sq010_sh0010/v001"
    draft = json.loads((version / kept["folder"] / "publish.json").read_text())
    final = folder / "final.yaml"
    final.write_text(run(NIGHTREEL, "promote", "1.sq010_sh0010", "-o", output).stdout)
    named = run(NIGHTREEL, "promote", f"1.sq010_sh0010.take{kept['take']:02}", "-o", output).stdout
    same(named, final.read_text(), "the kept take, named or not")
    run(NIGHTREEL, "run", final, "-o", output)
    made = json.loads((output / "test/sq010/sq010_sh0010/v002/take01/publish.json").read_text())
    same(made["take"]["noise_seed"], draft["take"]["noise_seed"], "noise seed")
    same((draft["sampling"]["steps"], made["sampling"]["steps"]), (12, 20), "steps of draft and final")
    holds(not (output / "test/sq010/sq010_sh0010/v002/take02").exists(), "only what was promoted")
    said = run(NIGHTREEL, "promote", "2.sq010_sh0010", "-o", output, check=3)
    holds("in final quality already" in said.stderr, said.stderr)
    run(NIGHTREEL, "promote", "1.sq010_sh0010.take03", "-o", output, check=3)

    # The night as it was submitted, whatever has become of its file.
    before = night.read_text()
    night.write_text(before.replace("star", "ball"))
    changed = run(NIGHTREEL, "promote", "1.sq010_sh0010", "-o", output)
    holds("night.job1.yaml" in changed.stdout and "has changed" in changed.stderr, changed.stderr)
    same((folder / "night.job1.yaml").read_text(), before, "the text of then")


def test_drafts_come_first(folder):
    night = folder / "night.yaml"
    night.write_text("""\
nightreel: 1
show: test
preview: true
defaults: {model: toybox, size: 96x64, fps: 12, quality: final}
shots:
  - {shot: a_010, prompt: "a small red star jumps", frames: 5}
  - {shot: a_020, prompt: "a large blue ball spins", frames: 5}
""")
    plan = json.loads(run(NIGHTREEL, "plan", night, "--json").stdout)
    same([shot["shot"] for shot in plan["shots"]], ["a_010_preview", "a_020_preview", "a_010", "a_020"], "shots in order")
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    tasks = [task for task in status_of(folder / "out")["tasks"] if task["kind"] == "sample"]
    same(sorted(task["task"] for task in sorted(tasks, key=lambda task: task["ended_at"])[:2]),
         ["a_010_preview.take01.sample01", "a_020_preview.take01.sample01"], "what was rendered first")
    seeds = {name: json.loads((folder / f"out/test/a/{name}/v001/take01/publish.json").read_text())["take"]["noise_seed"]
             for name in ("a_010", "a_010_preview")}
    same(seeds["a_010"], seeds["a_010_preview"], "noise of the draft")


main(test_a_kept_draft_becomes_final_with_its_seed, test_drafts_come_first, test_the_best_take_is_kept_whoever_is_killed, test_further_rounds_are_made_only_where_they_are_needed)
