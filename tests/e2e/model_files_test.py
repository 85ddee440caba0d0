"""The files that people have, as small random models under published names: told by what is in them, imported, opened,
rendered with the pixels of the same weights in another layout, or refused with the remedy, and then nothing is left."""
from harness import *
from tiny_models import *


def strangers(root):
    """What lies beside in such folders and is of other models: T5, an autoencoder of pictures, a LoRA, an upscaler."""
    def floats(*shape):
        return "F16", list(shape), bytes(2 * count(shape))

    attention = "encoder.block.{}.layer.0.SelfAttention."
    write(root / "text_encoders/t5xxl_fp16.safetensors", {
        "shared.weight": floats(32, 16), "encoder.final_layer_norm.weight": floats(16),
        attention.format(0) + "relative_attention_bias.weight": floats(32, 2),
        "encoder.block.0.layer.0.layer_norm.weight": floats(16), "encoder.block.1.layer.0.layer_norm.weight": floats(16)})
    write(root / "vae/ae.safetensors", {"decoder.conv_in.weight": floats(8, 4, 3, 3), "post_quant_conv.weight": floats(4, 4, 1, 1)})
    write(root / "loras/style.safetensors", {"diffusion_model.blocks.0.self_attn.q.lora_A.weight": floats(4, 128),
                                             "diffusion_model.blocks.0.self_attn.q.lora_B.weight": floats(128, 4)})
    write(root / "upscale_models/4x.safetensors", {"model.0.weight": floats(8, 3, 3, 3)})


def test_one_model_in_every_arrangement_of_files_gives_the_same_pixels(folder):
    halves = stored_as(transformer(), "F16")
    split = split_folders(folder / "split", halves)
    strangers(split)
    imported(folder, "split", split)
    same((folder / "models/split/tokenizer/spiece.model").read_bytes(), (CASE / "tokenizer/spiece.model").read_bytes(),
         "the tokenizer that the text encoder brings")
    # All in one folder, whatever the names; the autoencoder as WanVideoWrapper has it.
    flat = folder / "flat"
    write(flat / "a.safetensors", prefixed("model.diffusion_model.", halves))
    write(flat / "b.safetensors", prefixed("model.", original_vae()))
    write(flat / "c.safetensors", comfy_text_encoder())
    (flat / ".DS_Store").write_bytes(b"x")
    (flat / "._a.safetensors").write_bytes(b"x")
    imported(folder, "flat", flat)
    # A checkpoint that holds all three, and nothing beside it.
    one = write(folder / "aio/wan-rapid.safetensors",
                {**prefixed("model.diffusion_model.", halves), **prefixed("vae.", original_vae()),
                 **prefixed("text_encoders.umt5xxl.transformer.", text_encoder()),
                 "text_encoders.umt5xxl.spiece_model": comfy_text_encoder()["spiece_model"]})
    told = json.loads(run(NIGHTREEL, "models", "inspect", one, "--json").stdout)
    same([p["name"] for p in told["parts"]], ["text_encoder", "tokenizer", "transformer", "vae"], "parts of the one file")
    imported(folder, "one_file", one)
    # The autoencoder as checkpoints of older programs call it.
    older = write(folder / "older.safetensors", {**prefixed("model.diffusion_model.", halves),
                                                 **prefixed("first_stage_model.", original_vae())})
    report = json.loads(run(NIGHTREEL, "models", "inspect", older, "--json").stdout)
    same(([p["name"] for p in report["parts"]], report["missing"]), (["transformer", "vae"], ["text_encoder", "tokenizer"]),
         "parts of the older file")
    # Parts that are named.
    imported(folder, "named", split / "diffusion_models/wan2.1_t2v_1.3B_fp16.safetensors", "--text-encoder",
             split / "text_encoders/umt5_xxl_fp16.safetensors", "--vae", split / "vae/wan_2.1_vae.safetensors")
    frames = rendered(folder, ["split", "flat", "one_file", "named"])
    same(len(frames["split"]), 5, "frames")
    for model in ("flat", "one_file", "named"):
        same(frames[model], frames["split"], f"pixels of {model}")


