"""What shells offer: every verb, every option and every listed value, in real bash, zsh and fish."""
import pty
import select

from harness import *

GOLDEN = [line.partition(": ") for line in (ROOT / "tests/golden/command_line.txt").read_text().splitlines()]
OPTIONS = {verb: set(options.split()) for verb, _, options in GOLDEN}
# Prints what bash would offer for the words given, one a line.
ASK_BASH = """
source <(nightreel completion bash)
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_nightreel
printf '%s\\n' "${COMPREPLY[@]}"
"""


def environment():
    return {"PATH": f"{BIN}:{os.environ['PATH']}"}


def bash(folder, *words):
    return run("bash", "-c", ASK_BASH, "bash", "nightreel", *words, cwd=folder, env=environment()).stdout.split()


def fish(folder, line):
    """Words alone: fish shows their descriptions after a tab."""
    said = run("fish", "--no-config", "-c", f"nightreel completion fish | source; complete -C 'nightreel {line}'",
               cwd=folder, env=environment()).stdout
    return [answer.split("\t")[0] for answer in said.splitlines()]


class Zsh:
    """An interactive zsh with its completion system, typed at through a terminal."""

    def __init__(self, folder):
        run("sh", "-c", "nightreel completion zsh > _nightreel", cwd=folder, env=environment())
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, **environment(), "TERM": "dumb", "HOME": str(folder)})
        self.type(f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D; PS1=; echo re''ady\n", "\nready")

    def type(self, text, until):
        """Types, and reads until the terminal shows `until`."""
        os.write(self.terminal, text.encode())
        shown = ""
        while until not in shown:
            ready, _, _ = select.select([self.terminal], [], [], 20)
            holds(ready, f"zsh shows {until!r} after {text!r}, and not {shown!r}")
            shown += os.read(self.terminal, 65536).decode(errors="replace").replace("\r", "")
        return shown

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def test_bash_offers_all_that_there_is(folder):
    (folder / "night.yaml").write_text("")
    top = {verb.split()[0] for verb in OPTIONS}
    same(set(bash(folder, "")), top, "verbs")
    for verb, options in OPTIONS.items():
        same(set(bash(folder, *verb.split(), "-")), options, f"options of {verb}")
    same(set(bash(folder, "models", "")), {verb.split()[1] for verb in OPTIONS if verb.startswith("models ")}, "verbs below")
    holds("float32" in bash(folder, "run", "night.yaml", "--precision", ""), "values of an option")
    same(bash(folder, "run", "--precision", "flo"), ["float32"], "a value's beginning")
    same(bash(folder, "check", ""), ["night.yaml"], "files")
    same(bash(folder, "completion", ""), ["bash", "zsh", "fish"], "shells")


def test_fish_offers_the_same(folder):
    needs_peers("fish")
    (folder / "night.yaml").write_text("")
    same(set(fish(folder, "")), {verb.split()[0] for verb in OPTIONS}, "verbs")
    for verb, options in OPTIONS.items():
        offered = set(fish(folder, f"{verb} -")) | set(fish(folder, f"{verb} --"))
        same({o for o in options if o.startswith("--")} - offered, set(), f"options of {verb}")
        same({o for o in offered if o.startswith("--")} - options, set(), f"no others of {verb}")
    same(fish(folder, "run --precision flo"), ["float32"], "a value's beginning")
    same(fish(folder, "check nig"), ["night.yaml"], "files")


def test_zsh_completes_verbs_options_values_and_files(folder):
    needs_peers("zsh")
    (folder / "night.yaml").write_text("")
    zsh = Zsh(folder)
    try:
        for typed, completed in (("doct", "doctor "), ("run --prec", "run --precision "),
                                 ("run --precision flo", "run --precision float32 "), ("models insp", "models inspect "),
                                 ("models check --js", "models check --json "), ("check nig", "check night.yaml ")):
            zsh.type(f"nightreel {typed}\t", f"nightreel {completed}")
            zsh.type("\x15echo do''ne\n", "\ndone")
    finally:
        zsh.close()


main(test_bash_offers_all_that_there_is, test_fish_offers_the_same, test_zsh_completes_verbs_options_values_and_files)
