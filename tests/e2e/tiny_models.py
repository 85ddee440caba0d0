"""Model files as they are published, small: random weights under the exact names and in the exact types that people
download, written with the standard library alone."""
import hashlib
import io
import pickle
import re
import types
import zipfile
import struct

from harness import *

CASE = ROOT / "tests/parity/pipelines/wan21_t2v"
TYPES = {"F32": ("FloatStorage", 4), "BF16": ("BFloat16Storage", 2), "F16": ("HalfStorage", 2)}


def read_safetensors(path):
    """name -> (type, shape, bytes)"""
    data = Path(path).read_bytes()
    length = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    return {name: (t["dtype"], t["shape"], data[8 + length + t["data_offsets"][0]:8 + length + t["data_offsets"][1]])
            for name, t in header.items()}


def write_safetensors(path, tensors, metadata=None):
    header, place = {"__metadata__": metadata} if metadata else {}, 0
    for name, (kind, shape, data) in tensors.items():
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [place, place + len(data)]}
        place += len(data)
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(d for _, _, d in tensors.values()))


def torch_module():
    """Names for a pickle to refer to; the reader must not need what stands behind them."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2(*facts):
        raise AssertionError("never called")

    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2
    for name, _ in TYPES.values():
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    sys.modules["torch"], sys.modules["torch._utils"] = torch, utils
    return torch


def write_pth(path, tensors):
    """What torch.save writes, with the standard library."""
    torch = torch_module()

    class Storage:
        def __init__(self, key, kind, count):
            self.facts = ("storage", getattr(torch, TYPES[kind][0]), key, "cpu", count)

    class Tensor:
        def __init__(self, storage, shape):
            self.storage, self.shape = storage, tuple(shape)

        def __reduce__(self):
            strides, step = [], 1
            for size in reversed(self.shape):
                strides.insert(0, step)
                step *= size
            return sys.modules["torch._utils"]._rebuild_tensor_v2, (self.storage, 0, self.shape, tuple(strides), False, {})

    class Pickler(pickle.Pickler):
        def persistent_id(self, value):
            return value.facts if isinstance(value, Storage) else None

    state = {name: Tensor(Storage(str(i), kind, len(data) // TYPES[kind][1]), shape)
             for i, (name, (kind, shape, data)) in enumerate(tensors.items())}
    text = io.BytesIO()
    Pickler(text, protocol=2).dump(state)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", text.getvalue())
        archive.writestr("archive/byteorder", "little")
        for i, (_, _, data) in enumerate(tensors.values()):
            archive.writestr(f"archive/data/{i}", data)
        archive.writestr("archive/version", "3\n")


TRANSFORMER = [(r"^condition_embedder\.text_embedder\.linear_1", "text_embedding.0"),
               (r"^condition_embedder\.text_embedder\.linear_2", "text_embedding.2"),
               (r"^condition_embedder\.time_embedder\.linear_1", "time_embedding.0"),
               (r"^condition_embedder\.time_embedder\.linear_2", "time_embedding.2"),
               (r"^condition_embedder\.time_proj", "time_projection.1"),
               (r"^scale_shift_table", "head.modulation"), (r"\.scale_shift_table", ".modulation"),
               (r"^proj_out", "head.head"), (r"attn1", "self_attn"), (r"attn2", "cross_attn"),
               (r"to_([qkv])", r"\1"), (r"to_out\.0", "o"), (r"(blocks\.\d+\.)norm2", r"\1norm3"),
               (r"ffn\.net\.0\.proj", "ffn.0"), (r"ffn\.net\.2", "ffn.2")]
VAE = [(r"norm1\.gamma", "residual.0.gamma"), (r"norm2\.gamma", "residual.3.gamma"), (r"conv_shortcut", "shortcut"),
       (r"(resnets\.\d+|down_blocks\.\d+)\.conv1", r"\1.residual.2"), (r"(resnets\.\d+|down_blocks\.\d+)\.conv2", r"\1.residual.6"),
       (r"^post_quant_conv", "conv2"), (r"^quant_conv", "conv1"), (r"(en|de)coder\.conv_in", r"\1coder.conv1"),
       (r"coder\.norm_out", "coder.head.0"), (r"coder\.conv_out", "coder.head.2"),
       (r"mid_block\.resnets\.0", "middle.0"), (r"mid_block\.attentions\.0", "middle.1"), (r"mid_block\.resnets\.1", "middle.2"),
       (r"encoder\.down_blocks", "encoder.downsamples")]
TEXT = [(r"^shared", "token_embedding"), (r"^encoder\.final_layer_norm", "norm"), (r"^encoder\.block", "blocks"),
        (r"layer\.0\.layer_norm", "norm1"), (r"layer\.1\.layer_norm", "norm2"),
        (r"layer\.0\.SelfAttention\.relative_attention_bias", "pos_embedding.embedding"), (r"layer\.0\.SelfAttention", "attn"),
        (r"layer\.1\.DenseReluDense\.wi_0", "ffn.gate.0"), (r"layer\.1\.DenseReluDense\.wi_1", "ffn.fc1"),
        (r"layer\.1\.DenseReluDense\.wo", "ffn.fc2")]


def renamed(tensors, rules, more=lambda name: name):
    result = {}
    for name, tensor in tensors.items():
        for pattern, original in rules:
            name = re.sub(pattern, original, name)
        result[more(name)] = tensor
    return result


def original_model(folder):
    """The case's model as the original repositories would have published it."""
    folder.mkdir()
    config = json.loads((CASE / "transformer/config.json").read_text())
    heads, size = config["num_attention_heads"], config["attention_head_dim"]
    (folder / "config.json").write_text(json.dumps(
        {"_class_name": "WanModel", "dim": heads * size, "num_heads": heads, "eps": config["eps"], "model_type": "t2v"}))
    write_safetensors(folder / "diffusion_pytorch_model.safetensors",
                      renamed(read_safetensors(CASE / "transformer/diffusion_pytorch_model.safetensors"), TRANSFORMER))
    write_pth(folder / "Wan2.1_VAE.pth", original_vae())
    write_pth(folder / "models_t5_umt5-xxl-enc-bf16.pth", renamed(text_encoder(), TEXT))
    shutil.copytree(CASE / "tokenizer", folder / "google/umt5-xxl")
    return folder


