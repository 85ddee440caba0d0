#include "pipeline/render_bench.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include "pipeline/model/device.h"
#include "pipeline/model/safetensors.h"
#include "pipeline/model/text_encoder.h"
#include "pipeline/model/vae.h"
#include "pipeline/model/wan_transformer.h"
#include "pipeline/render_bench_model.h"
#include "pipeline/run_task_memory.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/error.h"
#include "shotspec/text_form.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t text_rows = 512;
constexpr std::int64_t pixels_per_latent = 8;
constexpr std::int64_t frames_per_latent = 4;

constexpr std::string_view usage =
    "usage: nightreel-render bench transformer|vae|text --model DIR | --random NAME "
    "[--scratch DIR] [--layers N] [--size WxH] [--frames N] [--batch N] [--precision P] "
    "[--inputs FILE] [--output FILE] "
    "[--device D] [--threads N] [--repeat N] [--memory BYTES]";

struct BenchArguments {
    std::string part;
    fs::path model;
    std::string random;
    fs::path scratch = fs::temp_directory_path() / "nightreel-bench";
    std::int64_t layers = 0;  // 0: as many as the model has
    std::int64_t width = 480;
    std::int64_t height = 320;
    std::int64_t frames = 5;
    std::int64_t batch = 1;
    fs::path inputs;                           // latents, timesteps, text; none: drawn from a seed
    fs::path output;                           // where the velocity is written; none: nowhere
    std::optional<PrecisionPolicy> precision;  // none: chosen
    std::string device = "cpu";
    int threads = 1;
    std::int64_t repeat = 1;
    std::optional<ByteCount> memory;
};

std::int64_t number_in(std::string_view option, std::string_view text) {
    constexpr std::int64_t most = 1 << 20;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
        throw Error(ErrorKind::usage,
                    fmt::format("{} {}: a number from 1 to {} is wanted", option, text, most));
    }
    return number;
}

void take_option(BenchArguments& parsed, const std::string& option, const std::string& value) {
    if (option == "--model") {
        parsed.model = value;
    } else if (option == "--random") {
        parsed.random = value;
    } else if (option == "--scratch") {
        parsed.scratch = value;
    } else if (option == "--layers") {
        parsed.layers = number_in(option, value);
    } else if (option == "--size") {
        const std::size_t cross = value.find('x');
        parsed.width = number_in(option, value.substr(0, cross));
        parsed.height =
            number_in(option, cross == std::string::npos ? "" : value.substr(cross + 1));
    } else if (option == "--frames") {
        parsed.frames = number_in(option, value);
    } else if (option == "--batch") {
        parsed.batch = number_in(option, value);
    } else if (option == "--inputs") {
        parsed.inputs = value;
    } else if (option == "--output") {
        parsed.output = value;
    } else if (option == "--precision") {
        parsed.precision = precision_policy_named(value);
    } else if (option == "--device") {
        parsed.device = value;
    } else if (option == "--threads") {
        parsed.threads = static_cast<int>(number_in(option, value));
    } else if (option == "--repeat") {
        parsed.repeat = number_in(option, value);
    } else if (option == "--memory") {
        parsed.memory = TextForm<ByteCount>::read(value);
        if (!parsed.memory) {
            throw Error(
                ErrorKind::usage,
                fmt::format("--memory {}: {} is wanted", value, TextForm<ByteCount>::accepted));
        }
    } else {
        throw Error(ErrorKind::usage, fmt::format("{} is unknown\n{}", option, usage));
    }
}

BenchArguments parse(std::span<const std::string> arguments) {
    BenchArguments parsed;
    if (arguments.empty()) throw Error(ErrorKind::usage, std::string(usage));
    parsed.part = arguments[0];
    for (std::size_t at = 1; at < arguments.size(); at += 2) {
        if (at + 1 == arguments.size()) throw Error(ErrorKind::usage, std::string(usage));
        take_option(parsed, arguments[at], arguments[at + 1]);
    }
    if (parsed.model.empty() == parsed.random.empty()) {
        throw Error(ErrorKind::usage, fmt::format("one of --model and --random\n{}", usage));
    }
    return parsed;
}

