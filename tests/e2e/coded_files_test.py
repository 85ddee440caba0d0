"""Weights in few bits: float8 of every spelling and GGUF are decoded by the import, exactly as the formats say, and render;
what is not read is refused with the file to take; nothing is computed with before it was decoded."""
from harness import *
from coded_files import *

FILE = "transformer/diffusion_pytorch_model.safetensors"
LAYER = "blocks.0.ffn.0.weight"
MADE = "blocks.0.ffn.net.0.proj.weight"


def made(folder, name, file=FILE):
    return read_safetensors(folder / "models" / name / file)


def test_float8_holds_the_numbers_of_the_same_model_in_16_bits(folder):
    codes = transformer()
    beside = others(folder)
    imported(folder, "halves", write(folder / "halves.safetensors", stored_as(codes, "F16")), *beside)
    told = json.loads(run(NIGHTREEL, "models", "inspect", write(folder / "kijai.safetensors", float8_file(codes)),
                          "--json").stdout)
    holds(told["parts"][0]["coded"] and "F8_E4M3" in told["parts"][0]["types"], told)
    imported(folder, "kijai", folder / "kijai.safetensors", *beside)
    kind, shape, data = made(folder, "kijai")[MADE]
    same(list(floats_of((kind, shape, data))), [float8(code) for code in codes[LAYER][1]], "numbers of a layer")
    # E5M2 is the upper half of F16.
    upper = {name: ("F8_E5M2", shape, bytes(data)) if is_layer(name, shape) else (kind, shape, data)
             for name, (kind, shape, data) in stored_as(codes, "F16").items()
             for data in [data[1::2] if is_layer(name, shape) else data]}
    imported(folder, "e5m2", write(folder / "e5m2.safetensors", upper), *beside)
    wanted = [struct.unpack("<e", b"\0" + bytes([byte]))[0] for byte in upper[LAYER][2]]
    same(list(floats_of(made(folder, "e5m2")[MADE])), wanted, "numbers of a layer in E5M2")
    frames = rendered(folder, ["halves", "kijai", "e5m2"])
    same(frames["kijai"], frames["halves"], "pixels of both")
    holds(len(frames["e5m2"]) == 5 and frames["e5m2"] != frames["halves"], "E5M2 holds other numbers")


