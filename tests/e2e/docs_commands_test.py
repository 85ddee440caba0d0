"""Every command in the documents for users works as written, in the order in which a reader meets it, after `make demo`.

Each document is read in a copy of the tree with shortened examples, and in a home folder where a small model stands
for the large one that is named. Options and verbs named in running text are looked up in the list of all options."""
import re

from harness import *
from shortened import SECONDS, shortened

DOCUMENTS = ["README.md", *sorted(str(path.relative_to(ROOT)) for folder in ("docs", "examples", "farm_configs")
                                  for path in (ROOT / folder).rglob("*.md")),
             "cli/README.md", "scheduler/README.md", "worker/README.md"]
PROGRAM = re.compile(r"(?:[A-Z_]+=\S+ )*(nightreel(?:-render)?|make|export|source|sudo|journalctl)(?=\s|$)")
DAEMON = re.compile(r"nightreel (serve|worker)\b")
# Not run: what changes the machine is tried by package_test.py, what needs more than the demo's programs elsewhere.
ADMINISTRATION = ("sudo", "journalctl")
# What a reader has at hand: a night for the model that README.md imports.
NIGHT = """\
nightreel: 1
show: test
shots:
  - {shot: sq010_sh0010, prompt: "a small red star", model: wan-1.3b, frames: 1, steps: 1, guidance: 1}
"""


def blocks_of(text):
    """The lines of each fenced or indented block, but those for another farm manager: farm_managers_test.py runs them there."""
    text = re.sub(r"^```(slurm|openjd|shell)\n.*?^```", "", text, flags=re.M | re.S)
    fenced = re.findall(r"^```[a-z]*\n(.*?)^```", text, re.M | re.S)
    without = re.sub(r"^```[a-z]*\n.*?^```", "", text, flags=re.M | re.S)
    indented = [re.sub(r"^    ", "", block, flags=re.M) for block in re.findall(r"(?:^    \S.*\n?)+", without, re.M)]
    return [block.splitlines() for block in fenced + indented]


def commands_of(document):
    """Every command of a document. A block whose first line is one holds nothing else."""
    found = []
    for lines in blocks_of((ROOT / document).read_text()):
        lines = [re.sub(r"\s+# .*", "", line).strip() for line in lines]
        if not lines or not PROGRAM.match(lines[0]):
            continue
        for line in filter(None, lines):
            holds(PROGRAM.match(line), f"{document}: the test does not know how to run: {line}")
            found.append(line)
    return found


def sandbox(folder):
    """The tree as it is after `make demo`, where commands may write."""
    tree = folder / "nightreel"
    (tree / "build").mkdir(parents=True)
    (tree / "build/bin").symlink_to(BIN)
    (tree / "examples").mkdir()
    for example in SECONDS:
        shortened(tree / "examples", example, least=True)
    for night in Path(shutil.copytree(ROOT / "examples/04_operations", tree / "examples/04_operations")).glob("*.yaml"):
        night.write_text(re.sub(r"takes: \d+", "takes: 1", night.read_text().replace("quality: draft", "quality: draft, steps: 1")))
    for name in ("docs", "farm_configs", "models", "tests"):
        (tree / name).symlink_to(ROOT / name)
    (tree / "night.yaml").write_text(NIGHT)
    home = folder / "home"
    shutil.copytree(ROOT / "models/toybox", home / "Wan2.1-T2V-1.3B", ignore=shutil.ignore_patterns("model.yaml", "card.json"))
    return tree, home


def holds_on(process, log):
    """A daemon goes on; what it says when it cannot is the reason."""
    wait_for(lambda: process.poll() is not None or re.search("listening|welcome", log.read_text()), 20,
             f"a sign of life in\n{log.read_text()}")
    holds(process.poll() is None, log.read_text())


def works(document, folder):
    targets = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M)
    tree, home = sandbox(folder)
    environment = {"HOME": str(home), "PATH": f"{BIN}:{os.environ['PATH']}", "NIGHTREEL_MODELS": str(ROOT / "models")}
    daemons, port = [], free_port()
    try:
        for line in commands_of(document):
            program = PROGRAM.match(line)[1]
            if program == "make":
                for target in line.split()[1:]:
                    holds("=" in target or target in targets, f"{document}: {line}: no such target")
            elif DAEMON.search(line):
                log = folder / f"daemon{len(daemons)}.log"
                with log.open("w") as stream:
                    daemons.append(start("bash", "-c", f"exec {line}", cwd=tree, env=environment, stdout=stream, stderr=stream))
                holds_on(daemons[-1], log)
            elif program not in ADMINISTRATION:
                # The usual port may be taken here; what doctor thinks of this machine is its own affair.
                line = line.replace("keys farm farm", f"keys farm farm --port {port}")
                run("bash", "-c", line, cwd=tree, env=environment, check=None if line == "nightreel doctor" else 0)
                for inner in re.findall(r"<\((.*)\)", line):  # whose exit code the line does not have
                    run("bash", "-c", inner, cwd=tree, env=environment)
    finally:
        for process in reversed(daemons):
            kill_group(process)


def test_options_in_running_text_exist(folder):
    known = {}
    for line in (ROOT / "tests/golden/command_line.txt").read_text().splitlines():
        verb, _, options = line.partition(": ")
        known[verb] = set(options.split())
    for document in DOCUMENTS:
        spans = re.findall(r"`nightreel ([a-z][^`]*)`", (ROOT / document).read_text().replace("\n", " "))
        for span in spans:
            words = span.split()
            verb = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
            holds(verb in known, f"{document}: `nightreel {span}`: no such verb")
            for option in re.findall(r"(?<!\S)--[a-z-]+", span):
                holds(option in known[verb], f"{document}: `nightreel {span}`: {verb} has no option {option}")


def reading(document):
    def test(folder):
        works(document, folder)
    test.__name__ = document
    return test


main(test_options_in_running_text_exist, *(reading(d) for d in DOCUMENTS if commands_of(d)))