def test_a_pair_of_experts_is_told_by_words_of_names_or_stated(folder):
    high, low = (stored_as(transformer(seed), "F16") for seed in (2, 3))
    hub = folder / "split_files"
    write(hub / "diffusion_models/wan2.2_t2v_high_noise_14B_fp16.safetensors", high)
    write(hub / "diffusion_models/wan2.2_t2v_low_noise_14B_fp16.safetensors", low)
    write(hub / "text_encoders/umt5_xxl_fp16.safetensors", comfy_text_encoder())
    write(hub / "vae/wan_2.1_vae.safetensors", original_vae())
    same(imported(folder, "by_name", hub)["family"], "wan2.2-t2v", "family")
    folders = folder / "quantstack"
    write(folders / "LowNoise/a.safetensors", low)
    write(folders / "HighNoise/b.safetensors", high)
    imported(folder, "by_folder", folders, *others(folder))
    silent = folder / "silent"
    first, second = write(silent / "one.safetensors", high), write(silent / "two.safetensors", low)
    said = refused(folder, silent, *others(folder))
    holds("one.safetensors" in said and "two.safetensors" in said and "--high-noise FILE --low-noise FILE" in said, said)
    imported(folder, "stated", silent, "--high-noise", first, "--low-noise", second, *others(folder))
    for name in ("by_folder", "stated"):
        for part in ("transformer", "transformer_2"):
            file = f"{part}/diffusion_pytorch_model.safetensors"
            same(digest(folder / "models" / name / file), digest(folder / "models/by_name" / file), f"{part} of {name}")
    frames = rendered(folder, ["by_name"])
    same(len(frames["by_name"]), 5, "frames")
    alone = hub / "diffusion_models/wan2.2_t2v_high_noise_14B_fp16.safetensors"
    said = refused(folder, alone, *others(folder))
    holds("high noise of two" in said and "--low-noise FILE" in said, said)
    said = refused(folder, alone, "--high-noise", alone, check=2)
    holds("--high-noise requires --low-noise" in said, said)
    write(silent / "three.safetensors", low)
    holds("3 transformers" in refused(folder, silent, *others(folder)), "three cannot be two experts")


def test_a_vace_module_becomes_a_model_with_its_base(folder):
    base = write(folder / "kijai/Wan2_1-T2V-14B_fp16.safetensors", stored_as(transformer(), "F16"))
    module = write(folder / "kijai/Wan2_1-VACE_module_14B_bf16.safetensors",
                   stored_as(random_codes(module_shapes(), 5), "BF16"))
    same(imported(folder, "found", folder / "kijai", *others(folder))["family"], "wan2.1-vace", "family of both")
    imported(folder, "stated", base, "--vace-module", module, *others(folder))
    file = "transformer/diffusion_pytorch_model.safetensors"
    same(digest(folder / "models/found" / file), digest(folder / "models/stated" / file), "both ways")
    same(imported(folder, "base", folder / "kijai", "--transformer", base, *others(folder))["family"], "wan2.1-t2v",
         "the base alone when it is named")
    frames = rendered(folder, ["found", "base"])
    holds(len(frames["found"]) == 5 and frames["found"] != frames["base"], "the module has a say")
    said = refused(folder, module, *others(folder))
    holds("without its text-to-video transformer" in said and "--transformer FILE" in said, said)
    wide = write(folder / "wide.safetensors", stored_as(random_codes(module_shapes(width=256), 5), "F16"))
    said = refused(folder, base, "--vace-module", wide, *others(folder))
    holds("width 256" in said and "width 128" in said, said)


def test_skyreels_files_are_stated_since_shapes_do_not_tell_them(folder):
    file = write(folder / "Wan2_1-SkyReels-V2-DF-14B-540P_fp16.safetensors", stored_as(transformer(), "F16"))
    beside = others(folder)
    said = refused(folder, file, *beside)
    holds("--family: wan2.1, skyreels-v2-df" in said, said)
    same(imported(folder, "df", file, "--family", "skyreels-v2-df", *beside)["family"], "skyreels-v2-df", "family")
    same(imported(folder, "t2v", file, "--family", "skyreels-v2-t2v", *beside)["family"], "skyreels-v2-t2v", "family")
    same(imported(folder, "wan", file, "--family", "wan2.1", *beside)["family"], "wan2.1-t2v", "family")
    said = refused(folder, file, "--family", "skyreels-v2-i2v", *beside)
    holds("has no picture channels" in said, said)
    same(len(rendered(folder, ["df"])["df"]), 5, "frames")


