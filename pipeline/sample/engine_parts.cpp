#include "pipeline/sample/engine_parts.h"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>

#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/model/tensor/device.h"
#include "pipeline/sample/guidance.h"
#include "pipeline/sample/latent_tensor.h"
#include "pipeline/sample/segment_tensors.h"
#include "shotspec/base/error.h"

namespace nightreel {

namespace {

c10::Device prepared_device(const EngineOptions& options) {
    if (options.threads < 1) throw Error(ErrorKind::bad_input, "threads: must be at least 1");
    const c10::Device device = open_device(options.device);
    at::set_num_threads(options.threads);
    return device;
}

// Judged by the transformer, which does nearly all of the work, and then used for every network.
PrecisionPolicy chosen_policy(const EngineOptions& options,
                              const ModelFolder& model,
                              const c10::Device& device) {
    if (options.precision) return *options.precision;
    const Weights weights(model.folder_of("transformer"), "diffusion_pytorch_model");
    return choose_precision(device, processor_facts(), weights.parameters());
}

// The original repositories have no file for what is CLIP's own.
PictureRules rules_of(const ModelFolder& model, const ClipVision& tower) {
    if (model.has("image_processor")) {
        return read_picture_rules(model.folder_of("image_processor"), tower.config().side);
    }
    return clip_picture_rules(static_cast<int>(tower.config().side));
}

std::int64_t item_bytes(c10::ScalarType type) {
    return static_cast<std::int64_t>(c10::elementSize(type));
}

const char* part_of(std::size_t expert) {
    return expert == 0 ? "transformer" : "transformer_2";
}

}  // namespace

PictureReader::PictureReader(const ModelFolder& model, const c10::Device& device)
    : tower(model.folder_of("image_encoder"), device), rules(rules_of(model, tower)) {}

EngineParts::EngineParts(const EngineOptions& given)
    : options(given),
      device(prepared_device(given)),
      model(open_model_folder(given.model)),
      config(read_wan_config(model.folder_of("transformer"))),
      inputs(model_inputs(model, config)),
      policy(chosen_policy(given, model, device)),
      loras_(given.pulse) {
    if (has_limit()) sizes_ = model_dimensions(model);
}

void EngineParts::close() {
    transformer_.reset();
    loras_.forget();
    vae_.reset();
    exact_vae_.reset();
    text_encoder_.reset();
    texts_.clear();
    pictures_.reset();
}

std::int64_t EngineParts::held_by(Worker worker) const {
    const PrecisionFacts& precision = facts_of(policy);
    if (worker == Worker::transformer && transformer_) {
        return held_bytes(sizes_.transformer, residency_, item_bytes(precision.products));
    }
    if (worker != Worker::autoencoder) return 0;
    std::int64_t bytes = 0;
    if (vae_) bytes += held_bytes(sizes_.autoencoder, item_bytes(decoder_type(device, policy)));
    if (exact_vae_) bytes += held_bytes(sizes_.autoencoder, item_bytes(at::kFloat));
    return bytes;
}

// Text and image encoder give the pages of their weights back when they are done: nothing is
// gained by closing them.
void EngineParts::make_room(Worker worker, std::int64_t need_bytes) {
    if (!has_limit() && !options.lean) return;
    const auto fits = [&] {
        return !options.lean && need_bytes + held() - held_by(worker) <= options.memory_bytes;
    };
    // The one that is sooner opened again goes first.
    if (!fits() && worker != Worker::autoencoder) {
        vae_.reset();
        exact_vae_.reset();
    }
    if (!fits() && worker != Worker::transformer) {
        transformer_.reset();
        loras_.forget();
    }
}

std::filesystem::path EngineParts::opened(const std::string& part) const {
    if (options.before_part) options.before_part(part);
    return model.folder_of(part);
}

const TextEncoder& EngineParts::text() {
    std::int64_t need = 0;
    if (has_limit()) {
        need = text_need(sizes_.text_encoder, options.prompt_tokens_max);
        require_memory("encoding a prompt", need, options.memory_bytes, "raise it");
    }
    make_room(Worker::other, need);
    if (!text_encoder_) {
        text_encoder_.emplace(
            model.folder_of("tokenizer"), opened("text_encoder"), device, options.pulse);
    }
    return *text_encoder_;
}

std::vector<TextStates> EngineParts::read_texts(std::span<const std::string> prompts) {
    constexpr std::size_t texts_max = 16;  // of 512 rows: 8 MiB each
    std::vector<std::string> unread;
    for (const std::string& prompt : prompts) {
        const bool is_new =
            !texts_.contains(prompt) && std::ranges::find(unread, prompt) == unread.end();
        if (is_new) unread.push_back(prompt);
    }
    std::map<std::string, TextStates> read;
    if (!unread.empty()) {
        const TextEncoder& encoder = text();
        const auto rows_max = static_cast<std::size_t>(options.prompt_tokens_max);
        std::vector<std::vector<std::int64_t>> ids;
        for (const std::string& prompt : unread) ids.push_back(encoder.ids(prompt, rows_max));
        // As many at once as take the memory of the longest prompt alone.
        for (std::size_t first = 0; first < ids.size();) {
            std::size_t rows = ids[first].size();
            std::size_t end = first + 1;
            while (end < ids.size() && rows + ids[end].size() <= rows_max)
                rows += ids[end++].size();
            const auto states =
                encoder.encoder().encode(std::span(ids).subspan(first, end - first));
            for (const at::Tensor& state : states) read[unread[first++]] = text_states_of(state);
        }
    }
    std::vector<TextStates> all;
    for (const std::string& prompt : prompts) {
        const auto known = texts_.find(prompt);
        all.push_back(known != texts_.end() ? known->second : read.at(prompt));
    }
    // Those of this call stay in any case: one of them is the negative prompt, which comes again.
    if (texts_.size() + read.size() > texts_max) texts_.clear();
    if (prompts.size() > texts_max) return all;
    for (std::size_t i = 0; i < prompts.size(); ++i) texts_.emplace(prompts[i], all[i]);
    return all;
}

EngineParts::Placement EngineParts::placement_for(std::size_t expert,
                                                  const SegmentRequest& request) {
    const std::int64_t bytes_a_number = item_bytes(facts_of(policy).products);
    const std::int64_t tokens_per_frame = std::int64_t{request.size.height} * request.size.width /
                                          (config.patch[1] * config.patch[2]);
    const std::int64_t latent_frames = shown_latents(request) + request.references.frames;
    const std::int64_t prompts = needs_guidance(guidance_of(request.sampling, expert)) ? 2 : 1;
    const bool has_step_cache = request.sampling.step_cache > 0;
    const TransformerWork work{
        .tokens_per_frame = tokens_per_frame,
        .latent_frames = latent_frames,
        .batch = clips_at_once(tokens_per_frame * latent_frames, prompts, has_step_cache),
        .prompts = prompts,
        .text_rows = options.prompt_tokens_max,
        .item_bytes = bytes_a_number,
        .streams_kept = has_step_cache ? 1 : 0};
    const std::int64_t loras = loras_.bytes(expert, request.loras, bytes_a_number);
    const Residency residency = choose_residency(
        sizes_.transformer, work, std::max<std::int64_t>(options.memory_bytes - loras, 1));
    const MemoryNeed need = memory_need(sizes_.transformer, work);
    return {residency,
            loras + (residency == Residency::resident ? need.resident_bytes : need.streamed_bytes)};
}

const WanTransformer& EngineParts::network(std::size_t expert,
                                           const SegmentRequest& request,
                                           std::span<const SegmentLora> loras) {
    Placement wanted;
    if (has_limit()) wanted = placement_for(expert, request);
    if (options.lean) wanted.residency = Residency::streamed;
    make_room(Worker::transformer, wanted.need_bytes);
    if (!transformer_ || expert_ != expert || residency_ != wanted.residency) {
        // The other one makes room before this one is opened.
        transformer_.reset();
        loras_.forget();
        transformer_.emplace(
            opened(part_of(expert)), device, policy, wanted.residency, options.pulse);
        expert_ = expert;
        residency_ = wanted.residency;
    }
    loras_.put(*transformer_, expert, loras);
    return *transformer_;
}

PictureWork EngineParts::pictures_of(const LatentSize& size, std::int64_t frames) {
    const std::int64_t side = autoencoder_config().pixels_per_latent();
    const std::int64_t cells = std::int64_t{size.height} * size.width;
    return {.pixels = cells * side * side,
            .latent_cells = cells,
            .frames = frames,
            .item_bytes = item_bytes(decoder_type(device, policy))};
}

const WanVae& EngineParts::encoder(const LatentSize& size, std::int64_t frames) {
    std::int64_t need = 0;
    if (has_limit()) {
        need = encode_need(sizes_.autoencoder, pictures_of(size, frames));
        require_memory("encoding pictures",
                       need,
                       options.memory_bytes,
                       "raise it, or use a smaller picture size");
    }
    make_room(Worker::autoencoder, need);
    return autoencoder();
}

const WanVae& EngineParts::decoder(const LatentSize& size) {
    std::int64_t need = 0;
    if (has_limit()) {
        need = decode_need(sizes_.autoencoder, pictures_of(size, 1));
        require_memory("decoding pictures",
                       need,
                       options.memory_bytes,
                       "raise it, or use a smaller picture size");
    }
    make_room(Worker::autoencoder, need);
    return autoencoder();
}

const VaeConfig& EngineParts::autoencoder_config() {
    return autoencoder().config();
}

const WanVae& EngineParts::exact_decoder(const LatentSize& size) {
    if (decoder_type(device, policy) == at::kFloat) return decoder(size);
    // The other one makes room: a task needs one of them only.
    vae_.reset();
    std::int64_t need = 0;
    if (has_limit()) {
        PictureWork work = pictures_of(size, 1);
        work.item_bytes = item_bytes(at::kFloat);
        need = decode_need(sizes_.autoencoder, work);
        require_memory("decoding pictures in float32",
                       need,
                       options.memory_bytes,
                       "raise it, or use a smaller picture size");
    }
    make_room(Worker::autoencoder, need);
    if (!exact_vae_) {
        exact_vae_.emplace(opened("vae"), device, PrecisionPolicy::float32, options.pulse);
    }
    return *exact_vae_;
}

const WanVae& EngineParts::autoencoder() {
    exact_vae_.reset();
    if (!vae_) vae_.emplace(opened("vae"), device, policy, options.pulse);
    return *vae_;
}

const PictureReader& EngineParts::pictures() {
    std::int64_t need = 0;
    if (has_limit()) {
        need = image_need(sizes_.image_encoder_bytes);
        require_memory("reading pictures", need, options.memory_bytes, "raise it");
    }
    make_room(Worker::other, need);
    if (!pictures_) {
        (void)opened("image_encoder");
        pictures_.emplace(model, device);
    }
    return *pictures_;
}

}  // namespace nightreel
