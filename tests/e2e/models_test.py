"""nightreel models: a model in the original repositories' layout is told, imported, checked, and computes the same."""
import re
import struct
import zipfile

from harness import *
from tiny_models import CASE, original_model, read_safetensors, write_pth, write_safetensors

def models(*arguments, check=0):
    said = run(NIGHTREEL, "models", *arguments, "--json", check=check)
    return json.loads(said.stdout) if said.stdout else None


def computed(case, folder):
    """The bytes of everything that the engine computes for a case."""
    said = run(RENDER, "parity", case, "--write", folder, env={"OMP_NUM_THREADS": "1"})
    holds("max abs error" in said.stdout, said.stdout)
    return [digest(path) for path in sorted(folder.rglob("actual.safetensors"))]


def test_an_original_model_is_told_from_its_files(folder):
    told = models("inspect", original_model(folder / "wan"))
    same(told["layout"], "original", "layout")
    same(told["family"], "wan2.1-t2v", "family")
    same(told["missing"], [], "missing parts")
    same({p["name"]: p["names"] for p in told["parts"]},
         {"transformer": "original", "vae": "original", "text_encoder": "original", "tokenizer": ""}, "names")
    same([p["fault"] for p in told["parts"]], [""] * 4, "faults")
    same(told["licence"], None, "no card, no licence")
    (folder / "wan/Wan2.1_VAE.pth").unlink()
    same(models("inspect", folder / "wan")["missing"], ["vae"], "missing parts")


def test_an_imported_model_has_the_same_bytes_and_computes_the_same(folder):
    original = original_model(folder / "wan")
    models("import", original, "--to", folder / "pipelines/small", "--licence", "Apache-2.0")
    made = folder / "pipelines/small"
    for part, file in (("transformer", "diffusion_pytorch_model"), ("vae", "diffusion_pytorch_model"),
                       ("text_encoder", "model")):
        same(read_safetensors(made / part / f"{file}.safetensors"), read_safetensors(CASE / part / f"{file}.safetensors"),
             f"tensors of the {part}")
    card = (made / "model.yaml").read_text()
    for wanted in ('licence: "Apache-2.0"', 'training_data: "unknown"', "family: wan2.1-t2v", "transformer/config.json"):
        holds(wanted in card, f"{wanted} in\n{card}")
    whole = models("check", made)
    holds(whole["whole"] and len(whole["files"]) >= 9, whole)
    # The case's inputs and expected values, with the imported model in place of its own.
    for name in ("config.json", "inputs.safetensors", "expected.safetensors"):
        shutil.copy(CASE / name, made / name)
    shutil.copy(CASE / "scheduler/scheduler_config.json", made / "scheduler/scheduler_config.json")
    (folder / "reference/pipelines").mkdir(parents=True)
    shutil.copytree(CASE, folder / "reference/pipelines/small")
    here = computed(made, folder / "from_import")
    same(len(here), 1, "cases")
    same(here, computed(folder / "reference/pipelines/small", folder / "from_reference"), "what was computed")


def test_weights_in_a_pickle_compute_the_same_as_in_safetensors(folder):
    case = folder / "layouts/vae21"
    shutil.copytree(ROOT / "tests/parity/layouts/vae21", case)
    write_pth(case / "original/Wan2.1_VAE.pth", read_safetensors(case / "original/Wan2.1_VAE.safetensors"))
    config = json.loads((case / "config.json").read_text())
    config["stored"]["pickle"] = "original/Wan2.1_VAE.pth"
    (case / "config.json").write_text(json.dumps(config))
    holds("decoded: max abs error" in run(RENDER, "parity", case).stdout, "the case ran")
    # The check can fail: other weights in the pickle give other values.
    tensors = read_safetensors(case / "original/Wan2.1_VAE.safetensors")
    kind, shape, data = tensors["conv2.bias"]
    tensors["conv2.bias"] = (kind, shape, bytes(len(data)))
    write_pth(case / "original/Wan2.1_VAE.pth", tensors)
    said = run(RENDER, "parity", case, check=None)
    holds(said.returncode != 0 and "the layout pickle gives values that differ" in said.stdout + said.stderr, said.stderr)


