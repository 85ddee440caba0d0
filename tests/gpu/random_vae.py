"""A folder with an autoencoder of Wan 2.1's true sizes and random weights, for timing: random_vae.py FOLDER

Names and shapes are those that diffusers writes for AutoencoderKLWan. Needs the standard library alone.
"""
import array
import json
import pathlib
import random
import struct
import sys

WIDTH, LATENT, STEPS = 96, 16, (1, 2, 4, 4)
CONFIG = {
    "_class_name": "AutoencoderKLWan", "base_dim": WIDTH, "z_dim": LATENT, "dim_mult": list(STEPS),
    "num_res_blocks": 2, "attn_scales": [], "temperal_downsample": [False, True, True], "dropout": 0.0,
    "latents_mean": [0.0] * LATENT, "latents_std": [1.0] * LATENT,
}


def conv(name, out, inside, *kernel):
    return {name + ".weight": [out, inside, *kernel], name + ".bias": [out]}


def block(name, inside, out):
    shapes = {name + ".norm1.gamma": [inside, 1, 1, 1], name + ".norm2.gamma": [out, 1, 1, 1]}
    shapes |= conv(name + ".conv1", out, inside, 3, 3, 3) | conv(name + ".conv2", out, out, 3, 3, 3)
    if inside != out:
        shapes |= conv(name + ".conv_shortcut", out, inside, 1, 1, 1)
    return shapes


def middle(name, width):
    shapes = block(name + ".resnets.0", width, width) | block(name + ".resnets.1", width, width)
    attention = name + ".attentions.0"
    shapes[attention + ".norm.gamma"] = [width, 1, 1]
    return shapes | conv(attention + ".to_qkv", 3 * width, width, 1, 1) | conv(attention + ".proj", width, width, 1, 1)


def encoder():
    widths = [WIDTH * step for step in (1, *STEPS)]
    shapes = conv("encoder.conv_in", WIDTH, 3, 3, 3, 3)
    place = 0
    for stage, (inside, out) in enumerate(zip(widths, widths[1:])):
        for _ in range(2):
            shapes |= block(f"encoder.down_blocks.{place}", inside, out)
            inside = out
            place += 1
        if stage < 3:
            name = f"encoder.down_blocks.{place}"
            shapes |= conv(name + ".resample.1", out, out, 3, 3)
            if CONFIG["temperal_downsample"][stage]:
                shapes |= conv(name + ".time_conv", out, out, 3, 1, 1)
            place += 1
    shapes |= middle("encoder.mid_block", widths[-1])
    shapes["encoder.norm_out.gamma"] = [widths[-1], 1, 1, 1]
    return shapes | conv("encoder.conv_out", 2 * LATENT, widths[-1], 3, 3, 3)


def decoder():
    widths = [WIDTH * step for step in (STEPS[-1], *reversed(STEPS))]
    shapes = conv("decoder.conv_in", widths[0], LATENT, 3, 3, 3) | middle("decoder.mid_block", widths[0])
    for stage, (inside, out) in enumerate(zip(widths, widths[1:])):
        name = f"decoder.up_blocks.{stage}"
        inside = inside // 2 if stage > 0 else inside  # what was enlarged before has half as many
        for number in range(3):
            shapes |= block(f"{name}.resnets.{number}", inside, out)
            inside = out
        if stage < 3:
            shapes |= conv(name + ".upsamplers.0.resample.1", out // 2, out, 3, 3)
            if stage < 2:
                shapes |= conv(name + ".upsamplers.0.time_conv", 2 * out, out, 3, 1, 1)
    shapes["decoder.norm_out.gamma"] = [widths[-1], 1, 1, 1]
    return shapes | conv("decoder.conv_out", 3, widths[-1], 3, 3, 3)


def all_shapes():
    return (encoder() | decoder() | conv("quant_conv", 2 * LATENT, 2 * LATENT, 1, 1, 1)
            | conv("post_quant_conv", LATENT, LATENT, 1, 1, 1))


def count(shape):
    items = 1
    for size in shape:
        items *= size
    return items


def write(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    shapes, header, end = all_shapes(), {}, 0
    for name, shape in sorted(shapes.items()):
        begin, end = end, end + 4 * count(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [begin, end]}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    seeded = random.Random(1)
    values = array.array("f", (seeded.uniform(-1, 1) for _ in range(1 << 20)))
    with open(folder / "diffusion_pytorch_model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in sorted(shapes.items()):
            # Norms multiply by about one; a matrix keeps the size of what goes through it.
            scale = (3 / max(1, count(shape[1:]))) ** 0.5 if name.endswith(".weight") else 0.02
            offset = 1.0 if name.endswith(".gamma") else 0.0
            left = count(shape)
            piece = array.array("f", (offset + scale * value for value in values[:min(left, len(values))]))
            while left > 0:
                file.write(memoryview(piece)[:left])
                left -= min(left, len(piece))


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