class Stopwatch {
  public:
    double seconds() {
        const Millis now = clock_.steady();
        const auto spent = std::chrono::duration<double>(now - last_).count();
        last_ = now;
        return spent;
    }

  private:
    SystemClock clock_;
    Millis last_ = clock_.steady();
};

// Of all threads of this process: what is left of a figure when others use the machine too.
double processor_seconds() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
        constexpr double micros = 1e6;
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / micros;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// DIR/PART of a whole model, or the folder of the part itself.
fs::path part_folder(const fs::path& model, const char* part) {
    return fs::exists(model / part) ? model / part : model;
}

// Products of matrices and attention; everything else is a percent.
double transformer_operations(const WanConfig& config, double tokens) {
    const auto d = static_cast<double>(config.width());
    const auto f = static_cast<double>(config.feed_forward);
    const double products = 6 * d * d + 2 * d * f;  // q k v o, q o of the text, feed-forward
    const double attention = 2 * tokens * d + 2 * static_cast<double>(text_rows) * d;
    return 2 * static_cast<double>(config.layers) * tokens * (products + attention);
}

TransformerWork work_of(const BenchArguments& asked) {
    constexpr std::int64_t pixels_per_token = 2 * pixels_per_latent;
    return {
        .tokens_per_frame = (asked.width / pixels_per_token) * (asked.height / pixels_per_token),
        .latent_frames = (asked.frames - 1) / frames_per_latent + 1,
        .batch = asked.batch,
        .text_rows = text_rows};
}

Residency residency_of(const BenchArguments& asked, const fs::path& folder, at::Device device) {
    if (!asked.memory) return Residency::resident;
    const Weights weights(folder, "diffusion_pytorch_model");
    const PrecisionPolicy policy =
        asked.precision.value_or(choose_precision(device, processor_facts(), weights.parameters()));
    const auto item_bytes = static_cast<std::int64_t>(c10::elementSize(facts_of(policy).products));
    return choose_residency(transformer_sizes(read_wan_config(folder), weights, item_bytes),
                            work_of(asked),
                            asked.memory->bytes);
}

NamedTensors transformer_inputs(const BenchArguments& asked, const WanConfig& config) {
    if (!asked.inputs.empty()) return read_safetensors(asked.inputs);
    return {{"latents",
             at::randn({asked.batch,
                        config.channels_in,
                        (asked.frames - 1) / frames_per_latent + 1,
                        asked.height / pixels_per_latent,
                        asked.width / pixels_per_latent})},
            {"timesteps", at::full({asked.batch}, 500.0)},
            {"text", at::randn({asked.batch, text_rows, config.text})}};
}

void bench_transformer(const BenchArguments& asked, at::Device device) {
    fs::path folder = part_folder(asked.model, "transformer");
    if (!asked.random.empty()) {
        RandomTransformer model = random_transformer_named(asked.random);
        if (asked.layers > 0) model.layers = asked.layers;
        folder = make_random_transformer(model, asked.scratch);
    }
    reset_peak_memory();
    Stopwatch watch;
    const Residency residency = residency_of(asked, folder, device);
    const WanTransformer network(folder, device, asked.precision, residency);
    const double load = watch.seconds();
    const WanConfig& config = network.config();
    const NamedTensors inputs = transformer_inputs(asked, config);
    const at::Tensor& latents = inputs.at("latents");
    const auto tokens =
        static_cast<double>(latents.numel() / config.patch_items(config.channels_in));
    watch.seconds();
    const TextContext text = network.prepare_text(inputs.at("text"));
    const double prepared = watch.seconds();
    const double operations =
        transformer_operations(config, tokens / static_cast<double>(asked.batch)) *
        static_cast<double>(asked.batch);
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        watch.seconds();
        const double processor = processor_seconds();
        const at::Tensor velocity =
            network.forward(latents, inputs.at("timesteps"), text).to(at::kCPU);
        const double seconds = watch.seconds();
        if (!asked.output.empty()) write_safetensors(asked.output, {{"velocity", velocity}});
        fmt::print(
            "{{\"bench\":\"transformer\",\"run\":{},\"tokens\":{},\"layers\":{},"
            "\"precision\":\"{}\",\"residency\":\"{}\",\"threads\":{},\"load_seconds\":{:.3f},"
            "\"text_seconds\":{:.3f},\"seconds\":{:.3f},\"processor_seconds\":{:.3f},\"flops\":{:."
            "4g},"
            "\"flops_per_second\":{:.4g},\"peak_bytes\":{},\"eight_bit_error\":{:.5f}}}\n",
            run,
            tokens,
            config.layers,
            word_of(network.policy()),
            residency == Residency::resident ? "resident" : "streamed",
            asked.threads,
            load,
            prepared,
            seconds,
            processor_seconds() - processor,
            operations,
            operations / std::max(seconds, 1e-3),
            peak_memory_bytes(),
            network.eight_bit_error());
        std::fflush(stdout);
    }
}