def test_a_changed_byte_is_found_and_nothing_half_made_stays(folder):
    original = original_model(folder / "wan")
    models("import", original, "--to", folder / "models/small")
    holds("unknown" in (folder / "models/small/model.yaml").read_text(), "an unknown licence is called so")
    models("import", original, "--to", folder / "models/small", check=3)
    file = folder / "models/small/vae/diffusion_pytorch_model.safetensors"
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    said = run(NIGHTREEL, "models", "check", folder / "models/small", check=None)
    holds(said.returncode not in (0, 2) and "CHANGED vae/diffusion_pytorch_model.safetensors" in said.stdout, said.stdout)
    (original / "Wan2.1_VAE.pth").unlink()
    said = run(NIGHTREEL, "models", "import", original, "--to", folder / "models/second", check=3)
    holds("vae" in said.stderr, said.stderr)
    same(sorted(p.name for p in (folder / "models").iterdir()), ["small"], "folders")


def test_doctor_finds_what_check_finds(folder):
    models("import", original_model(folder / "wan"), "--to", folder / "models/small")
    made = folder / "models/small"
    env = {"NIGHTREEL_MODELS": str(folder / "models")}
    holds("ok      model small" in run(NIGHTREEL, "doctor", check=None, env=env).stdout, "whole before")
    weights = made / "vae/diffusion_pytorch_model.safetensors"
    config = made / "transformer/config.json"
    layers = json.loads(config.read_text())["num_layers"]
    for file, change, words in (
            (weights, lambda data: data[:-1] + bytes([data[-1] ^ 1]), "has the digest"),
            (weights, lambda data: data[:-9], "vae"),
            (config, lambda data: data.replace(b'"num_layers": %d' % layers, b'"num_layers": %d' % (layers + 1)),
             f"blocks.{layers}")):
        before = file.read_bytes()
        holds(change(before) != before, "something was changed")
        file.write_bytes(change(before))
        run(NIGHTREEL, "models", "check", made, check=None)
        said = run(NIGHTREEL, "doctor", check=10, env=env).stdout
        holds("PROBLEM model small" in said and words in said, f"{words} in\n{said}")
        file.write_bytes(before)
    said = run(NIGHTREEL, "doctor", check=10, env={"NIGHTREEL_MODELS": "/nope"}).stdout
    holds("PROBLEM models folder /nope: no such folder" in said, said)
    holds("/nope: no such models folder" in run(NIGHTREEL, "models", "list", env={"NIGHTREEL_MODELS": "/nope"}).stderr,
          "models list names it too")


def test_inspect_says_what_a_night_may_write(folder):
    said = run(NIGHTREEL, "models", "inspect", "toybox").stdout
    for words in ("in a night file", "96x64", "fps          12", "references   up to", "keys         first picture:"):
        holds(words in said, f"{words} in\n{said}")
    night = models("inspect", "toybox")["night"]
    text = (f"nightreel: 1\nshow: use\nseed: 1\ndefaults: {{model: {night['model']}, size: {night['sizes'][0]}, "
            f"fps: {night['fps']}}}\nshots: [{{shot: a, prompt: a red star, frames: {night['segment_frames']}}}]\n")
    (folder / "night.yaml").write_text(text)
    run(NIGHTREEL, "check", folder / "night.yaml")


