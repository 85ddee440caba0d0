"""`nightreel-render bench` makes networks of true sizes, times each part and says what memory was needed and reckoned."""
import json

from harness import *

FACTOR = 1.5  # memory_need_factor of pipeline/plan/memory_plan.h


def bench(*arguments, check=0):
    said = run(RENDER, "bench", *arguments, check=check)
    return [json.loads(line) for line in said.stdout.splitlines()]


def is_near(run_of_part):
    ratio = run_of_part["peak_bytes"] / run_of_part["need_bytes"]
    holds(1 / FACTOR < ratio < FACTOR, f"{ratio:.2f} of what was reckoned: {run_of_part}")


def test_a_transformer_with_fewer_layers_is_made_once_and_timed(folder):
    asked = ["transformer", "--random", "t2v-1.3b", "--layers", 1, "--scratch", folder, "--size", "128x64", "--frames", 5]
    runs = bench(*asked, "--repeat", 2)
    same([r["run"] for r in runs], [0, 1], "runs")
    same([runs[0][key] for key in ("bench", "layers", "tokens", "residency")], ["transformer", 1, 64, "resident"], "facts")
    is_near(runs[0])
    made = folder / "t2v-1.3b-1"
    same(sorted(p.name for p in made.iterdir()), ["config.json", "diffusion_pytorch_model.safetensors"], "files")
    before = digest(made / "diffusion_pytorch_model.safetensors")
    bench(*asked, "--memory", "4GiB")
    same(digest(made / "diffusion_pytorch_model.safetensors"), before, "weights")


def test_an_autoencoder_is_timed_both_ways(folder):
    asked = ["vae", "--random", "vae-2.1", "--scratch", folder, "--size", "128x128", "--frames", 5, "--threads", 2]
    for way, name in (([], "vae"), (["--encode"], "vae_encode")):
        told = bench(*asked, *way)[0]
        same([told[key] for key in ("bench", "latent_frames", "precision", "threads")], [name, 2, "float32", 2], "facts")
        holds(told["processor_seconds"] > 0 and told["seconds"] > 0, told)
        is_near(told)
    same(bench(*asked, "--precision", "fast")[0]["precision"], "fast", "precision of the decoder")
    said = run(RENDER, "bench", *asked, "--memory", "64MiB", check=None)
    holds(said.returncode != 0 and "but the limit is 64.0 MiB" in said.stderr, said.stderr)


def test_a_text_encoder_is_timed(folder):
    told = bench("text", "--model", ROOT / "tests/parity/text/umt5")[0]
    same([told[key] for key in ("bench", "tokens", "layers", "precision")], ["text", 512, 2, "float32"], "facts")
    # Of a network that small the program itself takes more than all else.
    holds(told["peak_bytes"] < FACTOR * told["need_bytes"], told)


def test_what_there_is_is_named(folder):
    for part, wanted in (("transformer", "t2v-1.3b, t2v-14b, ti2v-5b"), ("vae", "vae-2.1, vae-2.2"), ("text", "umt5-xxl")):
        said = run(RENDER, "bench", part, "--random", "none", "--scratch", folder, check=None)
        holds(said.returncode != 0 and wanted in said.stderr, said.stderr)
    usage = run(RENDER, "bench", check=None).stderr
    same(run(RENDER, "bench", "--help").stdout, usage.removeprefix("nightreel-bench: "), "--help")
    holds("approximations" in usage, "every part is listed")
    holds(all(name in usage for name in ("ti2v-5b", "vae-2.2", "umt5-xxl")), usage)
    holds("not supported" in run(RENDER, "bench", "vae", "--random", "vae-2.1", "--layers", 1, check=None).stderr, "layers")


main(test_a_transformer_with_fewer_layers_is_made_once_and_timed, test_an_autoencoder_is_timed_both_ways,
     test_a_text_encoder_is_timed, test_what_there_is_is_named)
