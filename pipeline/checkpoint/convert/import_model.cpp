#include "pipeline/checkpoint/convert/import_model.h"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <map>
#include <system_error>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "pipeline/checkpoint/convert/card_draft.h"
#include "pipeline/checkpoint/convert/decoded_tensor.h"
#include "pipeline/checkpoint/convert/tensor_writer.h"
#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/layout/inspect_model.h"
#include "pipeline/checkpoint/layout/model_dimensions.h"
#include "pipeline/checkpoint/layout/model_family.h"
#include "pipeline/checkpoint/layout/stored_part.h"
#include "pipeline/checkpoint/layout/tokenizer_files.h"
#include "shotspec/base/disk/file_error.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/card/read_model_card.h"

namespace fs = std::filesystem;

namespace nightreel {
namespace {

using nlohmann::json;

// Processes are told apart on their own machine alone: folders that others make are not touched.
std::string staging_prefix(const fs::path& target) {
    return fmt::format(".{}.import-{}-", target.filename().string(), host_name());
}

// What an import that was killed has left, which may be as large as a model.
void sweep_left_over(const fs::path& target) {
    const std::string prefix = staging_prefix(target);
    std::vector<fs::path> left_over;
    for (const auto& entry : fs::directory_iterator(target.parent_path())) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(prefix)) continue;
        pid_t process = 0;
        const char* const end = name.data() + name.size();
        const auto read = std::from_chars(name.data() + prefix.size(), end, process);
        const bool is_number = read.ec == std::errc() && read.ptr == end && process > 0;
        if (is_number && ::kill(process, 0) != 0 && errno == ESRCH) {
            left_over.push_back(entry.path());
        }
    }
    for (const fs::path& folder : left_over) fs::remove_all(folder);
}

void refuse_too_large(const fs::path& target, std::uint64_t bytes) {
    constexpr std::uint64_t mebi = 1U << 20U;
    const std::uint64_t room = fs::space(target.parent_path()).available;
    if (bytes <= room) return;
    throw Error(ErrorKind::unavailable,
                fmt::format("{}: not enough space for {} MiB of weights: {} MiB free on that disk",
                            target.string(),
                            (bytes + mebi - 1) / mebi,
                            room / mebi));
}

// The folder that becomes the model; gone when it did not.
class Staging {
  public:
    explicit Staging(const fs::path& target)
        : target_(target),
          folder_(target.parent_path() / fmt::format("{}{}", staging_prefix(target), ::getpid())) {
        fs::create_directories(target.parent_path());
        sweep_left_over(target);
        fs::create_directory(folder_);
    }

    ~Staging() {
        std::error_code ignored;  // what is left over is hidden, and swept by the next import
        fs::remove_all(folder_, ignored);
    }

    Staging(const Staging&) = delete;
    Staging& operator=(const Staging&) = delete;

    const fs::path& folder() const { return folder_; }

    void add_text(const std::string& path, const std::string& text) {
        fs::create_directories((folder_ / path).parent_path());
        write_file_atomically(folder_ / path, text);
        digests_[path] = digest_of(text);
    }

    void add_copy(const std::string& path, const fs::path& source) {
        fs::create_directories((folder_ / path).parent_path());
        copy_whole_file(source, folder_ / path);
        digests_[path] = digest_of_file(folder_ / path);
    }

    void add_weights(const std::string& path, const StoredPart& part) {
        fs::create_directories((folder_ / path).parent_path());
        digests_[path] = write_part(part, folder_ / path);
    }

    const std::map<std::string, Digest>& digests() const { return digests_; }

    void publish() {
        for (const auto& entry : fs::directory_iterator(folder_)) {
            if (entry.is_directory()) sync_directory(entry.path());
        }
        sync_directory(folder_);
        // rename() would put an empty folder of that name aside without a word.
        if (fs::exists(target_)) refuse_existing(target_);
        std::error_code fault;
        fs::rename(folder_, target_, fault);
        if (fault) {
            throw local_file_error(target_, "cannot be published", fault);
        }
        sync_directory(target_.parent_path());
    }