def test_a_configuration_that_is_not_of_its_weights_is_found_by_check(folder):
    models("import", original_model(folder / "wan"), "--to", folder / "models/small")
    made = folder / "models/small"
    (made / "model.yaml").unlink()          # a model that somebody unpacked, with digests of nothing
    same(models("check", made)["whole"], True, "whole before")

    def broken(part, key, value):
        """(stdout, faults) with one value of a part's configuration changed."""
        file = made / part / "config.json"
        text = file.read_text()
        file.write_text(json.dumps({**json.loads(text), key: value}))
        said = run(NIGHTREEL, "models", "check", made, "--json", check=3).stdout
        file.write_text(text)
        report = json.loads(said)
        same(report["whole"], False, f"{part} with another {key}")
        same(report["engine_not_asked"], "", "the engine was asked")
        return {p["name"]: p["fault"] for p in report["parts"] if p["fault"]}

    layers = json.loads((made / "transformer/config.json").read_text())["num_layers"]
    faults = broken("transformer", "num_layers", layers + 1)
    holds(list(faults) == ["transformer"] and f"blocks.{layers}" in faults["transformer"], faults)
    faults = broken("transformer", "in_channels", 5)
    holds(list(faults) == ["transformer"] and "patch_embedding.weight" in faults["transformer"], faults)
    faults = broken("vae", "num_res_blocks", 5)
    holds(list(faults) == ["vae"] and "safetensors" in faults["vae"], faults)
    faults = broken("text_encoder", "d_ff", 7)
    holds(list(faults) == ["text_encoder"] and "DenseReluDense" in faults["text_encoder"], faults)
    same(models("check", made)["whole"], True, "whole again")
    holds("the engine opens every network" in run(NIGHTREEL, "models", "check", made).stdout, "said in words")


def test_a_killed_import_is_no_model_and_the_next_one_clears_it_away(folder):
    large = original_model(folder / "large")
    file = large / "diffusion_pytorch_model.safetensors"
    tensors = read_safetensors(file)
    header, place = {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [place, place + len(data)]}
        place += len(data)
    header["blocks.0.padding"] = {"dtype": "U8", "shape": [1 << 29], "data_offsets": [place, place + (1 << 29)]}
    text = json.dumps(header).encode()
    with open(file, "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text + b"".join(d for _, _, d in tensors.values()))
        out.truncate(8 + len(text) + place + (1 << 29))     # a hole: it takes no room and time to copy
    pool = folder / "pool"
    process = start(NIGHTREEL, "models", "import", large, "--to", pool / "small", stdout=subprocess.DEVNULL)
    until = time.time() + 60
    while not list(pool.glob(".small*")) and time.time() < until:
        holds(process.poll() is None, "the import was killed in its middle")
        time.sleep(0.001)
    process.kill()
    process.wait()
    holds(not (pool / "small").exists() and list(pool.iterdir()), "half a model has no name")
    listed = json.loads(run(NIGHTREEL, "models", "list", "--json", env={"NIGHTREEL_MODELS": str(pool)}).stdout)
    same([m["path"] for m in listed["models"] if str(pool) in m["path"]], [], "models of the pool")
    models("import", original_model(folder / "wan"), "--to", f"{pool}/small/")
    same([p.name for p in pool.iterdir()], ["small"], "folders")
    holds('name: "small"' in (pool / "small/model.yaml").read_text(), "a slash at the end is no part of the name")


def test_a_full_disk_gets_no_half_a_model(folder):
    if os.geteuid() != 0:
        raise Skip("mounting a small tmpfs needs root")
    original = original_model(folder / "wan")
    tight = folder / "tight"
    tight.mkdir()
    # Too small for the weights, which is known before; and for the tokenizer, which is not.
    for size, words in (("64k", "not enough space for"), ("160k", "No space left on device")):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(tight)]).returncode != 0:
            raise Skip("this machine does not let a test mount a tmpfs")
        try:
            said = run(NIGHTREEL, "models", "import", original, "--to", tight / "small", check=10)
            holds(words in said.stderr and str(tight) in said.stderr, said.stderr)
            same(list(tight.iterdir()), [], "left behind")
        finally:
            run("umount", "-l", tight)


