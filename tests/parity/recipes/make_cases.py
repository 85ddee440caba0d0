#!/usr/bin/env python3
"""Writes the case `authors`: every recipe sampled as its authors' programs do it, step by step, in plain Python and
float64. Written from their descriptions and sources at the commits that recipes/*.yaml name; reads nothing of Nightreel.
The network is made up: v(x, t) = 0.8 x - 0.5 sin(1.7 x) + (t / 1000 - 0.45) w + s l, with a w for each of two experts
and one for the prediction without prompt, and s the strength of all LoRAs. Usage: tests/parity/recipes/make_cases.py"""
import json
import math
import pathlib
import random
import struct

FOLDER = pathlib.Path(__file__).parent / "authors"
SHAPE = [1, 2, 2, 3, 4]
COUNT = math.prod(SHAPE)
DRAWS = 12


def single(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def normals(dice):
    return [single(dice.gauss(0, 1)) for _ in range(COUNT)]


class Network:
    def __init__(self, inputs):
        self.inputs = inputs

    def velocity(self, x, t, expert, strength=0.0, guidance=1.0):
        def predicted(w):
            return [0.8 * a - 0.5 * math.sin(1.7 * a) + (t / 1000 - 0.45) * b + strength * c
                    for a, b, c in zip(x, self.inputs[w], self.inputs["l"])]
        with_prompt = predicted("w_high" if expert == 0 else "w_low")
        if guidance == 1:
            return with_prompt
        without = predicted("w_none")
        return [b + guidance * (a - b) for a, b in zip(with_prompt, without)]


class Run:
    """What a sampler did: latents after each step, and what the network was told."""

    def __init__(self, inputs, scale=1.0):
        self.network = Network(inputs)
        self.noise = inputs["noise"]
        self.latents = [[scale * a for a in inputs["start"]]]
        self.timesteps, self.experts, self.strengths = [], [], []

    @property
    def x(self):
        return self.latents[-1]

    def ask(self, t, expert=0, strength=0.0, guidance=1.0):
        self.timesteps.append(t)
        self.experts.append(expert)
        self.strengths.append(strength)
        return self.network.velocity(self.x, t, expert, strength, guidance)

    def arrive(self, x):
        self.latents.append(x)


def shifted(sigma, shift):
    return shift * sigma / (1 + (shift - 1) * sigma)


def lightx2v(inputs, loras, boundary_step_index=None):
    """WanStepDistillScheduler since 2025-11-24: levels picked from a shifted table of 1000, then x - s v + s' v."""
    table = [shifted(1 - i / 1000, 5) for i in range(1000)]
    sigmas = [table[1000 - listed] for listed in (1000, 750, 500, 250)]
    run = Run(inputs)
    for i, sigma in enumerate(sigmas):
        expert = 0 if boundary_step_index is None or i < boundary_step_index else 1
        v = run.ask(sigma * 1000, expert, loras[expert])
        x0 = [a - sigma * b for a, b in zip(run.x, v)]
        if i + 1 < len(sigmas):
            run.arrive([a + sigmas[i + 1] * b for a, b in zip(x0, v)])
        else:
            run.arrive(x0)
    return run


def lightning(inputs, loras, boundary):
    """Wan2.2-Lightning's own Euler: linspace(1000, 0, 5), shifted; t keeps its fraction; experts by t."""
    timesteps = [1000 * shifted((1000 - 250 * i) / 1000, 5) for i in range(5)]
    run = Run(inputs)
    for now, after in zip(timesteps, timesteps[1:]):
        expert = 0 if now >= boundary * 1000 else 1
        v = run.ask(now, expert, loras[expert])
        step = (after - now) / 1000
        run.arrive([a + step * b for a, b in zip(run.x, v)])
    return run


def looked_up(timestep, table):
    return min(table, key=lambda level: abs(level * 1000 - timestep))


def distribution_matching(inputs, loras):
    """FastWan's DmdDenoisingStage and CausVid's bidirectional pipeline: t raw, its level looked up, noise added anew."""
    table = [shifted(i / 1000, 8) for i in range(1000, 0, -1)]
    timesteps = [1000, 757, 522]
    run = Run(inputs)
    for i, timestep in enumerate(timesteps):
        sigma = looked_up(timestep, table)
        v = run.ask(timestep, 0, loras[0])
        x0 = [a - sigma * b for a, b in zip(run.x, v)]
        if i + 1 == len(timesteps):
            run.arrive(x0)
            continue
        after = looked_up(timesteps[i + 1], table)
        run.arrive([(1 - after) * a + after * b for a, b in zip(x0, run.noise[i])])
    return run


def rectified_from_trigonometric(sigma_max):
    angles = [math.atan(sigma_max), 1.5, 1.4, 1.0]
    return [math.sin(a) / (math.cos(a) + math.sin(a)) for a in angles] + [0.0]


def consistency(inputs, sigma_max, boundary=None):
    """rCM and TurboDiffusion, stochastic: x starts as noise times the first level."""
    levels = rectified_from_trigonometric(sigma_max)
    run = Run(inputs, levels[0])
    for i, (now, after) in enumerate(zip(levels, levels[1:])):
        v = run.ask(now * 1000, 1 if boundary is not None and now < boundary else 0)
        x0 = [a - now * b for a, b in zip(run.x, v)]
        run.arrive([(1 - after) * a + after * b for a, b in zip(x0, run.noise[i])])
    return run


def accvideo(inputs, loras, steps, every):
    """The authors' FlowMatchEuler: of a grid with many steps, every so many."""
    grid = [shifted(1 - i / steps, 5) for i in range(steps + 1)]
    sigmas = grid[::every]
    run = Run(inputs)
    for now, after in zip(sigmas, sigmas[1:]):
        v = run.ask(now * 1000, 0, loras[0])
        run.arrive([a + (after - now) * b for a, b in zip(run.x, v)])
    return run


def solved(rows, right):
    """A system of one or two equations."""
    if len(rows) == 1:
        return [right[0] / rows[0][0]]
    (a, b), (c, d) = rows
    determinant = a * d - b * c
    return [(right[0] * d - b * right[1]) / determinant, (a * right[1] - c * right[0]) / determinant]


def snr(sigma):
    return math.log(1 - sigma) - math.log(sigma) if sigma > 0 else math.inf


def unipc(inputs, loras, steps, shift):
    """FlowUniPCMultistepScheduler (order 2, bh2, x0 predicted) as the Wan repositories call it: 0.999 .. 0, shifted,
    timesteps cut to whole numbers. The corrector uses the general form with a solved system."""
    sigmas = [single(shifted(0.999 * (1 - i / steps), shift)) for i in range(steps)] + [0.0]
    run = Run(inputs)
    outputs, levels, sample, order_before = [], [], None, 0

    def products(h, order, ratios):
        hh = -h
        phi_1 = math.expm1(hh)
        b_h = math.expm1(hh)
        phi_k, factorial = phi_1 / hh - 1, 1
        rows, right = [], []
        for k in range(1, order + 1):
            rows.append([r ** (k - 1) for r in ratios])
            right.append(phi_k * factorial / b_h)
            factorial *= k + 1
            phi_k = phi_k / hh - 1 / factorial
        return phi_1, b_h, rows, right

    for i in range(steps):
        sigma = sigmas[i]
        t = int(sigma * 1000)
        v = run.ask(t, 0, loras[0])
        x0 = [a - sigma * b for a, b in zip(run.x, v)]
        x = run.x
        if i > 0:
            before = sigmas[i - 1]
            h = snr(sigma) - snr(before)
            ratios, deltas = [], []
            if order_before == 2:
                ratios.append((snr(levels[-2]) - snr(before)) / h)
                deltas.append([(a - b) / ratios[0] for a, b in zip(outputs[-2], outputs[-1])])
            phi_1, b_h, rows, right = products(h, order_before, ratios + [1.0])
            rhos = [0.5] if order_before == 1 else solved(rows, right)
            plain = [sigma / before * a - (1 - sigma) * phi_1 * m for a, m in zip(sample, outputs[-1])]
            corrected = []
            for j in range(COUNT):
                residual = sum(rho * delta[j] for rho, delta in zip(rhos, deltas))
                corrected.append(plain[j] - (1 - sigma) * b_h * (residual + rhos[-1] * (x0[j] - outputs[-1][j])))
            x = corrected
        outputs.append(x0)
        levels.append(sigma)
        after = sigmas[i + 1]
        order = min(2, order_before + 1, steps - i)
        if after == 0:
            arrived = x0
        else:
            h = snr(after) - snr(sigma)
            phi_1 = math.expm1(-h)
            residual = [0.0] * COUNT
            if order == 2:
                ratio = (snr(levels[-2]) - snr(sigma)) / h
                residual = [0.5 * (a - b) / ratio for a, b in zip(outputs[-2], x0)]
            arrived = [after / sigma * a - (1 - after) * phi_1 * (m + r) for a, m, r in zip(x, x0, residual)]
        sample, order_before = x, order
        run.arrive(arrived)
    return run


def three_phases(inputs, shift, boundary):
    """Users' profile: the first step with guidance and without LoRA, then both experts with theirs, Euler."""
    sigmas = [shifted(1 - i / 8, shift) for i in range(9)]
    run = Run(inputs)
    for i in range(8):
        expert = 0 if sigmas[i] >= boundary else 1
        v = run.ask(sigmas[i] * 1000, expert, 0.0 if i == 0 else 1.0, 3.5 if i == 0 else 1.0)
        run.arrive([a + (sigmas[i + 1] - sigmas[i]) * b for a, b in zip(run.x, v)])
    return run


BOUNDARY = {"t2v": 0.875, "i2v": 0.9}


def runs(inputs):
    one, both, none = [1.0], [1.0, 1.0], [0.0]
    made = {}
    for kind, boundary in BOUNDARY.items():
        made[f"lightx2v-wan2.1-{kind}"] = lightx2v(inputs, one), None
        made[f"lightx2v-wan2.2-{kind}"] = lightx2v(inputs, both, boundary_step_index=2), boundary
        made[f"lightning-wan2.2-{kind}"] = lightning(inputs, both, boundary), boundary
        made[f"fusionx-wan2.1-{kind}"] = unipc(inputs, one, 8, 2), None
    made["three-phase-wan2.2-t2v"] = three_phases(inputs, 3, 0.875), 0.875
    made["three-phase-wan2.2-i2v"] = three_phases(inputs, 5, 0.9), 0.9
    made["fastwan2.1-t2v"] = distribution_matching(inputs, none), None
    made["fastwan2.2-ti2v"] = distribution_matching(inputs, one), None
    made["causvid-bidirectional-t2v"] = distribution_matching(inputs, one), None
    made["causvid-lora-t2v"] = unipc(inputs, [0.3], 12, 7), None
    made["accvideo-wan2.1-t2v"] = accvideo(inputs, one, 50, 5), None
    made["accvideo-wan2.1-i2v"] = accvideo(inputs, one, 40, 4), None
    made["rcm-wan2.1-t2v"] = consistency(inputs, 80), None
    made["turbowan2.2-i2v"] = consistency(inputs, 200, 0.9), 0.9
    return made


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, (kind, shape, values) in sorted(tensors.items()):
        code = {"F32": "f", "I64": "q"}[kind]
        packed = struct.pack(f"<{len(values)}{code}", *values)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def main():
    dice = random.Random(20260)
    inputs = {name: normals(dice) for name in ("start", "w_high", "w_low", "w_none", "l")}
    inputs["noise"] = [normals(dice) for _ in range(DRAWS)]
    stored = {name: ("F32", SHAPE, values) for name, values in inputs.items() if name != "noise"}
    stored["noise"] = ("F32", [DRAWS] + SHAPE, [a for draw in inputs["noise"] for a in draw])
    expected, recipes, tolerances = {}, {}, {}
    for name, (run, boundary) in sorted(runs(inputs).items()):
        steps = len(run.timesteps)
        expected[f"{name}.latents"] = ("F32", [steps + 1] + SHAPE, [a for x in run.latents for a in x])
        expected[f"{name}.timesteps"] = ("F32", [steps], run.timesteps)
        expected[f"{name}.experts"] = ("I64", [steps], run.experts)
        expected[f"{name}.strengths"] = ("F32", [steps], run.strengths)
        recipes[name] = {} if boundary is None else {"boundary": boundary}
        largest = max(abs(a) for x in run.latents for a in x)
        tolerances[f"{name}.latents"] = 5e-6 * max(1.0, largest)
        tolerances[f"{name}.timesteps"] = 1e-3
        tolerances[f"{name}.experts"] = 0
        tolerances[f"{name}.strengths"] = 1e-7
    write_safetensors(FOLDER / "inputs.safetensors", stored)
    write_safetensors(FOLDER / "expected.safetensors", expected)
    config = {
        "recipes_folder": "../../../../recipes",
        "model": "v(x, t) = 0.8 x - 0.5 sin(1.7 x) + (t / 1000 - 0.45) w + s l; w_high, w_low by expert, w_none without "
                 "prompt; s is the sum of the LoRAs' strengths",
        "latents": "row 0 is the start, row i + 1 the sample after step i",
        "recipes": recipes,
        "tolerances": tolerances}
    (FOLDER / "config.json").write_text(json.dumps(config, indent=1) + "\n")


if __name__ == "__main__":
    main()