def test_an_image_encoder_is_taken_where_the_transformer_reads_one(folder):
    root = split_folders(folder / "models_folder", stored_as(transformer(channels_in=36, image=80), "F16"))
    clip = write(root / "clip_vision/clip_vision_h.safetensors", stored_as(random_codes(clip_shapes(), 6), "F16"))
    write(root / "clip_vision/clip_g.safetensors", stored_as(random_codes(clip_shapes(width=160), 6), "F16"))
    said = imported(folder, "i2v", root)
    same((said["family"], said["left_out"]), ("wan2.1-i2v", {"image_encoder": "1 tensor (visual_projection)",
                                                            "text_encoder": "1 tensor (spiece_model)"}), "what was made")
    clip.unlink()
    said = refused(folder, root)
    holds("image_encoder (--clip-vision FILE)" in said, said)


def test_a_text_encoder_is_taken_whatever_else_is_in_its_file(folder):
    tokenizer = ["--tokenizer", CASE / "tokenizer"]
    dit = write(folder / "dit.safetensors", stored_as(transformer(), "F16"))
    vae = ["--vae", write(folder / "vae.safetensors", original_vae())]
    table = text_encoder()["shared.weight"]
    rest = {name: tensor for name, tensor in text_encoder().items() if name != "shared.weight"}
    decoder = {"decoder.block.0.layer.0.SelfAttention.q.weight": table, "lm_head.weight": table}
    for name, tensors, left_out in (
            ("both_tables", {**text_encoder(), "encoder.embed_tokens.weight": table}, "1 tensor (encoder)"),
            ("tied_only", {**rest, "encoder.embed_tokens.weight": table}, None),
            ("with_decoder", {**text_encoder(), **decoder}, "2 tensors (decoder, lm_head)")):
        file = write(folder / f"{name}.safetensors", tensors)
        said = imported(folder, name, dit, "--text-encoder", file, *vae, *tokenizer)
        same(said["left_out"].get("text_encoder"), left_out, f"left out of {name}")
        same(read_safetensors(folder / "models" / name / "text_encoder/model.safetensors"), text_encoder(), name)
    said = refused(folder, dit, "--text-encoder", write(folder / "bare.safetensors", text_encoder()), *vae)
    holds("tokenizer (--tokenizer FOLDER)" in said, said)
    write(folder / "bad.safetensors", {**text_encoder(), "spiece_model": ("U8", [5], b"\xff\xff\xff\xff\xff")})
    said = refused(folder, dit, "--text-encoder", folder / "bad.safetensors", *vae)
    holds("not a SentencePiece model" in said, said)


def diffusers_folder(folder):
    shutil.copytree(CASE, folder, ignore=shutil.ignore_patterns("expected*", "inputs*", "config.json"), dirs_exist_ok=True)
    for part in ("transformer", "vae", "text_encoder"):
        shutil.copy(CASE / part / "config.json", folder / part / "config.json")
    return folder


def test_folders_of_diffusers_are_read_as_diffusers_reads_them(folder):
    weights = "transformer/diffusion_pytorch_model.safetensors"
    expected = read_safetensors(CASE / weights)

    def taken(name, source):
        imported(folder, name, source)
        same(read_safetensors(folder / "models" / name / weights), expected, f"weights of {name}")
        holds(not [p for p in (folder / "models" / name).rglob("*") if p.name.startswith(".")], "nothing hidden is copied")

    variant = diffusers_folder(folder / "variant")
    (variant / weights).rename(variant / "transformer/diffusion_pytorch_model.bf16.safetensors")
    (variant / "text_encoder/model.safetensors").rename(variant / "text_encoder/model.fp16.safetensors")
    taken("variant", variant)
    shutil.copy(CASE / weights, variant / "transformer/diffusion_pytorch_model.fp16.safetensors")
    said = refused(folder, variant)
    holds("the variants bf16 and fp16" in said, said)
    # An index before a file that another download left beside it.
    stray = diffusers_folder(folder / "stray")
    names = sorted(expected)
    shards = {name: f"diffusion_pytorch_model-0000{1 + i % 2}-of-00002.safetensors" for i, name in enumerate(names)}
    for shard in set(shards.values()):
        write(stray / "transformer" / shard, {n: expected[n] for n in names if shards[n] == shard})
    (stray / f"{weights}.index.json").write_text(json.dumps({"metadata": {}, "weight_map": shards}))
    write(stray / weights, {name: (kind, shape, bytes(len(data))) for name, (kind, shape, data) in expected.items()})
    taken("stray", stray)
    # What a Mac and Windows leave beside files, and what diffusers writes for DPM++.
    finder = diffusers_folder(folder / "finder")
    for file in [p for p in finder.rglob("*") if p.is_file()]:
        (file.parent / f"._{file.name}").write_bytes(b"\0\5\x16\7")
        (file.parent / ".DS_Store").write_bytes(b"x")
        (file.parent / "Thumbs.db").write_bytes(b"x")
    scheduler = finder / "scheduler/scheduler_config.json"
    scheduler.write_text(scheduler.read_text().replace("{", '{\n "lambda_min_clipped": -Infinity,', 1))
    taken("finder", finder)
    holds("._" not in (folder / "models/finder/model.yaml").read_text(), "nor listed")


