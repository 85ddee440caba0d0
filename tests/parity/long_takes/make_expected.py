#!/usr/bin/env python3
"""Expected values of long takes, from plain loops over diffusers' networks.

    make_expected.py FOLDER        (needs torch, diffusers, transformers, numpy, as ../manifest.json names them)

Each loop is the arithmetic alone: noise by Philox and Box-Muller in numpy, Euler on even levels, guidance, and what a segment
is given of the one before. A control clip and a painted one go through diffusers' VACE pipeline. Writes NAME.safetensors for each case.
"""
import math
import sys
from pathlib import Path

import numpy
import torch
from diffusers import (AutoencoderKLWan, FlowMatchEulerDiscreteScheduler, WanTransformer3DModel, WanVACEPipeline,
                       WanVACETransformer3DModel)
from PIL import Image
from safetensors.torch import save_file
from transformers import AutoTokenizer, UMT5EncoderModel

SEED, STEPS, SHIFT, GUIDANCE = 11, 3, 3.0, 4.0
PROMPT, NEGATIVE = "a misty harbour", "blurred"


def philox(counter, key):
    c, k = [numpy.uint64(x) for x in counter], [numpy.uint64(x) for x in key]
    low = numpy.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = numpy.uint64(0xD2511F53) * c[0], numpy.uint64(0xCD9E8D57) * c[2]
        c = [(p1 >> numpy.uint64(32)) ^ c[1] ^ k[0], p1 & low, (p0 >> numpy.uint64(32)) ^ c[3] ^ k[1], p0 & low]
        k = [(k[0] + numpy.uint64(0x9E3779B9)) & low, (k[1] + numpy.uint64(0xBB67AE85)) & low]
    return [int(x) for x in c]


def normal_pair(first, second):
    def unit(word):
        return (numpy.float32(word >> 8) + numpy.float32(0.5)) * numpy.float32(2.0**-24)

    radius = numpy.sqrt(numpy.float32(-2) * numpy.log(unit(first)))
    angle = numpy.float32(2 * math.pi) * unit(second)
    return radius * numpy.cos(angle), radius * numpy.sin(angle)