# What one byte of random weights stands for: values of float8 (e4m3fn), so that files in 8, 16 and 32 bits can hold the
# same numbers. Small ones, as weights are: 2^-7 to 2^-3.
def float8(code):
    """The number that a byte is in float8 e4m3fn: 1 sign, 4 bits of exponent (bias 7), 3 of fraction; no infinities."""
    sign, exponent, fraction = -1.0 if code & 0x80 else 1.0, code >> 3 & 15, code & 7
    if exponent == 15 and fraction == 7:
        return float("nan")
    return sign * (fraction / 8 * 2.0 ** -6 if exponent == 0 else (1 + fraction / 8) * 2.0 ** (exponent - 7))


CODES = bytes((byte & 0x80) | (byte & 0x1F) for byte in range(256))  # exponents 0 to 3: up to 0.12
HALVES = [struct.pack("<e", float8(code)) for code in range(256)]
FLOATS = [struct.pack("<f", float8(code)) for code in range(256)]
BRAINS = [one[2:] for one in FLOATS]  # all values have few digits: nothing is rounded
WORDS = {"F16": HALVES, "F32": FLOATS, "BF16": BRAINS}


def count(shape):
    product = 1
    for size in shape:
        product *= size
    return product


def random_codes(shapes, seed):
    """name -> (shape, one float8 byte a value)"""
    dice = random.Random(seed)
    return {name: (list(shape), dice.randbytes(count(shape)).translate(CODES)) for name, shape in shapes.items()}


def stored_as(codes, kind, wide=()):
    """The tensors in one type; in F32 those whose name ends with one of `wide`, as publishers keep them."""
    def one(name):
        return "F32" if name.endswith(tuple(wide)) and wide else kind
    return {name: (one(name), shape, b"".join(map(WORDS[one(name)].__getitem__, data)))
            for name, (shape, data) in codes.items()}


def attention(block, width, image=False):
    shapes = {}
    for branch in ("self_attn", "cross_attn"):
        for letter in "qkvo":
            shapes[f"{block}.{branch}.{letter}.weight"] = (width, width)
            shapes[f"{block}.{branch}.{letter}.bias"] = (width,)
        for norm in "qk":
            shapes[f"{block}.{branch}.norm_{norm}.weight"] = (width,)
    if image:
        for letter in "kv":
            shapes[f"{block}.cross_attn.{letter}_img.weight"] = (width, width)
            shapes[f"{block}.cross_attn.{letter}_img.bias"] = (width,)
        shapes[f"{block}.cross_attn.norm_k_img.weight"] = (width,)
    return shapes


