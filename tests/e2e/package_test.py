"""The packages that `make package` writes, installed where neither the build folder nor the source can be seen: a tarball
unpacked anywhere, and the .deb in a copy of this machine's system, its units' commands run as their user."""
import atexit
import re
import tempfile

from harness import *

BUILD = BIN.parent
NIGHT = """\
nightreel: 1
show: test
seed: 7
defaults: {model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2}
shots:
  - {shot: sq010_sh0010, prompt: "a large red star spins, in a green meadow", frames: 17}
"""
# Mounts what the test needs to hide or to write to; its arguments are what is then run. ROOT is empty for all of it.
HIDE = f"mount -t tmpfs tmpfs '{ROOT}' && exec \"$@\""
# A writable copy of this machine's system in FOLDER/system, without the source: $1 is FOLDER, the rest is run in it.
COPY = f"""\
set -e
folder=$1; shift
mkdir -p "$folder/layers" "$folder/system"
mount -t tmpfs tmpfs "$folder/layers"
mkdir "$folder/layers/upper" "$folder/layers/work"
mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/layers/upper,workdir=$folder/layers/work" "$folder/system"
for place in proc dev sys; do mount --rbind "/$place" "$folder/system/$place"; done
mount -t tmpfs tmpfs "$folder/system/{str(ROOT).lstrip('/')}"
exec chroot "$folder/system" "$@"
"""
# What an administrator does after installing. The port is another one: somebody may use the usual one here.
USE = r"""
set -eu
dpkg --install /tmp/packages/*.deb
grep -q 'a1a1\|a2a2\|a3a3' /etc/nightreel/farm.yaml && { echo "placeholders are left"; exit 1; }
[ "$(stat -c %U%a /etc/nightreel/keys/worker.key)" = nightreel600 ]
cd /usr/lib/systemd/system
systemd-analyze verify nightreel-scheduler.service nightreel-worker.service nightreel-worker@.service
sed -i "s/7411/$PORT/" /etc/nightreel/farm.yaml
as_unit() {
    command=$(sed -n 's/^ExecStart=//p' "/usr/lib/systemd/system/$1.service")
    cd /var/lib/nightreel
    exec setpriv --reuid nightreel --regid nightreel --clear-groups --no-new-privs $command
}
as_unit nightreel-scheduler & scheduler=$!
as_unit nightreel-worker & worker=$!
export NIGHTREEL_FARM=/etc/nightreel/farm.yaml
job=$(nightreel submit /tmp/night.yaml | grep -oE '^[0-9]+')
nightreel wait "$job"
ls /var/lib/nightreel/out/test/sq010/sq010_sh0010/v001/take01/exr | wc -l
child=$(cat "/proc/$worker/task/$worker/children")
kill $worker
wait $worker
for process in $child; do [ ! -e "/proc/$process/exe" ] || { echo "the render child $process outlives its worker"; exit 1; }; done
kill $scheduler
wait $scheduler
before=$(sha256sum /etc/nightreel/farm.yaml /etc/nightreel/keys/*)
dpkg --install /tmp/packages/*.deb
[ "$before" = "$(sha256sum /etc/nightreel/farm.yaml /etc/nightreel/keys/*)" ] || { echo "an upgrade changes the farm"; exit 1; }
dpkg --purge nightreel
[ ! -e /etc/nightreel ] && [ -d /var/lib/nightreel/out/test ]
echo all of it
"""


def needs_mounts():
    if os.geteuid() != 0 or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        raise Skip("hiding the build folder needs root and mount namespaces")


def packages(kept={}):
    """Both packages, made once for all tests."""
    if "folder" not in kept:
        kept["folder"] = folder = Path(tempfile.mkdtemp(prefix="nightreel-packages-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        run("cpack", "-B", folder, cwd=BUILD, timeout=1200)
        shutil.rmtree(folder / "_CPack_Packages")
    return kept["folder"]


def linked_libraries(program):
    return re.findall(r"\(NEEDED\).*\[(\S+)\]", run("readelf", "-d", program).stdout)


def test_make_install_builds_no_test(folder):
    inputs = run("ninja", "-C", BUILD, "-t", "inputs", "product").stdout.splitlines()
    same([path for path in inputs if path.startswith(("tests/", "toybox/")) or "/tests/" in path], [], "inputs")


def test_the_tarball_works_from_anywhere(folder):
    needs_mounts()
    run("tar", "-xf", next(packages().glob("*.tar.gz")), "-C", folder)
    prefix = next(folder.glob("nightreel-*"))
    program = prefix / "bin/nightreel"
    (folder / "night.yaml").write_text(NIGHT)

    def alone(*arguments, **more):
        return run("unshare", "-m", "sh", "-c", HIDE, "sh", *arguments, cwd=folder, env={"NIGHTREEL_MODELS": ""}, **more)

    holds(alone(program, "--version").stdout.startswith("nightreel "), "version")
    alone(program, "check", prefix / "share/nightreel/examples/01_first_shot/night.yaml")
    alone(program, "run", "night.yaml", "-o", folder / "out")
    same(len(list((folder / "out/test/sq010/sq010_sh0010/v001/take01/exr").glob("*.exr"))), 17, "frames")
    for path in [*(prefix / "bin").iterdir(), *prefix.glob("lib/*.so")]:
        holds(str(ROOT) not in run("readelf", "-d", path).stdout, f"{path.name} looks for libraries in the source")
    for shell, place in (("bash", "bash-completion/completions/nightreel"), ("zsh", "zsh/site-functions/_nightreel"),
                         ("fish", "fish/vendor_completions.d/nightreel.fish")):
        same((prefix / "share" / place).read_text(), alone(program, "completion", shell).stdout, place)


def test_every_library_is_in_the_notice(folder):
    text = (ROOT / "THIRD_PARTY.md").read_text()
    named = set(re.findall(r"(?<![\w-])(lib[\w+-]+|ld-linux)(?![\w+-])", text))
    run("tar", "-xf", next(packages().glob("*.tar.gz")), "-C", folder)
    prefix = next(folder.glob("nightreel-*"))
    found = {library for path in (prefix / "bin").iterdir() for library in linked_libraries(path)}
    found |= {path.name for path in prefix.glob("lib/nightreel/**/*.so*")}
    # libOpenEXR-3_1.so.30 is libOpenEXR, libfmt.so.9 libfmt, libyaml-cpp.so.0.7 libyaml-cpp.
    missing = [name for name in sorted(found)
               if re.sub(r"(-\d+_\d+)?(-x86-64)?\.so.*", "", name) not in named]
    same(missing, [], "libraries that THIRD_PARTY.md does not name")


def test_the_debian_package_is_a_farm(folder):
    needs_mounts()
    if shutil.which("dpkg") is None:
        raise Skip("this is no Debian")
    inside = (f"mkdir -p /tmp/packages && cp '{packages()}'/*.deb /tmp/packages/ && printf '%s' '{NIGHT}' >/tmp/night.yaml\n"
              f"PORT={free_port()}\n" + USE)
    said = run("unshare", "-m", "sh", "-c", COPY, "sh", folder, "sh", "-c", inside, cwd="/", timeout=600,
               env={"NIGHTREEL_MODELS": ""})
    holds("\n17\n" in said.stdout and said.stdout.endswith("all of it\n"), said.stdout + said.stderr)


main(test_make_install_builds_no_test, test_the_tarball_works_from_anywhere, test_every_library_is_in_the_notice,
     test_the_debian_package_is_a_farm)