    [[noreturn]] static void refuse_existing(const fs::path& target) {
        throw Error(ErrorKind::bad_input,
                    target.string() + ": already exists; choose another name, or remove it first");
    }

  private:
    fs::path target_;
    fs::path folder_;
    std::map<std::string, Digest> digests_;
};

std::string text_of(const json& document) {
    return document.dump(2) + "\n";
}

std::string stem_of(const InspectedPart& part) {
    const bool is_encoder = part.name == "text_encoder" || part.name == "image_encoder";
    return is_encoder ? "model" : "diffusion_pytorch_model";
}

void add_network(Staging& staging, const InspectedPart& part) {
    const std::string stem = stem_of(part);
    const StoredPart stored(part.place, stem);
    staging.add_text(part.name + "/config.json", text_of(part_config_of(part.place)));
    staging.add_weights(fmt::format("{}/{}.safetensors", part.name, stem), stored);
}

void add_files(Staging& staging, const InspectedPart& part) {
    if (!fs::is_directory(part.location)) {
        for (const auto& [name, text] : tokenizer_files_in(StoredPart(part.place, "model"))) {
            staging.add_text(part.name + "/" + name, text);
        }
        return;
    }
    for (const auto& entry : fs::directory_iterator(part.location)) {
        const std::string name = entry.path().filename().string();
        if (is_companion_file(name)) continue;
        if (const std::string absence = absence_of(entry.path());
            !absence.empty() && !entry.exists()) {
            throw Error(ErrorKind::bad_input, absence);
        }
        if (is_unfinished_download(name)) {
            throw Error(
                ErrorKind::bad_input,
                entry.path().string() + ": an unfinished download; finish it, or remove it");
        }
        if (entry.is_regular_file()) staging.add_copy(part.name + "/" + name, entry.path());
    }
}

// What the original repositories have in their programs and diffusers in files.
json scheduler_config(const FamilyDefaults& family) {
    return {{"_class_name", "UniPCMultistepScheduler"},
            {"flow_shift", family.shift},
            {"num_train_timesteps", 1000},
            {"prediction_type", "flow_prediction"},
            {"predict_x0", true},
            {"solver_order", 2},
            {"solver_type", "bh2"},
            {"lower_order_final", true},
            {"disable_corrector", json::array()},
            {"final_sigmas_type", "zero"},
            {"use_flow_sigmas", true}};
}

json picture_config(JsonConfig image_encoder) {
    constexpr std::int64_t side_max = 4096;
    const std::int64_t size = image_encoder.integer("image_size", 1, side_max);
    return {{"image_processor_type", "CLIPImageProcessor"},
            {"do_resize", true},
            {"size", {{"shortest_edge", size}}},
            {"resample", 3},
            {"do_center_crop", true},
            {"crop_size", {{"height", size}, {"width", size}}},
            {"do_rescale", true},
            {"rescale_factor", 1.0 / 255},
            {"do_normalize", true},
            {"do_convert_rgb", true},
            {"image_mean", {0.48145466, 0.4578275, 0.40821073}},
            {"image_std", {0.26862954, 0.26130258, 0.27577711}}};
}

JsonConfig config_of(const ModelFolder& folder, const std::string& part) {
    const PartPlace place = folder.place_of(part);
    return {part_config_of(place), place.path / "config.json"};
}

void add_what_original_models_lack(Staging& staging,
                                   ModelFolder& folder,
                                   const FamilyDefaults& family) {
    if (!folder.has("scheduler")) {
        folder.parts["scheduler"] = {"diffusers", "UniPCMultistepScheduler"};
        staging.add_text("scheduler/scheduler_config.json", text_of(scheduler_config(family)));
    }
    if (folder.has("image_encoder") && !folder.has("image_processor")) {
        folder.parts["image_processor"] = {"transformers", "CLIPImageProcessor"};
        staging.add_text("image_processor/preprocessor_config.json",
                         text_of(picture_config(config_of(folder, "image_encoder"))));
    }
}