def block_shapes(block, width, feed, image=False):
    return {**attention(block, width, image), f"{block}.norm3.weight": (width,), f"{block}.norm3.bias": (width,),
            f"{block}.ffn.0.weight": (feed, width), f"{block}.ffn.0.bias": (feed,),
            f"{block}.ffn.2.weight": (width, feed), f"{block}.ffn.2.bias": (width,),
            f"{block}.modulation": (1, 6, width)}


def transformer_shapes(width=128, layers=2, channels_in=16, channels_out=16, text=16, feed=64, image=0):
    """Original names of a Wan transformer; `image`: width of the image encoder that it reads."""
    shapes = {"patch_embedding.weight": (width, channels_in, 1, 2, 2), "patch_embedding.bias": (width,),
              "text_embedding.0.weight": (width, text), "text_embedding.0.bias": (width,),
              "text_embedding.2.weight": (width, width), "text_embedding.2.bias": (width,),
              "time_embedding.0.weight": (width, 256), "time_embedding.0.bias": (width,),
              "time_embedding.2.weight": (width, width), "time_embedding.2.bias": (width,),
              "time_projection.1.weight": (6 * width, width), "time_projection.1.bias": (6 * width,),
              "head.head.weight": (4 * channels_out, width), "head.head.bias": (4 * channels_out,),
              "head.modulation": (1, 2, width)}
    if image:
        shapes.update({"img_emb.proj.0.weight": (image,), "img_emb.proj.0.bias": (image,),
                       "img_emb.proj.1.weight": (image, image), "img_emb.proj.1.bias": (image,),
                       "img_emb.proj.3.weight": (width, image), "img_emb.proj.3.bias": (width,),
                       "img_emb.proj.4.weight": (width,), "img_emb.proj.4.bias": (width,)})
    for i in range(layers):
        shapes.update(block_shapes(f"blocks.{i}", width, feed, bool(image)))
    return shapes


def module_shapes(width=128, layers=1, feed=64):
    """Original names of a VACE module."""
    shapes = {"vace_patch_embedding.weight": (width, 96, 1, 2, 2), "vace_patch_embedding.bias": (width,),
              "vace_blocks.0.before_proj.weight": (width, width), "vace_blocks.0.before_proj.bias": (width,)}
    for i in range(layers):
        shapes.update(block_shapes(f"vace_blocks.{i}", width, feed))
        shapes.update({f"vace_blocks.{i}.after_proj.weight": (width, width), f"vace_blocks.{i}.after_proj.bias": (width,)})
    return shapes


