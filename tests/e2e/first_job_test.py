"""The commands with which docs/farm_managers.md brings a reader to a first job, run as they stand there: on a real Slurm, with
openjd-cli, and with a shell. But for the installation, which package_test.py tries."""
import re

from harness import *
from shortened import shortened


def first_job(folder, manager, environment):
    text = (ROOT / "docs/farm_managers.md").read_text()
    lines = re.search(rf"^```{manager}\n(.*?)^```", text, re.M | re.S)[1].splitlines()
    same(len(lines), 5, "commands to the first job")
    tree = folder / manager
    (tree / "examples").mkdir(parents=True)
    shortened(tree / "examples", "01_first_shot", least=True)
    path = {"PATH": f"{BIN}:{PEERS}/venv/bin:{os.environ['PATH']}", "NIGHTREEL_MODELS": str(ROOT / "models")}
    for line in lines:
        if not line.startswith("sudo "):
            said = run("bash", "-c", line, cwd=tree, env={**path, **environment}, timeout=120).stdout
    return said, tree


def test_a_shell(folder):
    said, _ = first_job(folder, "shell", {})
    holds("summary.json" in said, said)


def test_openjd(folder):
    needs_peers()
    said, _ = first_job(folder, "openjd", {})
    holds("100 %" in said, said)


def test_slurm(folder):
    needs_peers("sbatch", "slurmctld", "munged")
    if os.geteuid() != 0:
        raise Skip("Slurm's daemons need root")
    farm = ROOT / "tests/peers/slurm_farm.sh"
    try:
        said, _ = first_job(folder, "slurm", {"SLURM_CONF": run(farm, "up", folder / "farm").stdout.strip()})
        holds("summary.json" in said, said)
    finally:
        run(farm, "down", folder / "farm")


main(test_a_shell, test_openjd, test_slurm)
