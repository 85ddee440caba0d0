"""What would cost a take is found before the night: LoRAs that do not fit, prompts that are cut, unknown words."""
import struct

from harness import *

NIGHT = """\
nightreel: 1
show: preflight
seed: 7
defaults: {{ model: toybox, size: 96x64, fps: 12, quality: draft, steps: 2 }}
shots:
  - {{ shot: a, frames: 17, prompt: "{prompt}"{more} }}
"""
PHRASE = "a small red star jumps in a meadow, "


def write_lora(path, keys):
    header, data = {}, b""
    for key, shape in keys.items():
        size = 4 * shape[0] * shape[1]
        header[key] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + size]}
        data += bytes(size)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def test_a_lora_that_does_not_fit_stops_every_verb_at_its_entry(folder):
    layer = "diffusion_model.blocks.0.self_attn.q"
    write_lora(folder / "wide.safetensors", {f"{layer}.lora_A.weight": [4, 384], f"{layer}.lora_B.weight": [384, 4]})
    layer = "lora_unet_double_blocks_0_img_mlp_fc1"
    write_lora(folder / "flux.safetensors", {f"{layer}.lora_down.weight": [4, 64], f"{layer}.lora_up.weight": [64, 4]})
    for name, wanted in (("wide", "has the shape [4, 384]"), ("flux", "made for FLUX")):
        night = folder / f"{name}.yaml"
        night.write_text(NIGHT.format(prompt="a star", more=f", loras: [{name}.safetensors]"))
        for verb in (["check", night], ["plan", night], ["submit", night], ["run", night, "-o", folder / "out"]):
            done = run(NIGHTREEL, *verb, check=None)
            same(done.returncode, 3, f"{verb[0]}: {done.stderr}")
            for part in (f"{name}.yaml:6:", f"shots[0].loras[0]: {name}.safetensors: ", wanted):
                holds(part in done.stderr, f"{verb[0]}: {part} in\n{done.stderr}")
    holds(not (folder / "out").exists(), "nothing was begun")


def test_a_long_prompt_is_warned_of_and_recorded(folder):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(prompt=PHRASE * 80, more=""))
    for verb in ("check", "plan"):
        done = run(NIGHTREEL, verb, night)
        holds("night.yaml:6:" in done.stderr and "warning: shots[0].prompt: the prompt has 721 tokens" in done.stderr, done.stderr)
    same(run(NIGHTREEL, "check", night, "--strict", check=None).returncode, 3, "a warning with --strict")
    run(NIGHTREEL, "run", night, "-o", folder / "out")
    record = json.loads(next((folder / "out").rglob("publish.json")).read_text())
    same(record["prompt_cut"], {"tokens": 721, "tokens_read": 512}, "what the record says of the prompt")
    same(record["negative_prompt_cut"], None, "what it says of the negative prompt")


def test_unknown_words_are_a_warning(folder):
    night = folder / "night.yaml"
    night.write_text(NIGHT.format(prompt="a photoreal dragon jumps", more=""))
    done = run(NIGHTREEL, "check", night)
    holds('night.yaml:6:39: warning: shots[0].prompt: not in the vocabulary of toybox' in done.stderr and '"photoreal", "dragon"' in done.stderr, done.stderr)
    for night in sorted(Path("examples").glob("*/night.yaml")):
        done = run(NIGHTREEL, "check", night)
        same(done.stderr, "", f"{night}")


main(test_a_lora_that_does_not_fit_stops_every_verb_at_its_entry, test_a_long_prompt_is_warned_of_and_recorded,
     test_unknown_words_are_a_warning)