json model_index(const ModelFolder& folder) {
    json index = folder.options;
    index["_class_name"] = folder.pipeline_class;
    for (const auto& [name, part] : folder.parts) index[name] = {part.library, part.class_name};
    return index;
}

// "tokenizer (--tokenizer FOLDER)"
std::string option_for(const std::string& part) {
    if (part == "transformer_2") return "transformer_2 (--low-noise FILE)";
    if (part == "image_encoder") return "image_encoder (--clip-vision FILE)";
    if (part == "tokenizer") return "tokenizer (--tokenizer FOLDER)";
    if (part == "text_encoder") return "text_encoder (--text-encoder FILE)";
    return fmt::format("{0} (--{0} FILE)", part);
}

void refuse_incomplete(const InspectedModel& model) {
    for (const InspectedPart& part : model.parts) {
        if (!part.fault.empty()) throw Error(ErrorKind::bad_input, part.fault);
    }
    if (model.missing.empty()) return;
    std::vector<std::string> missing;
    for (const std::string& part : model.missing) missing.push_back(option_for(part));
    const std::string family =
        model.family.empty() ? std::string() : fmt::format(" of the family {}", model.family);
    const std::string unread = model.unread.empty()
                                   ? std::string()
                                   : fmt::format("; not read: {}", fmt::join(model.unread, "; "));
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: missing parts for a model{}; name them with the option: {}{}",
                            model.path.string(),
                            family,
                            fmt::join(missing, ", "),
                            unread));
}

ImportedModel make_model(const ImportOrder& order, const fs::path& target) {
    if (fs::exists(target)) Staging::refuse_existing(target);
    ModelFolder folder = find_model_parts(order.source, order.given);
    const InspectedModel model = inspect_model(folder);
    refuse_incomplete(model);
    const json transformer = part_config_of(folder.place_of("transformer"));
    const FamilyDefaults& family = family_of(folder, transformer);
    std::uint64_t weight_bytes = 0;
    for (const InspectedPart& part : model.parts) {
        if (part.tensors > 0) weight_bytes += written_bytes(StoredPart(part.place, stem_of(part)));
    }
    Staging staging(target);
    // Last, since a folder that takes nothing has no room either.
    refuse_too_large(target, weight_bytes);
    for (const InspectedPart& part : model.parts) {
        if (part.tensors > 0) {
            add_network(staging, part);
        } else {
            add_files(staging, part);
        }
    }
    add_what_original_models_lack(staging, folder, family);
    staging.add_text("model_index.json", text_of(model_index(folder)));
    const ModelLatents latents = latents_of(folder);
    const std::string name = target.filename().string();
    write_file_atomically(staging.folder() / model_card_file,
                          card_draft({name,
                                      order.licence,
                                      order.training_data,
                                      family,
                                      step_cache_of(family, transformer),
                                      frames_per_block_of(transformer),
                                      latents,
                                      // Of what was written: coded weights have grown.
                                      model_dimensions(open_model_index(staging.folder())),
                                      staging.digests()}));
    // A card that the planner would refuse must not be published.
    Complaints complaints;
    (void)read_model_card(InstalledModel{name, staging.folder()}, complaints);
    if (complaints.has_errors()) {
        throw Error(ErrorKind::bad_input, nightreel::text_of(complaints.sorted()));
    }
    ImportedModel imported;
    for (const InspectedPart& part : model.parts) {
        if (!part.left_out.empty()) imported.left_out[part.name] = part.left_out;
    }
    if (order.verify) imported.not_verified = order.verify(staging.folder());
    staging.publish();
    return imported;
}

}  // namespace

ImportedModel import_model(const ImportOrder& order) {
    fs::path target = fs::absolute(order.target).lexically_normal();
    if (!target.has_filename()) target = target.parent_path();  // written with a slash at its end
    try {
        return make_model(order, target);
    } catch (const fs::filesystem_error& error) {
        throw local_file_error(error);
    }
}

}  // namespace nightreel
