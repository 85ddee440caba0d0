"""Weights in few bits as published files hold them: float8 with and without scales, GGUF. The decoding here is written from
the formats' descriptions, with the standard library, and shares nothing with the program."""
from tiny_models import *

GGML = {"F32": 0, "F16": 1, "Q8_0": 8, "Q4_K": 12, "Q6_K": 14, "Q5_K": 13, "BF16": 30, "IQ4_XS": 23, "Q4_0": 2}
BLOCKS = {"F32": (1, 4), "F16": (1, 2), "BF16": (1, 2), "Q8_0": (32, 34), "Q4_K": (256, 144), "Q5_K": (256, 176),
          "Q6_K": (256, 210), "IQ4_XS": (256, 136), "Q4_0": (32, 18)}


def is_layer(name, shape):
    """What conversions quantise: the matrices of the blocks."""
    return len(shape) == 2 and name.endswith(".weight") and (".attn" in name or "_attn" in name or "ffn" in name
                                                             or "SelfAttention." in name and "relative" not in name
                                                             or "DenseReluDense" in name)


def float8_file(codes, kind="F8_E4M3"):
    """Layers in float8 and the rest in F16: how Kijai's and Comfy-Org's files are."""
    halves = stored_as(codes, "F16")
    return {name: (kind, shape, data) if is_layer(name, shape) else halves[name] for name, (shape, data) in codes.items()}


def with_scales(tensors, scale_of, **more):
    """Adds what `scale_of` gives for each layer: name -> tensor."""
    added = {}
    for name, (kind, shape, _) in tensors.items():
        if kind.startswith("F8"):
            added.update(scale_of(name.removesuffix(".weight"), shape))
    return {**tensors, **added, **more}


def float32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def one_scale(layer):
    """A scale of its own for each layer, with all bits of a float."""
    return float32(0.001 + (sum(layer.encode()) % 97) / 300)


def row_scale(layer, row):
    return float32(one_scale(layer) * (1 + row / 7))


def floats_of(tensor):
    """Numbers of a stored tensor of 16 or 32 bits."""
    kind, _, data = tensor
    if kind == "F32":
        return struct.unpack(f"<{len(data) // 4}f", data)
    if kind == "F16":
        return struct.unpack(f"<{len(data) // 2}e", data)
    return struct.unpack(f"<{len(data) // 2}f", b"".join(b"\0\0" + data[i:i + 2] for i in range(0, len(data), 2)))


def nearest(tensor, wanted):
    """That each number of the tensor is the wanted one, rounded to the tensor's type."""
    kind = tensor[0]
    steps = {"F16": 2.0 ** -11, "BF16": 2.0 ** -8}[kind]  # half of the last digit, relative
    found = floats_of(tensor)
    holds(len(found) == len(wanted), "as many numbers")
    for one, right in zip(found, wanted):
        limit = max(abs(right) * steps, 2.0 ** -25 if kind == "F16" else 0)
        holds(abs(one - right) <= limit, f"{one} for {right} in {kind}")


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(data)) + data


def write_gguf(path, tensors, facts=()):
    """tensors: name -> (ggml type, shape as torch has it, bytes); facts: (key, type, packed value)."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(facts))
    for key, kind, value in facts:
        head += text(key) + struct.pack("<I", kind) + value
    place, body = 0, []
    for name, (kind, shape, data) in tensors.items():
        per_block, size = BLOCKS[kind]
        same(len(data), count(shape) // per_block * size, f"bytes of {name}")
        head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", n) for n in reversed(shape))
        head += struct.pack("<IQ", GGML[kind], place)
        padded = data + bytes(-len(data) % 32)
        place += len(padded)
        body.append(padded)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(head + bytes(-len(head) % 32) + b"".join(body))
    return path


def blocks_of(kind, shape, seed):
    """Any bytes are blocks; their scales are made small numbers."""
    per_block, size = BLOCKS[kind]
    dice = random.Random(seed)
    data = bytearray()
    for _ in range(count(shape) // per_block):
        block = bytearray(dice.randbytes(size))
        for at in {"Q8_0": [0], "Q4_0": [0], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_XS": [0]}[kind]:
            small = 2.0 ** -13 if kind in ("Q4_K", "Q5_K", "Q6_K") else 2.0 ** -10
            block[at:at + 2] = struct.pack("<e", small * (1 + dice.random()))
        data += block
    return bytes(data)


def decode_q8_0(data):
    numbers = []
    for at in range(0, len(data), 34):
        scale = struct.unpack_from("<e", data, at)[0]
        numbers += [scale * q for q in struct.unpack_from("<32b", data, at + 2)]
    return numbers


def fields(data):
    """(number, value) of a protocol buffer's fields."""
    at = 0

    def integer():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = integer()
        if key & 7 == 0:
            yield key >> 3, integer()
        else:
            size = {1: 8, 5: 4}.get(key & 7) or integer()
            yield key >> 3, data[at:at + size]
            at += size


def tokenizer_facts(spiece):
    """What llama.cpp writes of a SentencePiece model."""
    pieces, normalizer = [], b""
    for number, value in fields(spiece):
        if number == 1:
            piece = dict(fields(value))
            pieces.append((piece[1], struct.unpack("<f", piece[2])[0], piece.get(3, 1)))
        if number == 3:
            normalizer = dict(fields(value)).get(2, b"")

    def listed(kind, values):
        return struct.pack("<IQ", kind, len(values)) + b"".join(values)

    return [("general.architecture", 8, text("t5encoder")), ("tokenizer.ggml.model", 8, text("t5")),
            ("tokenizer.ggml.tokens", 9, listed(8, [text(p[0]) for p in pieces])),
            ("tokenizer.ggml.scores", 9, listed(6, [struct.pack("<f", p[1]) for p in pieces])),
            ("tokenizer.ggml.token_type", 9, listed(5, [struct.pack("<i", p[2]) for p in pieces])),
            ("tokenizer.ggml.precompiled_charsmap", 9, listed(0, [bytes([b]) for b in normalizer])),
            ("tokenizer.ggml.add_space_prefix", 7, b"\1"), ("tokenizer.ggml.remove_extra_whitespaces", 7, b"\1"),
            ("tokenizer.ggml.eos_token_id", 4, struct.pack("<I", 1)),
            ("tokenizer.ggml.padding_token_id", 4, struct.pack("<I", 0)),
            ("tokenizer.ggml.unknown_token_id", 4, struct.pack("<I", next(i for i, p in enumerate(pieces) if p[2] == 2)))]