def test_files_that_are_not_what_their_names_say_are_named_with_the_remedy(folder):
    weights = "transformer/diffusion_pytorch_model.safetensors"

    def damaged(name, damage):
        model = diffusers_folder(folder / name)
        damage(model / weights)
        said = refused(folder, model)
        report = json.loads(run(NIGHTREEL, "models", "inspect", model, "--json", check=3).stdout)
        holds(any(p["fault"] and p["fault"] in said for p in report["parts"]), f"inspect says what import says: {said}")
        return said

    def pointer(file):
        file.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")

    def dangling(file):
        file.unlink()
        file.symlink_to("../blobs/0123abc")

    def cut(file):
        file.write_bytes(file.read_bytes()[:-9])

    def unfinished(file):
        file.rename(f"{file}.incomplete")

    def journal(file):
        Path(f"{file}.aria2").write_bytes(b"x")

    def page(file):
        file.write_text("<!DOCTYPE html><html>Sign in</html>")

    def other_name(file):
        file.rename(file.with_name("mine.safetensors"))

    for damage, words in ((pointer, "git lfs pull"), (dangling, "is a link to ../blobs/0123abc, which does not exist"),
                          (cut, "ends early"), (cut, "download it again"), (unfinished, "safetensors.incomplete"),
                          (journal, "safetensors.aria2"), (page, "is a web page"), (other_name, "mine.safetensors")):
        shutil.rmtree(folder / damage.__name__, ignore_errors=True)
        said = damaged(damage.__name__, damage)
        holds(words in said and "transformer/" in said, f"{damage.__name__}: {words} in {said}")
    # The same beside files that are told by their contents.
    split = split_folders(folder / "split", stored_as(transformer(), "F16"))
    vae = split / "vae/wan_2.1_vae.safetensors"
    cut(vae)
    said = refused(folder, split)
    holds("vae (--vae FILE)" in said and f"{vae}: " in said and "download it again" in said, said)
    unfinished(vae)
    said = refused(folder, split)
    holds("wan_2.1_vae.safetensors.incomplete is an unfinished download" in said, said)


def test_an_import_that_check_would_call_broken_fails_and_leaves_nothing(folder):
    newer = diffusers_folder(folder / "newer")
    config = newer / "transformer/config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), "swiglu_gate": True}))
    said = refused(folder, newer)
    holds(f"nothing was imported: transformer: {config}: swiglu_gate" in said, said)
    extra = {**stored_as(transformer(), "F16"), "blocks.0.extra.weight": ("F16", [2], b"0000")}
    said = refused(folder, write(folder / "extra.safetensors", extra), *others(folder))
    holds("blocks.0.extra.weight" in said, said)
    animate = {**stored_as(transformer(), "F16"), "face_adapter.fuser.0.weight": ("F16", [2], b"0000")}
    said = refused(folder, write(folder / "animate.safetensors", animate), *others(folder))
    holds("Wan2.2-Animate" in said, said)


main(test_one_model_in_every_arrangement_of_files_gives_the_same_pixels,
     test_a_pair_of_experts_is_told_by_words_of_names_or_stated, test_a_vace_module_becomes_a_model_with_its_base,
     test_skyreels_files_are_stated_since_shapes_do_not_tell_them,
     test_an_image_encoder_is_taken_where_the_transformer_reads_one,
     test_a_text_encoder_is_taken_whatever_else_is_in_its_file,
     test_folders_of_diffusers_are_read_as_diffusers_reads_them,
     test_files_that_are_not_what_their_names_say_are_named_with_the_remedy,
     test_an_import_that_check_would_call_broken_fails_and_leaves_nothing)
