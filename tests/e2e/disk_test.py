"""Full disks and damaged results."""
from harness import *


def small_night(folder):
    night = folder / "night.yaml"
    night.write_text(SMALL_NIGHT)
    return night


def test_a_full_disk_loses_nothing(folder):
    """The artifacts' disk runs full in mid-night; with space again the night ends as if nothing had been."""
    if os.geteuid() != 0:
        raise Skip("mounting a small tmpfs needs root")
    night = small_night(folder)
    run(NIGHTREEL, "run", night, "-o", folder / "calm", "--workers", "2")
    output = folder / "tight"
    output.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(output)], capture_output=True)
    if mounted.returncode != 0:
        raise Skip("this machine does not let a test mount a tmpfs")
    try:
        process = start(NIGHTREEL, "run", night, "-o", output, "--workers", "2", stdout=subprocess.PIPE,
                        stderr=subprocess.STDOUT)
        try:
            said, _ = process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            kill_group(process)      # it waits for space: also an honest answer
            said = ""
        holds(process.returncode != 0, "a night that did not fit is not called done")
        same([p for p in output.rglob("take[0-9][0-9]") if not (p / "publish.json").exists()], [], "half-written takes")
        run("mount", "-o", "remount,size=300m", output)
        again = run(NIGHTREEL, "run", night, "-o", output, "--workers", "2", check=None)
        if again.returncode != 0:    # what had failed for good is tried again when asked
            raise AssertionError(f"exit {again.returncode}\n{again.stdout}{again.stderr}\nbefore:\n{said}")
        same_pictures(pictures(output), pictures(folder / "calm"))
    finally:
        run("umount", "-l", output)


def test_a_damaged_result_is_found_and_made_again(folder):
    night = small_night(folder)
    output = folder / "night"
    run(NIGHTREEL, "run", night, "-o", output, "--workers", "2")
    expected = pictures(output)
    latents = sorted((output / ".nightreel").rglob("latents.safetensors"))
    holds(latents, "latents are kept")
    for path in latents:
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 0xFF
        path.chmod(0o644)
        path.write_bytes(raw)
    shutil.rmtree(output / "test")                      # the takes go ...
    for frame in list((output / ".nightreel").rglob("*.exr")):  # ... and the frames in the store
        shutil.rmtree(frame.parent, ignore_errors=True)
    run(NIGHTREEL, "run", night, "-o", output, "--workers", "2")
    same_pictures(pictures(output), expected)


main(test_a_full_disk_loses_nothing, test_a_damaged_result_is_found_and_made_again)