def test_a_pickle_that_is_a_program_is_refused_by_name(folder):
    original = original_model(folder / "wan")
    text = b"\x80\x02cposix\nsystem\n(X\x04\x00\x00\x00truetR."
    with zipfile.ZipFile(original / "Wan2.1_VAE.pth", "w") as archive:
        archive.writestr("archive/data.pkl", text)
    said = run(NIGHTREEL, "models", "import", original, "--to", folder / "made", check=3)
    holds("posix.system" in said.stderr and "Wan2.1_VAE.pth" in said.stderr, said.stderr)
    fault = [p["fault"] for p in models("inspect", original, check=3)["parts"] if p["name"] == "vae"]
    holds(len(fault) == 1 and "posix.system" in fault[0], fault)
    holds(not (folder / "made").exists(), "nothing was made")


def test_what_a_model_needs_is_told_as_it_is_planned(folder):
    told = models("inspect", "toybox", "--size", "96x64", "--frames", 17)["memory"]
    (folder / "night.yaml").write_text(
        "nightreel: 1\nshow: need\ndefaults: {model: toybox, size: 96x64, fps: 12, handles: 0}\n"
        "shots:\n  - {shot: sh010, prompt: a large red star spins, frames: 17}\n")
    planned = {task["kind"]: task["cost"] for task in
               json.loads(run(NIGHTREEL, "plan", folder / "night.yaml", "--json").stdout)["tasks"]}
    same(told["sample_bytes"], planned["sample"]["memory_bytes"], "least that sampling works with")
    same(told["sample_resident_bytes"], planned["sample"]["resident_bytes"], "with which it is fastest")
    same(told["decode_bytes"], planned["decode"]["memory_bytes"], "decoding")
    longer = models("inspect", "toybox", "--size", "96x64", "--frames", 33)["memory"]
    holds(longer["sample_bytes"] > told["sample_bytes"], "a longer clip needs more")
    text = run(NIGHTREEL, "models", "inspect", "toybox", "--size", "96x64", "--frames", 17).stdout
    holds(re.search(r"sampling 96x64, 17 frames: [\d.]+ MiB resident, [\d.]+ MiB streamed", text), text)
    said = run(NIGHTREEL, "models", "inspect", "toybox", "--size", "100x64", check=None)
    holds(said.returncode != 0 and "multiples of 16" in said.stderr, said.stderr)


def test_an_imported_model_needs_what_the_original_needs(folder):
    original = original_model(folder / "wan")
    models("import", original, "--to", folder / "models/small")
    card = (folder / "models/small/model.yaml").read_text()
    holds("dimensions:" in card and "block_parameters:" in card, card)
    size = ["--size", "96x64", "--frames", 9]
    holds(models("inspect", original, *size)["memory"] is not None, "of a model without a card")
    same(models("inspect", folder / "models/small", *size)["memory"], models("inspect", original, *size)["memory"], "needs")


def test_the_bundled_model_is_listed_and_whole(folder):
    listed = {Path(m["path"]).name: m for m in models("list")["models"]}
    same(listed["toybox"]["licence"], "Apache-2.0", "licence")
    holds("own renderer" in listed["toybox"]["training_data"], "training data")
    holds(models("check", "toybox")["whole"], "toybox is whole")
    run(NIGHTREEL, "models", "inspect", folder / "none", check=3)


main(test_an_original_model_is_told_from_its_files, test_an_imported_model_has_the_same_bytes_and_computes_the_same,
     test_weights_in_a_pickle_compute_the_same_as_in_safetensors,
     test_a_changed_byte_is_found_and_nothing_half_made_stays,
     test_doctor_finds_what_check_finds, test_inspect_says_what_a_night_may_write,
     test_a_configuration_that_is_not_of_its_weights_is_found_by_check,
     test_a_killed_import_is_no_model_and_the_next_one_clears_it_away, test_a_full_disk_gets_no_half_a_model,
     test_a_pickle_that_is_a_program_is_refused_by_name,
     test_what_a_model_needs_is_told_as_it_is_planned, test_an_imported_model_needs_what_the_original_needs,
     test_the_bundled_model_is_listed_and_whole)
