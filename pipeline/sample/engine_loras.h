#pragma once
// The LoRAs of the network that an engine has open, exchanged from segment to segment. Files are
// named by their bytes: verified once, then kept mapped for the next segment that wants them. One
// thread.

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "pipeline/model/transformer/transformer.h"
#include "shotspec/base/pulse.h"
#include "shotspec/night/lora_settings.h"

namespace nightreel {

// Mapped files kept for later segments; the one that was used least recently makes room.
inline constexpr std::size_t lora_files_kept_max = 2 * loras_max;

class EngineLoras {
  public:
    // The pulse beats while a file is hashed.
    explicit EngineLoras(Pulse pulse = {}) : pulse_(std::move(pulse)) {}

    // Into the transformer of an expert, unless they are in it already. Error{unavailable} when a
    // file is not there, Error{bad_input} when it is not the one that was planned with, or does not
    // fit the model; the transformer is the bare base then, or has what it had.
    void put(WanTransformer& transformer, std::size_t expert, std::span<const SegmentLora> loras);

    // The transformer that is put to next is another one, without any.
    void forget() { in_place_.clear(); }

    // What they take in the transformer of an expert, with so many bytes a number.
    std::int64_t bytes(std::size_t expert,
                       std::span<const SegmentLora> loras,
                       std::int64_t item_bytes);

  private:
    struct Kept {
        Digest digest;
        std::shared_ptr<const LoraFile> file;  // shared with whoever puts it to a network
    };

    struct Placed {
        Digest digest;
        double strength = 0;

        friend bool operator==(const Placed&, const Placed&) = default;
    };

    const std::shared_ptr<const LoraFile>& file_of(const SegmentLora& lora);

    Pulse pulse_;
    std::list<Kept> files_;  // most recently used first
    std::vector<Placed> in_place_;
};

}  // namespace nightreel