def noise(frames, size, draw=0):
    """[1, c, len(frames), h, w]: of the latent frames with these numbers."""
    channels, height, width = size
    out = numpy.empty((channels, len(frames), height * width), numpy.float32)
    for channel in range(channels):
        for place, frame in enumerate(frames):
            for block in range((height * width + 3) // 4):
                w = philox((block, channel, frame, draw), (SEED & 0xFFFFFFFF, SEED >> 32))
                four = [*normal_pair(w[0], w[1]), *normal_pair(w[2], w[3])]
                out[channel, place, 4 * block:4 * block + 4] = four[:height * width - 4 * block]
    return torch.from_numpy(out.reshape(1, channels, len(frames), height, width))


def levels():
    even = [1 - i / STEPS for i in range(STEPS)]
    return [SHIFT * s / (1 + (SHIFT - 1) * s) for s in even] + [0.0]


def picture(width, height, seed):
    """What the unit tests call a pattern, in [0, 1]."""
    values = [((i * seed) % 97) / 96.0 for i in range(width * height * 3)]
    return torch.tensor(values, dtype=torch.float32).view(1, height, width, 3).permute(3, 0, 1, 2)[None]


class Model:
    def __init__(self, name, kind=WanTransformer3DModel, experts=("transformer",)):
        here = Path(__file__).resolve().parent
        folder = here / name if (here / name).is_dir() else here.parent / "pipelines" / name
        self.networks = [kind.from_pretrained(folder / e, torch_dtype=torch.float32).eval() for e in experts]
        self.vae = AutoencoderKLWan.from_pretrained(folder / "vae", torch_dtype=torch.float32).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer")
        self.text = UMT5EncoderModel.from_pretrained(folder / "text_encoder", torch_dtype=torch.float32).eval()
        self.mean = torch.tensor(self.vae.config.latents_mean).view(1, -1, 1, 1, 1)
        self.std = torch.tensor(self.vae.config.latents_std).view(1, -1, 1, 1, 1)

    def states(self, text):
        ids = self.tokenizer(text, return_tensors="pt")
        rows = self.text(ids.input_ids, attention_mask=ids.attention_mask).last_hidden_state
        return torch.nn.functional.pad(rows, (0, 0, 0, 512 - rows.shape[1]))

    def encode(self, video):
        return (self.vae.encode(video * 2 - 1).latent_dist.mode() - self.mean) / self.std

    def decode(self, latents):
        return (self.vae.decode(latents * self.std + self.mean).sample * 0.5 + 0.5).clamp(0, 1)

    def velocity(self, x, timestep, guidance=GUIDANCE, expert=0, **conditions):
        def ask(text):
            return self.networks[expert](hidden_states=x, timestep=timestep, encoder_hidden_states=self.states(text),
                                         return_dict=False, **conditions)[0]

        without = ask(NEGATIVE)
        return without + guidance * (ask(PROMPT) - without)


def euler(x, velocity):
    sigmas = levels()
    for now, then in zip(sigmas, sigmas[1:]):
        x = x + (numpy.float32(then) - numpy.float32(now)) * velocity(x, now * 1000)
    return x


def ti2v(model, frames, given):
    """The first latent is that of one picture, clean at timestep 0."""
    x = noise(frames, (48, 4, 2))
    clean = None if given is None else model.encode(given)

    def held(x):
        return x if clean is None else torch.cat([clean, x[:, :, 1:]], 2)

    def velocity(x, t):
        tokens = torch.full((len(frames), 2 * 1), t)
        if clean is not None:
            tokens[0] = 0
        return model.velocity(held(x), tokens.flatten()[None])

    return held(euler(x, velocity))


def i2v(model, frames, given, seen):
    count = 4 * (len(frames) - 1) + 1
    video = torch.full((1, 3, count, *given.shape[3:]), 0.5)
    video[:, :, :1] = given
    mask = torch.zeros(1, 4, len(frames), given.shape[3] // 8, given.shape[4] // 8)
    mask[:, :, 0] = 1
    beside = torch.cat([mask, model.encode(video)], 1)
    return euler(noise(frames, (16, *mask.shape[3:])),
                 lambda x, t: model.velocity(torch.cat([x, beside], 1), torch.tensor([t]),
                                             encoder_hidden_states_image=seen))


def vace(model, frames, kept, reference, boundary):
    """Kept frames have mask 0 and stand in the first 16 channels; all others are grey with mask 1."""
    size = (16, *reference.shape[3:])
    count = 4 * (len(frames) - 1) + 1
    rows, columns = 8 * size[1], 8 * size[2]
    inactive = torch.full((1, 3, count, rows, columns), 0.5)
    inactive[:, :, :kept.shape[2]] = kept
    made = torch.ones(1, 1, count, rows, columns)
    made[:, :, :kept.shape[2]] = 0
    cells = made.view(1, count, size[1], 8, size[2], 8).permute(0, 3, 5, 1, 2, 4).reshape(1, 64, count, *size[1:])
    mask = torch.nn.functional.interpolate(cells, size=(len(frames), *size[1:]), mode="nearest-exact")
    control = torch.cat([model.encode(inactive), model.encode(torch.full_like(inactive, 0.5)), mask], 1)
    front = torch.cat([reference, torch.zeros(1, 80, 1, *size[1:])], 1)
    control = torch.cat([front, control], 2)
    x = torch.cat([noise([0], size, 1 << 31), noise(frames, size)], 2)
    scales = torch.ones(len(model.networks[0].config.vace_layers))

    def velocity(x, t):
        expert = 0 if t >= boundary or len(model.networks) == 1 else 1
        return model.velocity(x, torch.tensor([t]), expert=expert, control_hidden_states=control,
                              control_hidden_states_scale=scales)

    return euler(x, velocity)[:, :, 1:]


class OwnLevels(FlowMatchEulerDiscreteScheduler):
    def set_timesteps(self, num_inference_steps=None, device=None, **unused):
        super().set_timesteps(sigmas=levels()[:-1], device=device)


def vace_pipeline(name, frames, video, mask):
    """The pipeline itself, of a clip [1, 3, t, h, w] and a mask [1, 1, t, h, w] in [0, 1], with one reference."""
    model = Model(name, WanVACETransformer3DModel, ("transformer", "transformer_2"))
    pipeline = WanVACEPipeline(tokenizer=model.tokenizer, text_encoder=model.text, vae=model.vae, scheduler=OwnLevels(shift=1.0),
                               transformer=model.networks[0], transformer_2=model.networks[1], boundary_ratio=0.875)
    pipeline.set_progress_bar_config(disable=True)
    seen = (picture(*video.shape[4:2:-1], 7)[0, :, 0].permute(1, 2, 0) * 255).round().to(torch.uint8)
    size = (16, video.shape[3] // 8, video.shape[4] // 8)
    latents = torch.cat([noise([0], size, 1 << 31), noise(frames, size)], 2)
    by_frame = [clip.permute(0, 2, 1, 3, 4) for clip in (video, mask.expand(-1, 3, -1, -1, -1))]
    made = pipeline(prompt_embeds=model.states(PROMPT), negative_prompt_embeds=model.states(NEGATIVE), video=by_frame[0], mask=by_frame[1],
                    reference_images=[Image.fromarray(seen.numpy())], height=video.shape[3], width=video.shape[4],
                    num_frames=video.shape[2], num_inference_steps=STEPS, guidance_scale=GUIDANCE, latents=latents,
                    output_type="latent").frames
    return made[:, :, 1:], model.encode(seen.permute(2, 0, 1)[None, :, None] / 255)


def windowed(model, latents, window, overlap, frames):
    """Every window shows one latent frame before its own; answers are averaged with ramps."""
    step = window - 1 - overlap
    later = -(-(latents - window) // step)
    firsts = [n * (latents - window) // later for n in range(later + 1)]
    spans = [(first + (n > 0), first + window) for n, first in enumerate(firsts)]

    def weight(n, frame):
        held = 1.0
        if n > 0 and frame < spans[n - 1][1]:
            held = min(held, (frame - spans[n][0] + 1) / (spans[n - 1][1] - spans[n][0] + 1))
        if n + 1 < len(spans) and frame >= spans[n + 1][0]:
            shared = spans[n][1] - spans[n + 1][0]
            held = min(held, (shared - (frame - spans[n + 1][0])) / (shared + 1))
        return held

    def velocity(x, t):
        total, weights = torch.zeros_like(x), torch.zeros(latents)
        for n, first in enumerate(firsts):
            answer = model.velocity(x[:, :, first:first + window].contiguous(), torch.tensor([t]))
            for frame in range(*spans[n]):
                total[:, :, frame] += weight(n, frame) * answer[:, :, frame - first]
                weights[frame] += weight(n, frame)
        return total / weights.view(1, 1, -1, 1, 1)

    return euler(noise(frames, (16, 4, 4)), velocity)


def main(folder):
    out = Path(folder)
    model = Model("wan22_5b_i2v")
    first = ti2v(model, [0, 1, 2], None)
    shown = model.decode(first)
    second = ti2v(model, [3, 4, 5], shown[:, :, -1:])
    save(out / "ti2v_chain", first=first, shown=shown[:, :, -1:], second=second)

    model = Model("wan21_i2v")
    size = 32, 48
    start = picture(*size, 5)
    seen = torch.linspace(-1, 1, 257 * model.networks[0].config.image_dim)[:17 * model.networks[0].config.image_dim]
    seen = seen.view(1, 17, -1)
    first = i2v(model, [0, 1, 2], start, seen)
    shown = model.decode(first)
    second = i2v(model, [3, 4, 5], shown[:, :, -1:], seen)
    save(out / "i2v_chain", first=first, shown=shown[:, :, -1:], second=second, seen=seen[0])

    model = Model("vace_text_only", WanVACETransformer3DModel, ("transformer", "transformer_2"))
    reference = model.encode(picture(32, 32, 7))
    kept = torch.cat([picture(32, 32, s) for s in (5, 6, 7, 8, 9)], 2)
    made = vace(model, [3, 4, 5], kept, reference, 875.0)
    save(out / "vace_kept", second=made, reference=reference)

    shown = torch.cat([picture(32, 32, s) for s in (5, 6, 7, 8, 9, 10, 11, 12, 13)], 2)
    made, reference = vace_pipeline("vace_text_only", [0, 1, 2], shown, torch.ones_like(shown[:, :1]))
    save(out / "vace_control", latents=made, reference=reference)

    # A square that moves by a column a frame.
    mask = torch.zeros_like(shown[:, :1])
    for frame in range(mask.shape[2]):
        mask[:, :, frame, 6:20, 4 + frame:19 + frame] = 1
    made, reference = vace_pipeline("vace_text_only", [0, 1, 2], shown.lerp(torch.full_like(shown, 0.5), mask), mask)
    save(out / "vace_paint", latents=made, reference=reference)

    model = Model("wan21_t2v")
    order = list(range(7))
    save(out / "windowed", latents=windowed(model, 7, 4, 1, order))


def save(path, **tensors):
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, f"{path}.safetensors")


with torch.no_grad():
    torch.set_num_threads(1)
    main(sys.argv[1])