def clip_shapes(width=80, layers=2, feed=64, side=28, patch=14):
    """clip_vision_h of ComfyUI: transformers' names and what else that file holds."""
    tower = "vision_model."
    shapes = {f"{tower}embeddings.class_embedding": (width,), f"{tower}embeddings.patch_embedding.weight": (width, 3, patch, patch),
              f"{tower}embeddings.position_embedding.weight": ((side // patch) ** 2 + 1, width),
              "visual_projection.weight": (32, width)}
    for norm in ("pre_layrnorm", "post_layernorm"):
        shapes.update({f"{tower}{norm}.weight": (width,), f"{tower}{norm}.bias": (width,)})
    for i in range(layers):
        block = f"{tower}encoder.layers.{i}."
        for name, shape in {"self_attn.q_proj": (width, width), "self_attn.k_proj": (width, width),
                            "self_attn.v_proj": (width, width), "self_attn.out_proj": (width, width),
                            "mlp.fc1": (feed, width), "mlp.fc2": (width, feed)}.items():
            shapes.update({f"{block}{name}.weight": shape, f"{block}{name}.bias": shape[:1]})
        for norm in ("layer_norm1", "layer_norm2"):
            shapes.update({f"{block}{norm}.weight": (width,), f"{block}{norm}.bias": (width,)})
    return shapes


def original_vae(case=CASE):
    """The autoencoder of a case under its original names."""
    stage = json.loads((case / "vae/config.json").read_text())["num_res_blocks"] + 2

    def decoder(name):
        name = re.sub(r"decoder\.up_blocks\.(\d+)\.resnets\.(\d+)",
                      lambda m: f"decoder.upsamples.{int(m[1]) * stage + int(m[2])}", name)
        return re.sub(r"decoder\.up_blocks\.(\d+)\.upsamplers\.0",
                      lambda m: f"decoder.upsamples.{int(m[1]) * stage + stage - 1}", name)

    return renamed(read_safetensors(case / "vae/diffusion_pytorch_model.safetensors"), VAE, decoder)


def text_encoder(case=CASE):
    return read_safetensors(case / "text_encoder/model.safetensors")


def comfy_text_encoder(case=CASE):
    """umt5_xxl of ComfyUI: transformers' names, and the SentencePiece model as a tensor."""
    pieces = (case / "tokenizer/spiece.model").read_bytes()
    return {**text_encoder(case), "spiece_model": ("U8", [len(pieces)], pieces)}


def prefixed(prefix, tensors):
    return {prefix + name: tensor for name, tensor in tensors.items()}


# Weights and their pictures are small; what a drafted card says is for the published sizes.
TINY = {r"\nsizes: .*": r"\nsizes: [32x64]",  r"\nrate: .*": r"\nrate: 16", r"latent_frames_max: .*": "latent_frames_max: 3",
        r"latent_frames: .*": "latent_frames: 3", r"\n  overlap: [2-9]": r"\n  overlap: 1", r"steps: \d+": "steps: 2"}


def transformer(seed=1, **shapes):
    return random_codes(transformer_shapes(**shapes), seed)


def write(path, tensors, metadata=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    write_safetensors(path, tensors, metadata)
    return path


def split_folders(root, weights):
    """ComfyUI's models folder with its file names."""
    write(root / "diffusion_models/wan2.1_t2v_1.3B_fp16.safetensors", weights)
    write(root / "text_encoders/umt5_xxl_fp16.safetensors", comfy_text_encoder())
    write(root / "vae/wan_2.1_vae.safetensors", original_vae())
    return root


def others(folder):
    """Options that name the parts beside a transformer."""
    text = write(folder / "others/umt5_xxl_fp16.safetensors", comfy_text_encoder())
    vae = write(folder / "others/wan_2.1_vae.safetensors", original_vae())
    return ["--text-encoder", text, "--vae", vae]


def imported(folder, name, source, *options):
    """Imports, and makes the card one of a small model."""
    said = json.loads(run(NIGHTREEL, "models", "import", source, "--to", folder / "models" / name, *options, "--json").stdout)
    same(said["engine_not_asked"], "", "the engine opened it")
    card = folder / "models" / name / "model.yaml"
    text = card.read_text()
    for pattern, line in TINY.items():
        text = re.sub(pattern, line, text)
    card.write_text(text)
    return said


def refused(folder, source, *options, check=3):
    """What an import says that does not end well, and leaves nothing."""
    said = run(NIGHTREEL, "models", "import", source, "--to", folder / "none/made", *options, check=check)
    same(list((folder / "none").iterdir()) if (folder / "none").exists() else [], [], "left behind")
    return said.stderr


def exr_pixels(path):
    """What follows the header and the table of an EXR file: its compressed pixels, without shot and model."""
    data, at = path.read_bytes(), 8
    while data[at]:
        at = data.index(0, data.index(0, at) + 1) + 1
        at += 4 + struct.unpack_from("<I", data, at)[0]
    return hashlib.sha256(data[struct.unpack_from("<Q", data, at + 1)[0]:]).hexdigest()


def rendered(folder, models, more=""):
    """The frames of one small shot with each model, by model."""
    shots = "".join(f"  - {{ shot: {name}, model: {name}, prompt: a lighthouse at night, frames: 5, seeds: [7]{more} }}\n"
                    for name in models)
    night = folder / "night.yaml"
    night.write_text(f"nightreel: 1\nshow: files\ndefaults: {{ handles: 0 }}\nshots:\n{shots}")
    output = folder / f"out_{models[0]}"
    run(NIGHTREEL, "run", night, "-o", output, env={"NIGHTREEL_MODELS": str(folder / "models")})
    frames = sorted(name for name in pictures(output) if name.endswith(".exr"))
    return {model: [exr_pixels(output / name) for name in frames if f"/{model}/" in f"/{name}"] for model in models}
