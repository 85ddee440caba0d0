// The same weights in several layouts: each must give the same values, to the bit, as the one that
// diffusers writes. A layout that has no configuration of the engine's kind is given the case's.

#include <filesystem>
#include <string>
#include <vector>

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/model/vae/vae.h"
#include "pipeline/parity/parity_cases.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

// A part put together from files that lie elsewhere, and a configuration; gone afterwards.
class AssembledPart {
  public:
    AssembledPart(const fs::path& weights, const nlohmann::json& config)
        : folder_(fs::temp_directory_path() / fmt::format("nightreel_layout_{}", ::getpid())) {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        write_file_atomically(folder_ / "config.json", config.dump());
        if (fs::is_regular_file(weights)) {
            const std::string name = "diffusion_pytorch_model" + weights.extension().string();
            fs::create_symlink(fs::absolute(weights), folder_ / name);
            return;
        }
        for (const auto& entry : fs::directory_iterator(weights)) {
            fs::create_symlink(fs::absolute(entry.path()), folder_ / entry.path().filename());
        }
    }

    ~AssembledPart() { fs::remove_all(folder_); }

    AssembledPart(const AssembledPart&) = delete;
    AssembledPart& operator=(const AssembledPart&) = delete;

    const fs::path& folder() const { return folder_; }

  private:
    fs::path folder_;
};

NamedTensors run_vae(const ParityCase& parity_case) {
    const WanVae vae(parity_case.weights_folder(), parity_case.device, PrecisionPolicy::float32);
    const NamedTensors inputs = parity_case.inputs();
    DecodeState state;
    std::vector<at::Tensor> frames;
    for (const at::Tensor& one : input_of(parity_case, inputs, "latent").split(1, 2)) {
        frames.push_back(vae.decode_next(one, state));
    }
    const at::Tensor decoded = at::cat(frames, 2);
    return {{"decoded", decoded}, {"moments", vae.moments(decoded)}};
}

NamedTensors run_layout(const ParityCase& parity_case, const fs::path& part) {
    ParityCase one = parity_case;
    one.config.erase("weights");
    one.config["model"] = fs::absolute(part).string();
    const bool is_transformer = parity_case.config.contains("class");
    return is_transformer ? compute_transformer_case(one) : run_vae(one);
}

// "transformer (two shards and an index)": the path is the first word.
fs::path path_of(const ParityCase& parity_case, const nlohmann::json& stored) {
    const auto text = stored.get<std::string>();
    return parity_case.folder / text.substr(0, text.find(' '));
}

}  // namespace

NamedTensors compute_layout_case(const ParityCase& parity_case) {
    const nlohmann::json& stored = parity_case.config.at("stored");
    const NamedTensors first =
        run_layout(parity_case, path_of(parity_case, stored.at("diffusers")));
    for (const auto& [layout, place] : stored.items()) {
        if (layout == "diffusers") continue;
        const fs::path weights = path_of(parity_case, place);
        const AssembledPart part(weights, parity_case.config.at("model_config"));
        const NamedTensors computed =
            in_context(weights.string(), [&] { return run_layout(parity_case, part.folder()); });
        for (const auto& [name, tensor] : computed) {
            if (at::equal(tensor, first.at(name))) continue;
            throw Error(
                ErrorKind::internal,
                fmt::format("{}: {}: the layout {} gives values that differ from diffusers'",
                            parity_case.name,
                            name,
                            layout));
        }
    }
    return first;
}

}  // namespace nightreel