def test_a_scale_in_any_spelling_is_applied(folder):
    codes = transformer(layers=1)
    plain = float8_file(codes)
    beside = others(folder)
    json_of = json.dumps({"format": "float8_e4m3fn"}).encode()
    header = {"_quantization_metadata": json.dumps({"format_version": "1.0", "layers": {
        name.removesuffix(".weight"): {"format": "float8_e4m3fn"} for name in plain if plain[name][0] == "F8_E4M3"}})}

    def scalar(ending, shape=(), more=None):
        return lambda layer, _: {f"{layer}.{ending}": ("F32", list(shape), struct.pack("<f", one_scale(layer))),
                                 **(more(layer) if more else {})}

    def rows(layer, shape):
        return {f"{layer}.weight_scale": ("F32", [shape[0], 1],
                                          b"".join(struct.pack("<f", row_scale(layer, row)) for row in range(shape[0])))}

    kinds = {
        "comfy_old": (with_scales(plain, scalar("scale_weight", (1,), lambda layer: {
            f"{layer}.scale_input": ("F32", [1], struct.pack("<f", 1))}), scaled_fp8=("F8_E4M3", [0], b"")), {}),
        "comfy_new": (with_scales(plain, scalar("weight_scale", (), lambda layer: {
            f"{layer}.input_scale": ("F32", [], struct.pack("<f", 0.3)),
            f"{layer}.comfy_quant": ("U8", [len(json_of)], json_of)})), {}),
        "in_header": (with_scales(plain, scalar("weight_scale")), header),
        "light_x2v": (with_scales(plain, rows), {})}
    layer = LAYER.removesuffix(".weight")
    width = codes[LAYER][0][1]
    for name, (tensors, metadata) in kinds.items():
        imported(folder, name, write(folder / f"{name}.safetensors", tensors, metadata), *beside)
        scale = row_scale if name == "light_x2v" else lambda of, row: one_scale(of)
        wanted = [float32(float8(code) * scale(layer, i // width)) for i, code in enumerate(codes[LAYER][1])]
        nearest(made(folder, name)[MADE], wanted)
        same(sorted(made(folder, name)), sorted(made(folder, "comfy_old")), f"tensors of {name}")
    same(made(folder, "comfy_new"), made(folder, "comfy_old"), "the same scales")
    same(len(rendered(folder, ["light_x2v"])["light_x2v"]), 5, "frames")


def test_a_text_encoder_in_float8_is_decoded_and_keeps_its_tokenizer(folder):
    tensors = comfy_text_encoder()
    scaled, wanted = {}, {}
    for name, (kind, shape, data) in tensors.items():
        if not is_layer(name, shape):
            scaled[name] = tensors[name]
            continue
        numbers = floats_of((kind, shape, data))
        scale = float32(max(map(abs, numbers)) / 448)
        table = sorted((float8(code), code) for code in range(127))
        values = [value for value, _ in table]
        picked = [min(range(len(values)), key=lambda i, n=abs(n) / scale: abs(values[i] - n)) for n in numbers]
        codes = bytes(table[i][1] | (0x80 if n < 0 else 0) for i, n in zip(picked, numbers))
        scaled[name] = ("F8_E4M3", shape, codes)
        scaled[name.removesuffix(".weight") + ".scale_weight"] = ("F32", [1], struct.pack("<f", scale))
        wanted[name] = [float32(float8(code) * scale) for code in codes]
    scaled["scaled_fp8"] = ("F8_E4M3", [0], b"")
    text = write(folder / "umt5_xxl_fp8_e4m3fn_scaled.safetensors", scaled)
    dit = write(folder / "dit.safetensors", stored_as(transformer(), "F16"))
    vae = write(folder / "vae.safetensors", original_vae())
    imported(folder, "text", dit, "--text-encoder", text, "--vae", vae)
    found = made(folder, "text", "text_encoder/model.safetensors")
    same(sorted(found), sorted(text_encoder()), "tensors")
    for name, numbers in wanted.items():
        nearest(found[name], numbers)


def test_what_is_not_read_is_refused_with_the_file_to_take(folder):
    codes = transformer(layers=1)
    plain = float8_file(codes)
    layer, (_, shape, data) = LAYER.removesuffix(".weight"), plain[LAYER]
    scales = ("F32", [shape[0]], bytes(4 * shape[0]))
    convrot = json.dumps({"format": "int8_tensorwise", "convrot": True, "convrot_groupsize": 256}).encode()
    beside = others(folder)
    one = with_scales(plain, lambda of, _: {f"{of}.scale_weight": ("F32", [1], struct.pack("<f", 1))})
    for changes, words in (
            ({LAYER: ("I8", shape, data), f"{layer}.weight_scale": scales,
              f"{layer}.comfy_quant": ("U8", [len(convrot)], convrot)}, "int8_tensorwise (convrot)"),
            ({LAYER: ("I8", shape, data), f"{layer}.weight_scale": scales}, "int8"),
            ({LAYER: ("U8", [shape[0], shape[1] // 2], data[::2]), f"{layer}.weight_scale_2": ("F32", [], bytes(4))}, "NVFP4"),
            ({f"{layer}.comfy_quant": ("U8", [19], b'{"format": "mxfp8"}')}, "mxfp8"),
            ({LAYER + "._data": ("I8", shape, data), LAYER + "._scale": scales}, "quanto"),
            ({f"{layer}.pre_quant_scale": scales}, "AWQ"), ({f"{layer}.qweight": ("I8", shape, data)}, "GPTQ or SVDQuant"),
            ({f"{layer}.SCB": scales}, "bitsandbytes"), ({f"{layer}.weight_scale_inv": scales}, "float8 in blocks")):
        said = refused(folder, write(folder / "other.safetensors", {**plain, **changes}), *beside)
        holds(f"quantised as {words}" in said and layer in said and "take the fp16, bf16, fp8 or GGUF" in said, said)
    for changes, words in (({f"{layer}.scale_weight": ("F32", [0], b"")}, "expected one scale"),
                           ({f"{layer}.scale_weight": ("F32", [3], bytes(12))}, "expected one scale, or 64"),
                           ({f"{layer}.scale_weight": ("F32", [1], struct.pack("<f", float("nan")))}, "not finite")):
        said = refused(folder, write(folder / "scale.safetensors", {**one, **changes}), *beside)
        holds(words in said and layer in said, said)
    lacking = {name: tensor for name, tensor in one.items() if name != f"{layer}.scale_weight"}
    said = refused(folder, write(folder / "lacking.safetensors", lacking), *beside)
    holds("has no scale, but other layers" in said and layer in said, said)


def test_nothing_is_computed_with_before_it_was_decoded(folder):
    model = folder / "models/halves"
    imported(folder, "halves", write(folder / "halves.safetensors", stored_as(transformer(), "F16")), *others(folder))
    named = made(folder, "halves")
    (model / "model.yaml").unlink()
    write(model / FILE, {name: ("F8_E4M3", shape, data[::2]) if name == MADE else (kind, shape, data)
                         for name, (kind, shape, data) in named.items()})
    said = run(NIGHTREEL, "models", "check", model, check=3).stdout
    holds("F8_E4M3" in said and MADE in said and "nightreel models import" in said, said)


def gguf_transformer(folder, name, kind, width=128, changed=None):
    """A transformer as city96's conversions have it: layers in blocks, the rest in F16 and F32."""
    codes = transformer(layers=1, width=width)
    halves, floats = stored_as(codes, "F16"), stored_as(codes, "F32")
    tensors = {}
    for i, (tensor, (shape, _)) in enumerate(codes.items()):
        if is_layer(tensor, shape):
            of = kind[i % len(kind)]
            of = of if shape[1] % BLOCKS[of][0] == 0 else "Q8_0"
            tensors[tensor] = (of, shape, blocks_of(of, shape, i))
        else:
            wide = len(shape) == 1 or "modulation" in tensor or len(shape) == 5
            tensors[tensor] = ("F32", shape, floats[tensor][2]) if wide else ("F16", shape, halves[tensor][2])
    tensors.update(changed or {})
    return write_gguf(folder / name, tensors, [("general.architecture", 8, text("wan")),
                                               ("general.file_type", 4, struct.pack("<I", 7))]), tensors


def test_gguf_is_decoded_and_rendered(folder):
    beside = others(folder)
    file, tensors = gguf_transformer(folder, "wan2.1-t2v-14b-Q8_0.gguf", ["Q8_0"])
    imported(folder, "eight", file, *beside)
    eight = digest(folder / "models/eight" / FILE)
    nearest(made(folder, "eight")[MADE], decode_q8_0(tensors[LAYER][2]))
    same(list(floats_of(made(folder, "eight")["patch_embedding.weight"])),
         list(floats_of(("F32", [], tensors["patch_embedding.weight"][2]))), "what is not coded keeps its numbers")
    file, _ = gguf_transformer(folder, "wan2.1-t2v-14b-Q4_K_M.gguf", ["Q4_K", "Q5_K", "Q6_K", "Q4_0"], width=256)
    imported(folder, "mixed", file, *beside)
    same({model: len(frames) for model, frames in rendered(folder, ["eight", "mixed"]).items()}, {"eight": 5, "mixed": 5},
         "frames")
    # In a folder of diffusers, as the only weights of the transformer.
    model = folder / "models/eight"
    (model / "model.yaml").unlink()
    (model / FILE).unlink()
    gguf_transformer(folder, "models/eight/transformer/wan2.1-t2v-14b-Q8_0.gguf", ["Q8_0"])
    imported(folder, "again", model)
    same(digest(folder / "models/again" / FILE), eight, "the same numbers")
    wrong, _ = gguf_transformer(folder, "wan-IQ4_XS.gguf", ["Q8_0"], width=256, changed={
        LAYER: ("IQ4_XS", [64, 256], blocks_of("IQ4_XS", [64, 256], 3))})
    said = refused(folder, wrong, *beside)
    holds("stored as IQ4_XS" in said and LAYER in said and "take a GGUF file of Q8_0" in said, said)
    file.write_bytes(file.read_bytes()[:-100])
    holds("truncated; download it again" in refused(folder, file, *beside), "a cut file")


def test_a_text_encoder_in_gguf_brings_its_tokenizer(folder):
    names = {"shared": "token_embd", "encoder.final_layer_norm": "enc.output_norm"}
    for i in range(2):
        layer, block = f"encoder.block.{i}.layer.", f"enc.blk.{i}."
        names.update({f"{layer}0.layer_norm": f"{block}attn_norm", f"{layer}1.layer_norm": f"{block}ffn_norm",
                      f"{layer}0.SelfAttention.relative_attention_bias": f"{block}attn_rel_b",
                      f"{layer}1.DenseReluDense.wi_0": f"{block}ffn_gate", f"{layer}1.DenseReluDense.wi_1": f"{block}ffn_up",
                      f"{layer}1.DenseReluDense.wo": f"{block}ffn_down"})
        names.update({f"{layer}0.SelfAttention.{letter}": f"{block}attn_{letter}" for letter in "qkvo"})
    stored = {names[name.removesuffix(".weight")] + ".weight": tensor for name, tensor in text_encoder().items()}
    facts = tokenizer_facts((CASE / "tokenizer/spiece.model").read_bytes())
    dit = write(folder / "dit.safetensors", stored_as(transformer(), "F16"))
    vae = ["--vae", write(folder / "vae.safetensors", original_vae())]
    imported(folder, "gguf", dit, "--text-encoder", write_gguf(folder / "umt5-xxl-encoder-BF16.gguf", stored, facts), *vae)
    same(made(folder, "gguf", "text_encoder/model.safetensors"), text_encoder(), "the text encoder")
    imported(folder, "plain", dit, *others(folder))
    frames = rendered(folder, ["gguf", "plain"])
    same(frames["gguf"], frames["plain"], "pixels, so tokens too")
    bare = [fact for fact in facts if "charsmap" not in fact[0]]
    said = refused(folder, dit, "--text-encoder", write_gguf(folder / "bare.gguf", stored, bare), *vae)
    holds("tokenizer (--tokenizer FOLDER)" in said, said)


main(test_float8_holds_the_numbers_of_the_same_model_in_16_bits, test_a_scale_in_any_spelling_is_applied,
     test_a_text_encoder_in_float8_is_decoded_and_keeps_its_tokenizer,
     test_what_is_not_read_is_refused_with_the_file_to_take, test_nothing_is_computed_with_before_it_was_decoded,
     test_gguf_is_decoded_and_rendered, test_a_text_encoder_in_gguf_brings_its_tokenizer)
