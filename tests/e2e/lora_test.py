"""LoRAs of a night: pictures change where one acts, nothing else does, and a wrong file is told by its keys."""
import array
import struct

from harness import *

NIGHT = """\
nightreel: 1
show: loras
seed: 7
defaults: {{ model: toybox, size: 96x64, fps: 12, quality: draft, steps: 4, handles: 0 }}
characters:
  mira: {{ prompt: a large red star, loras: [{{ file: ink.safetensors, strength: {mira} }}] }}
shots:
  - {{ shot: plain, prompt: "a small blue circle jumps, at night", frames: 17 }}
  - {{ shot: seen, prompt: "{{mira}} spins, in a green meadow", frames: 17 }}
  - {{ shot: fading, prompt: "a small blue circle jumps, at night", frames: 37, loras: [{{ file: ink.safetensors, by_segment: {fading} }}] }}
"""
WIDTH = 256
RANK = 4


def write_lora(path, keys):
    """Low-rank parts of random numbers for the named layers, in the layout that diffusers writes."""
    source = random.Random(3)
    header, data = {}, b""
    for key in keys:
        for part, shape in (("lora_A", [RANK, WIDTH]), ("lora_B", [WIDTH, RANK])):
            values = array.array("f", (source.gauss(0, 0.3) for _ in range(RANK * WIDTH))).tobytes()
            header[f"{key}.{part}.weight"] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
            data += values
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def layers(*names):
    return [f"transformer.blocks.{block}.{name}" for block in range(6) for name in names]


def render(folder, name, mira=1, fading="[1]"):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(mira=mira, fading=fading))
    run(NIGHTREEL, "run", night, "-o", folder / name)
    frames = {path: digest for path, digest in pictures(folder / name).items() if path.endswith(".exr")}
    return {shot: {path: digest for path, digest in frames.items() if shot in path} for shot in ("plain", "seen", "fading")}


def test_pictures_change_where_a_lora_acts(folder):
    write_lora(folder / "ink.safetensors", layers("attn1.to_q", "attn1.to_out.0", "attn2.to_v"))
    full = render(folder, "full")
    same([len(full[shot]) for shot in full], [17, 17, 37], "frames")
    half = render(folder, "half", mira=0.5, fading="[1, 0]")
    none = render(folder, "none", mira=0, fading="[0]")
    same(half["plain"], full["plain"], "a shot without LoRAs")
    same(none["plain"], full["plain"], "a shot without LoRAs")
    same(len({tuple(sorted(night["seen"].items())) for night in (full, half, none)}), 3, "strengths of a character's LoRA")

    first, last = sorted(full["fading"])[0], sorted(full["fading"])[-1]
    same(half["fading"][first], full["fading"][first], "the first segment, with the same strength")
    holds(half["fading"][last] != full["fading"][last], "the last segment, with none of it")
    holds(none["fading"][first] != full["fading"][first], "the first segment, with none of it")


def test_the_record_of_a_take_names_the_lora(folder):
    write_lora(folder / "ink.safetensors", layers("attn1.to_q"))
    render(folder, "out")
    record = json.loads(next(path for path in (folder / "out").rglob("publish.json") if "seen" in str(path)).read_text())
    same([Path(lora["path"]).name for lora in record["loras"]], ["ink.safetensors"], "LoRAs of the record")
    same([lora["high"] for lora in record["loras"]], [1.0], "strength")
    holds(record["loras"][0]["digest"] == digest(folder / "ink.safetensors"), "its digest is the file's SHA-256")


def test_keys_that_fit_nothing_are_listed(folder):
    write_lora(folder / "ink.safetensors", layers("attn1.to_q") + ["transformer.blocks.9.attn1.to_q"])
    (folder / "night.yaml").write_text(NIGHT.format(mira=1, fading="[1]"))
    done = run(NIGHTREEL, "run", folder / "night.yaml", "-o", folder / "out", check=None)
    said = done.stdout + done.stderr
    holds(done.returncode != 0, "the night failed")
    for wanted in ("ink.safetensors", "blocks.9.attn1.to_q"):
        holds(wanted in said, f"{wanted} in\n{said}")


main(test_pictures_change_where_a_lora_acts, test_the_record_of_a_take_names_the_lora, test_keys_that_fit_nothing_are_listed)