void bench_vae(const BenchArguments& asked, at::Device device) {
    Stopwatch watch;
    const WanVae vae(part_folder(asked.model, "vae"),
                     device,
                     asked.precision.value_or(PrecisionPolicy::float32));
    const double load = watch.seconds();
    const std::int64_t side = vae.config().pixels_per_latent();
    const std::int64_t latent_frames = (asked.frames - 1) / vae.config().frames_per_latent() + 1;
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        DecodeState state;
        reset_peak_memory();
        watch.seconds();
        for (std::int64_t frame = 0; frame < latent_frames; ++frame) {
            const at::Tensor latent = at::randn({asked.batch,
                                                 vae.config().latent_channels,
                                                 1,
                                                 asked.height / side,
                                                 asked.width / side});
            vae.decode_next(latent.to(device), state).to(at::kCPU);
        }
        fmt::print(
            "{{\"bench\":\"vae\",\"run\":{},\"latent_frames\":{},\"precision\":\"{}\","
            "\"threads\":{},\"load_seconds\":{:.3f},\"seconds\":{:.3f},"
            "\"peak_bytes\":{}}}\n",
            run,
            latent_frames,
            word_of(vae.policy()),
            asked.threads,
            load,
            watch.seconds(),
            peak_memory_bytes());
        std::fflush(stdout);
    }
}

void bench_text(const BenchArguments& asked, at::Device device) {
    Stopwatch watch;
    const Umt5Encoder encoder(part_folder(asked.model, "text_encoder"), device);
    const double load = watch.seconds();
    std::vector<std::int64_t> ids(static_cast<std::size_t>(text_rows));
    for (std::size_t i = 0; i < ids.size(); ++i) {
        ids[i] = static_cast<std::int64_t>(i) * 37 % encoder.config().vocabulary;
    }
    for (std::int64_t run = 0; run < asked.repeat; ++run) {
        reset_peak_memory();
        watch.seconds();
        encoder.encode(ids).to(at::kCPU);
        fmt::print(
            "{{\"bench\":\"text\",\"run\":{},\"tokens\":{},\"threads\":{},"
            "\"load_seconds\":{:.3f},\"seconds\":{:.3f},\"peak_bytes\":{}}}\n",
            run,
            ids.size(),
            asked.threads,
            load,
            watch.seconds(),
            peak_memory_bytes());
        std::fflush(stdout);
    }
}

}  // namespace

int run_bench(std::span<const std::string> arguments) {
    const BenchArguments asked = parse(arguments);
    const at::Device device = open_device(asked.device);
    at::set_num_threads(asked.threads);
    at::manual_seed(1);
    const c10::InferenceMode inference;
    if (asked.part == "transformer") {
        bench_transformer(asked, device);
        return 0;
    }
    if (!asked.random.empty()) {
        throw Error(ErrorKind::usage, "--random makes transformers; give --model for this part");
    }
    if (asked.part == "vae") {
        bench_vae(asked, device);
    } else if (asked.part == "text") {
        bench_text(asked, device);
    } else {
        throw Error(ErrorKind::usage, fmt::format("{} is unknown\n{}", asked.part, usage));
    }
    return 0;
}

}  // namespace nightreel
