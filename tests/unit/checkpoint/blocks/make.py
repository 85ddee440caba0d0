"""Writes blocks.txt: random blocks of every ggml type that is read, as bytes, and the numbers that the gguf package makes of
them (an implementation in numpy, of other hands); every float8 by ml_dtypes; numbers rounded to 16 bits by numpy and
ml_dtypes. Run with `pip install gguf==0.19.0 ml_dtypes numpy`; the file is checked in."""
import sys
from pathlib import Path

import ml_dtypes
import numpy as np
from gguf import GGMLQuantizationType, quants
from gguf.constants import GGML_QUANT_SIZES

TYPES = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
SCALES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}

dice = np.random.default_rng(1234)
lines = []
for name in TYPES:
    kind = GGMLQuantizationType[name]
    _, size = GGML_QUANT_SIZES[kind]
    blocks = dice.integers(0, 256, size=(2, size), dtype=np.uint8)
    for at in SCALES[name]:  # any bytes are a block, but scales are to be numbers
        blocks[:, at:at + 2] = dice.uniform(-0.05, 0.05, size=(2, 1)).astype(np.float16).view(np.uint8)
    numbers = quants.dequantize(blocks.reshape(1, -1), kind).reshape(-1).astype(np.float32)
    lines.append(f"{name} {blocks.tobytes().hex()} {numbers.tobytes().hex()}\n")
codes = np.arange(256, dtype=np.uint8)
for name, kind in (("F8_E4M3", ml_dtypes.float8_e4m3fn), ("F8_E5M2", ml_dtypes.float8_e5m2)):
    lines.append(f"{name} {codes.tobytes().hex()} {codes.view(kind).astype(np.float32).tobytes().hex()}\n")
# Of all sizes, halfway cases and their neighbours, what is too large and too small for F16.
numbers = np.concatenate([dice.normal(size=64) * 10.0 ** dice.uniform(-9, 6, size=64), 2.0 ** np.arange(-28, 18) * 1.5,
                          1 + np.arange(8) * 2.0 ** -11, 1 + np.arange(8) * 2.0 ** -8, 2.0 ** -24 * np.arange(0, 4, 0.5),
                          [65504, 65519.99, 65520, 1e30, 0, -0.0]]).astype(np.float32)
numbers = np.concatenate([numbers, -numbers, np.nextafter(numbers, np.float32(9e30))])
with np.errstate(over="ignore"):
    for name, kind in (("TO_F16", np.float16), ("TO_BF16", ml_dtypes.bfloat16)):
        lines.append(f"{name} {numbers.tobytes().hex()} {numbers.astype(kind).tobytes().hex()}\n")
Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "blocks.txt").write_text("".join(lines))
