#pragma once
// What stays warm between tasks: opened models, verified against their cards: small files when a
// model is opened, weights before a part of it is read first. Owned by the process that runs tasks;
// one thread.

#include <filesystem>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/checkpoint/format/file_digests.h"
#include "pipeline/plan/task_order.h"
#include "shotspec/base/clock.h"
#include "shotspec/base/pulse.h"
#include "shotspec/card/model_card.h"
#include "shotspec/card/precision_policy.h"

namespace nightreel {

class Engine;

// Models kept in memory; the one that was used least recently makes room.
inline constexpr std::size_t engines_warm_max = 2;

struct EngineRequest {
    ModelReference model;
    std::vector<std::string> model_roots;  // looked in before the folder that the order names
    std::string device;
    std::int32_t threads = 1;
    std::optional<PrecisionPolicy> precision = {};  // as EngineOptions has it
    std::int64_t memory_bytes = 0;                  // as EngineOptions has it
    bool lean = false;                              // as EngineOptions has it
    // Called until the next request, or until they are forgotten: while files are hashed, weights
    // are read and networks run; and with lines for the log.
    Pulse pulse = {};
    std::function<void(std::string_view line)> note = {};
};

class Engines {
  public:
    // `digest_memory`: where digests of files outlive this; see FileDigests.
    explicit Engines(const std::filesystem::path& digest_memory = {});
    ~Engines();
    Engines(const Engines&) = delete;
    Engines& operator=(const Engines&) = delete;

    // The engine of a model on a device, opened if need be: the card must be the one that the order
    // names, and every file that is read must have the digest that the card gives it. Valid until
    // the next call. A limit of memory is one for all: with one, or when lean, only this engine's
    // networks stay open.
    Engine& of(const EngineRequest& request);

    // Whoever asked last is gone.
    void forget_listeners();

  private:
    struct Warm;

    void verify_weights(const ModelCard& card, const std::string& part);

    SystemClock clock_;
    FileDigests digests_;
    Pulse pulse_;
    std::function<void(std::string_view line)> note_;
    std::list<Warm> warm_;  // most recently used first
};

}  // namespace nightreel
