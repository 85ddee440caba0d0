"""The transformer beside diffusers': same weights, same inputs, same number of threads, each in processes of its own,
turn about. JSON lines, the last with the ratios.

    python3 tests/bench/transformer_against_reference.py --reference-python /path/to/venv/bin/python --layers 2
    python3 tests/bench/transformer_against_reference.py --reference-python PYTHON --cpu avx2 --precision float32 \
        --reference-precision float32 --size 480x256 --frames 9

The weights are seeded random ones of a true size, made by `nightreel-bench`. The reference's peak of memory is
of its forward passes alone; ours is of loading too. Machines are shared: the best round of each is compared, and
seconds of processor time stand beside those of the clock."""
import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import cpu_limit

RENDER = Path(os.environ.get("NIGHTREEL_BIN", "build/bin")) / "nightreel-render"
TEXT_ROWS = 512


def latent_shape(size, frames):
    width, height = (int(side) for side in size.split("x"))
    return 1, 16, (frames - 1) // 4 + 1, height // 8, width // 8


def make_inputs(path, size, frames):
    import torch
    from safetensors.torch import save_file
    torch.manual_seed(1)
    save_file({"latents": torch.randn(latent_shape(size, frames)), "timesteps": torch.tensor([500.0]),
               "text": torch.randn(1, TEXT_ROWS, 4096)}, path)


def peak_bytes():
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("/proc/self/status has no VmHWM")


def run_reference(folder, inputs, output, precision, threads, repeat):
    import time

    import torch
    from diffusers import WanTransformer3DModel
    from safetensors.torch import load_file, save_file
    torch.set_num_threads(threads)
    dtype = getattr(torch, precision)
    network = WanTransformer3DModel.from_pretrained(folder, torch_dtype=dtype).eval()
    given = load_file(inputs)
    latents, text = given["latents"].to(dtype), given["text"].to(dtype)
    Path("/proc/self/clear_refs").write_text("5")
    for _ in range(repeat):
        clock, processor = time.perf_counter(), time.process_time()
        with torch.no_grad():
            velocity = network(latents, given["timesteps"], text, return_dict=False)[0]
        print(json.dumps({"seconds": time.perf_counter() - clock,
                          "processor_seconds": time.process_time() - processor, "peak_bytes": peak_bytes()}))
    save_file({"velocity": velocity.float().contiguous()}, output)


def compare(results):
    """Relative root mean squares of differences, of each result from the first."""
    from safetensors.torch import load_file
    first = load_file(results[0])["velocity"]
    for other in results[1:]:
        gap = load_file(other)["velocity"] - first
        print((gap.square().mean() / first.square().mean()).sqrt().item())


def lines_of(command):
    done = subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True)
    return [line for line in done.stdout.splitlines() if line]


def runs_of(name, command):
    """Shown as they come: all of it takes long."""
    lines = lines_of(command)
    for line in lines:
        print(json.dumps({"who": name, **json.loads(line)}), flush=True)
    return lines


def best(name, lines):
    runs = [json.loads(line) for line in lines]
    return {"bench": name, "seconds": round(min(run["seconds"] for run in runs), 3),
            "processor_seconds": round(min(run["processor_seconds"] for run in runs), 3),
            "peak_bytes": max(run["peak_bytes"] for run in runs), "runs": len(runs),
            **{key: runs[0][key] for key in ("residency", "eight_bit_error") if runs[0].get(key)}}


def measure(asked, scratch):
    folder = Path(asked.scratch) / f"{asked.model}-{asked.layers}"
    itself = Path(__file__).resolve()
    inputs = scratch / "inputs.safetensors"
    lines_of([asked.reference_python, itself, "--make-inputs", inputs, "--size", asked.size, "--frames", asked.frames])
    ours = [RENDER, "bench", "transformer", "--random", asked.model, "--layers", asked.layers, "--scratch",
            asked.scratch, "--inputs", inputs, "--repeat", asked.repeat, "--threads", asked.threads]
    bounded = ["--memory", asked.memory] if asked.memory else []
    lines = {name: [] for name in [*asked.precision, "reference"]}
    outputs = {name: scratch / f"{name}.safetensors" for name in [*lines, "float32"]}
    for _ in range(asked.rounds):
        for name in asked.precision:
            lines[name] += runs_of(name, [*ours, *bounded, "--precision", name, "--output", outputs[name]])
        lines["reference"] += runs_of("reference", [asked.reference_python, itself, "--run-reference", folder, inputs,
                                                    outputs["reference"], asked.reference_precision,
                                                    "--threads", asked.threads,
                                                    "--repeat", asked.repeat])
    found = {name: best(name, runs) for name, runs in lines.items()}
    if asked.exact:
        lines_of([*ours, "--precision", "float32", "--output", outputs["float32"]])
        errors = lines_of([asked.reference_python, itself, "--compare", outputs["float32"],
                           *[outputs[name] for name in found]])
        for name, error in zip(found, errors):
            found[name]["relative_rms_from_float32"] = round(float(error), 6)
    reference = found["reference"]
    for name, facts in found.items():
        facts.update(layers=asked.layers, size=asked.size, frames=asked.frames, threads=asked.threads, cpu=asked.cpu)
        print(json.dumps(facts))
    for name in asked.precision:
        print(json.dumps({"bench": f"{name}_against_reference",
                          "times_faster": round(reference["seconds"] / found[name]["seconds"], 3),
                          "times_faster_by_processor":
                              round(reference["processor_seconds"] / found[name]["processor_seconds"], 3),
                          "share_of_memory": round(found[name]["peak_bytes"] / reference["peak_bytes"], 3)}))


def parse():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference-python", default=sys.executable, help="has torch, diffusers and safetensors")
    parser.add_argument("--model", default="t2v-1.3b")
    parser.add_argument("--layers", type=int, default=30)
    parser.add_argument("--size", default="832x480")
    parser.add_argument("--frames", type=int, default=17)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1, help="forward passes of a process")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--memory", help="budget of ours, 3GiB say: blocks are streamed when more is needed")
    parser.add_argument("--precision", action="append", help="of ours, may be given several times")
    parser.add_argument("--reference-precision", choices=["bfloat16", "float32"], default="bfloat16")
    cpu_limit.add_option(parser)
    parser.add_argument("--exact", action="store_true", help="also run float32 once and say how far each is from it")
    parser.add_argument("--scratch", default=tempfile.gettempdir() + "/nightreel-bench", help="where weights are kept")
    parser.add_argument("--make-inputs", help=argparse.SUPPRESS)
    parser.add_argument("--run-reference", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--compare", nargs="+", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    asked.precision = asked.precision or ["diffusers-exact"]
    return asked


def main():
    asked = parse()
    cpu_limit.apply(asked.cpu)
    if asked.make_inputs:
        make_inputs(asked.make_inputs, asked.size, asked.frames)
    elif asked.run_reference:
        run_reference(*asked.run_reference, asked.threads, asked.repeat)
    elif asked.compare:
        compare(asked.compare)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            measure(asked, Path(scratch))


if __name__ == "__main__":
    main()
