"""Decodes the same latents with the same random weights by diffusers' AutoencoderKLWan and by vae_bench, turn
about, each in a process of its own, and prints JSON lines: seconds, peak memory, ratios and differences.

    python3 tests/bench/vae_against_reference.py                 # 480x832, 5 frames, bf16 and float32
    python3 tests/bench/vae_against_reference.py --small         # 128x160: a check that all of it runs
    python3 tests/bench/vae_against_reference.py --cpu avx2 --precision fp32   # as on a processor without AVX-512

The python that runs this needs torch and diffusers. Quote ratios, and only from a quiet machine.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cpu_limit

TYPES = {"bf16": "bfloat16", "fp32": "float32"}
POLICIES = {"bf16": "fast", "fp32": "float32"}


def peak_mb():
    """Of this process: what getrusage says would have begun with its parent's."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def decode_with_reference(folder, precision, threads):
    """In a process of its own: prints one line and leaves the frames in a file."""
    import torch
    from diffusers import AutoencoderKLWan
    from safetensors.torch import load_file, save_file
    torch.set_num_threads(threads)
    start = peak_mb()
    dtype = getattr(torch, TYPES[precision])
    vae = AutoencoderKLWan.from_pretrained(folder / "vae", torch_dtype=dtype).eval()
    latents = load_file(folder / "latents.safetensors")["latents"].to(dtype)
    loaded = peak_mb()
    with torch.inference_mode():
        begin, processor = time.monotonic(), time.process_time()
        frames = vae.decode(latents, return_dict=False)[0]
        seconds, processor = time.monotonic() - begin, time.process_time() - processor
    print(json.dumps({"seconds": round(seconds, 3), "processor_seconds": round(processor, 3), "start_mb": round(start), "loaded_mb": round(loaded),
                      "peak_mb": round(peak_mb())}))
    save_file({"frames": frames.float().contiguous()}, folder / f"reference_{precision}.safetensors")


def make_inputs(folder, options):
    import torch
    from diffusers import AutoencoderKLWan
    from safetensors.torch import save_file
    torch.manual_seed(options.seed)
    with torch.no_grad():
        AutoencoderKLWan(base_dim=options.base).save_pretrained(folder / "vae")
    latents = torch.randn(1, 16, options.latent_frames, options.height // 8, options.width // 8)
    save_file({"latents": latents}, folder / "latents.safetensors")


def run_reference(folder, precision, threads):
    command = [sys.executable, __file__, "--reference", folder, precision, str(threads)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return json.loads(out.splitlines()[-1])


def run_ours(folder, precision, options):
    command = [options.bench, folder / "vae", folder / "latents.safetensors", POLICIES[precision],
               str(options.threads), folder / f"ours_{precision}.safetensors"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def difference(folder, one, other):
    from safetensors.torch import load_file
    gap = (load_file(folder / one)["frames"] - load_file(folder / other)["frames"]).abs()
    return {"mean": float(f"{gap.mean():.3g}"), "max": float(f"{gap.max():.3g}")}


def compare(folder, precision, options):
    reference, ours = [], []
    for _ in range(options.rounds):
        reference.append(run_reference(folder, precision, options.threads))
        ours.append(run_ours(folder, precision, options))
    for name, runs in (("reference", reference), ("ours", ours)):
        for run in runs:
            print(json.dumps({"bench": "vae_decode", "who": name, "precision": precision, **run}), flush=True)
    quickest, least = ([min(run[key] for run in runs) for runs in (reference, ours)]
                       for key in ("seconds", "processor_seconds"))
    largest = [max(run["peak_mb"] for run in runs) for runs in (reference, ours)]
    result = {"bench": "vae_decode_against_reference", "precision": precision, "height": options.height,
              "width": options.width, "frames": 4 * options.latent_frames - 3, "threads": options.threads, "cpu": options.cpu,
              "times_faster": round(quickest[0] / quickest[1], 2),
              "times_faster_by_processor": round(least[0] / least[1], 2), "memory_ratio": round(largest[1] / largest[0], 3),
              "difference": difference(folder, f"reference_{precision}.safetensors", f"ours_{precision}.safetensors")}
    exact = folder / "reference_fp32.safetensors"
    if precision != "fp32" and exact.exists():
        for name in ("reference", "ours"):
            result[f"{name}_error"] = difference(folder, exact.name, f"{name}_{precision}.safetensors")
    print(json.dumps(result), flush=True)


def options_of(arguments):
    root = Path(__file__).resolve().parents[2]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--height", type=int, default=480)
    parser.add_argument("--width", type=int, default=832)
    parser.add_argument("--latent-frames", type=int, default=2)
    parser.add_argument("--base", type=int, default=96, help="channels of the last stage")
    parser.add_argument("--precision", nargs="+", choices=TYPES, default=["fp32", "bf16"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--small", action="store_true")
    cpu_limit.add_option(parser)
    parser.add_argument("--bench", default=str(root / "build/bench/vae_bench"))
    options = parser.parse_args(arguments)
    if options.small:
        options.height, options.width = 128, 160
    return options


if __name__ == "__main__":
    if sys.argv[1:2] == ["--reference"]:
        decode_with_reference(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        chosen = options_of(sys.argv[1:])
        cpu_limit.apply(chosen.cpu)
        with tempfile.TemporaryDirectory() as name:
            make_inputs(Path(name), chosen)
            for each in chosen.precision:
                compare(Path(name), each, chosen)
