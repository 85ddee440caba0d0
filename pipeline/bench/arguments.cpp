#include "pipeline/bench/arguments.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "pipeline/bench/random.h"
#include "shotspec/base/error.h"
#include "shotspec/describe/text_form.h"

namespace nightreel {
namespace {

using Asked = BenchArguments;

[[noreturn]] void refuse(std::string_view option, std::string_view text, std::string_view wanted) {
    throw Error(ErrorKind::usage, fmt::format("{} {}: expected {}", option, text, wanted));
}

std::int64_t number_in(std::string_view option, std::string_view text) {
    constexpr std::int64_t most = 1 << 20;
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > most) {
        refuse(option, text, fmt::format("a number from 1 to {}", most));
    }
    return number;
}

template <auto Member>
void take_number(Asked& asked, std::string_view option, const std::string& text) {
    asked.*Member =
        static_cast<std::remove_reference_t<decltype(asked.*Member)>>(number_in(option, text));
}

template <auto Member>
void take_text(Asked& asked, std::string_view, const std::string& text) {
    asked.*Member = text;
}

void take_size(Asked& asked, std::string_view option, const std::string& text) {
    const auto size = TextForm<PictureSize>::read(text);
    if (!size) refuse(option, text, TextForm<PictureSize>::accepted);
    asked.width = size->width;
    asked.height = size->height;
}

void take_memory(Asked& asked, std::string_view option, const std::string& text) {
    const auto memory = TextForm<ByteCount>::read(text);
    if (!memory) refuse(option, text, TextForm<ByteCount>::accepted);
    asked.memory_bytes = memory->bytes;
}

void take_precision(Asked& asked, std::string_view, const std::string& text) {
    asked.precision = precision_policy_named(text);
}

void take_encode(Asked& asked, std::string_view, const std::string&) {
    asked.encode = true;
}

struct Option {
    std::string_view name;
    std::string_view value;  // empty: takes none
    std::string_view meaning;
    void (*take)(Asked& asked, std::string_view option, const std::string& text);
};

constexpr auto options = std::to_array<Option>(
    {{"--model", "DIR", "measure this model, or this folder of the part", take_text<&Asked::model>},
     {"--random", "NAME", "seeded random weights of this model's size", take_text<&Asked::random>},
     {"--scratch", "DIR", "folder for these weights; they are kept", take_text<&Asked::scratch>},
     {"--layers",
      "N",
      "layers of a random transformer or text encoder",
      take_number<&Asked::layers>},
     {"--size", "WxH", "picture size in pixels", take_size},
     {"--frames", "N", "clip length in frames", take_number<&Asked::frames>},
     {"--batch", "N", "clips or prompts per batch", take_number<&Asked::batch>},
     {"--encode", "", "vae: encode pictures instead of decoding latents", take_encode},
     {"--inputs",
      "FILE",
      "transformer: file with latents, timesteps and text",
      take_text<&Asked::inputs>},
     {"--output", "FILE", "transformer: file for the velocity", take_text<&Asked::output>},
     {"--precision",
      "NAME",
      "numeric precision; default: chosen for model and hardware",
      take_precision},
     {"--device", "D", "auto, cpu, cuda:N", take_text<&Asked::device>},
     {"--threads", "N", "CPU threads", take_number<&Asked::threads>},
     {"--repeat", "N", "number of runs; prints one line per run", take_number<&Asked::repeat>},
     {"--memory", "BYTES", "memory limit; weights that do not fit are streamed", take_memory}});

[[noreturn]] void refuse_usage(const std::string& why) {
    throw Error(ErrorKind::usage, fmt::format("{}\n{}", why, bench_usage()));
}

}  // namespace

std::string bench_usage() {
    std::string text = fmt::format(
        "usage: nightreel-bench PART --model DIR | --random NAME [OPTION...]\n"
        "parts, and the names of their random models:\n"
        "  transformer  {}\n  vae          {}\n  text         {}\n"
        "  approximations  quality of each approximation; its own options: approximations --help\n"
        "options:\n",
        random_transformer_names(),
        random_autoencoder_names(),
        random_text_encoder_names());
    for (const Option& option : options) {
        const std::string call =
            fmt::format("{}{}{}", option.name, option.value.empty() ? "" : " ", option.value);
        text += fmt::format("  {:<18}{}\n", call, option.meaning);
    }
    text.pop_back();
    return text;
}

BenchArguments read_bench_arguments(std::span<const std::string> arguments) {
    if (arguments.empty()) throw Error(ErrorKind::usage, bench_usage());
    BenchArguments asked;
    asked.part = arguments[0];
    for (std::size_t at = 1; at < arguments.size(); ++at) {
        const auto* const option =
            std::ranges::find(options, std::string_view(arguments[at]), &Option::name);
        if (option == options.end()) refuse_usage(arguments[at] + ": unknown option");
        const bool takes_value = !option->value.empty();
        if (takes_value && ++at == arguments.size()) {
            refuse_usage(fmt::format("{} {}: missing value", option->name, option->value));
        }
        option->take(asked, option->name, takes_value ? arguments[at] : "");
    }
    if (asked.model.empty() == asked.random.empty())
        refuse_usage("expected either --model or --random");
    return asked;
}

}  // namespace nightreel
