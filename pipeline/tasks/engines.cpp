#include "pipeline/tasks/engines.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "pipeline/sample/engine.h"
#include "shotspec/base/digest.h"
#include "shotspec/base/error.h"
#include "shotspec/card/read_model_card.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

bool has_card(const fs::path& folder) {
    std::error_code error;
    return fs::is_regular_file(folder / model_card_file, error);
}

// The first place that holds this very model; another model of the same name is passed over.
ModelCard find_card(const EngineRequest& request) {
    std::vector<fs::path> places;
    for (const std::string& root : request.model_roots) {
        places.push_back(fs::path(root) / request.model.name);
    }
    const fs::path named = request.model.folder;
    if (std::find(places.begin(), places.end(), named) == places.end()) places.push_back(named);
    std::string looked_in;
    bool other_found = false;
    for (const fs::path& place : places) {
        looked_in += (looked_in.empty() ? "" : ", ") + place.string();
        if (!has_card(place)) continue;
        ModelCard card = read_model_card(place);
        if (card.digest == request.model.digest) return card;
        other_found = true;
    }
    if (other_found) {
        throw Error(ErrorKind::bad_input,
                    fmt::format("model {}: the model card has changed since the night was planned "
                                "(expected {}; searched in {}): submit the night again",
                                request.model.name,
                                request.model.digest.short_hex(),
                                looked_in));
    }
    throw Error(
        ErrorKind::unavailable,
        fmt::format("model {}: not found in {}; install it there", request.model.name, looked_in));
}

bool holds_weights(const ModelFile& file) {
    return file.path.ends_with(".safetensors");
}

template <class Wanted>
void verify_files(const ModelCard& card,
                  FileDigests& digests,
                  const Pulse& pulse,
                  const Wanted& wanted) {
    for (const ModelFile& file : card.files) {
        if (!wanted(file)) continue;
        const fs::path path = fs::path(card.folder) / file.path;
        const Digest found = digests.of(path, pulse);
        if (found == file.digest) continue;
        throw Error(
            ErrorKind::bad_input,
            fmt::format("{}: digest is {}, but the model card says {}: install the model again",
                        path.string(),
                        found.short_hex(),
                        file.digest.short_hex()));
    }
}

}  // namespace

struct Engines::Warm {
    Digest model;
    std::string device;
    std::int32_t threads;
    std::optional<PrecisionPolicy> precision;
    std::int64_t memory_bytes;
    bool lean;
    ModelCard card;
    Engine engine;

    Warm(const EngineRequest& request, ModelCard card_of_model, Engines& engines)
        : model(request.model.digest),
          device(request.device),
          threads(request.threads),
          precision(request.precision),
          memory_bytes(request.memory_bytes),
          lean(request.lean),
          card(std::move(card_of_model)),
          engine(
              {.model = card.folder,
               .device = request.device,
               .threads = request.threads,
               .precision = request.precision,
               .prompt_tokens_max = card.prompt_tokens_max,
               .memory_bytes = request.memory_bytes,
               .lean = request.lean,
               .before_part = [this, &engines](
                                  const std::string& part) { engines.verify_weights(card, part); },
               .pulse = [&engines](double share) { beat(engines.pulse_, share); }}) {}

    bool serves(const EngineRequest& request) const {
        return std::tie(model, device, threads, precision, memory_bytes, lean) ==
               std::tie(request.model.digest,
                        request.device,
                        request.threads,
                        request.precision,
                        request.memory_bytes,
                        request.lean);
    }
};

Engines::Engines(const fs::path& digest_memory) : digests_(digest_memory, clock_) {}

Engines::~Engines() = default;

void Engines::forget_listeners() {
    pulse_ = nullptr;
    note_ = nullptr;
}

void Engines::verify_weights(const ModelCard& card, const std::string& part) {
    if (note_) note_(fmt::format("verifying and reading the weights of {}", part));
    verify_files(card, digests_, pulse_, [&](const ModelFile& file) {
        return holds_weights(file) && file.path.starts_with(part + "/");
    });
}

Engine& Engines::of(const EngineRequest& request) {
    pulse_ = request.pulse;
    note_ = request.note;
    const bool is_alone = request.memory_bytes > 0 || request.lean;
    const auto serving =
        std::ranges::find_if(warm_, [&](const Warm& warm) { return warm.serves(request); });
    for (auto warm = warm_.begin(); is_alone && warm != warm_.end(); ++warm) {
        if (warm != serving) warm->engine.close();
    }
    if (serving != warm_.end()) {
        warm_.splice(warm_.begin(), warm_, serving);
        return warm_.front().engine;
    }
    ModelCard card = find_card(request);
    verify_files(
        card, digests_, pulse_, [](const ModelFile& file) { return !holds_weights(file); });
    // Room is made before the next one is opened, not after.
    while (warm_.size() >= engines_warm_max) warm_.pop_back();
    if (note_) note_(fmt::format("opening {}", card.folder));
    warm_.emplace_front(request, std::move(card), *this);
    return warm_.front().engine;
}

}  // namespace nightreel
