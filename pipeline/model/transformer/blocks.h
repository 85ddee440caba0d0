#pragma once
// The blocks of a Wan transformer in their order: all in memory, or each made just before its use
// from mapped weights while a second thread reads the next one's pages. Read-only after loading;
// any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "pipeline/model/tensor/residency.h"
#include "pipeline/model/transformer/block.h"
#include "pipeline/model/transformer/config.h"
#include "shotspec/base/pulse.h"

namespace nightreel {

// "blocks" in the weights, "block" before what a block shows.
struct WanBlockNames {
    std::string stored;
    std::string watched;
};

struct BlockStorage {
    Residency residency = Residency::resident;
    EightBits eight_bits = EightBits::none;  // what products of tokens are in
    Pulse pulse = {};                        // after each block that is made or used
};

class WanBlocks {
  public:
    // A block is valid during its call only.
    using Use = std::function<void(std::size_t, const WanBlock&)>;

    WanBlocks() = default;
    // The first `count` blocks of these names. Faults of their tensors are found here, even when
    // the blocks are not made yet; the data is not read then.
    WanBlocks(const LayerReader& reader,
              const WanBlockNames& names,
              std::int64_t count,
              const WanConfig& config,
              const BlockStorage& storage);

    std::size_t size() const { return places_.size(); }

    // Of embedded text and pictures, for each block. The weights that are read for it leave memory
    // again: no step needs them.
    std::vector<CrossKeyValue> cross_key_values(const at::Tensor& text_bld,
                                                const at::Tensor& pictures_bpd) const;
    // In order; `tokens` is how many of them a block will be given. A pass that is long enough to
    // pay for it packs the weights of resident blocks, for itself and those that come.
    void each(std::int64_t tokens, const Use& use) const;
    void one(std::size_t index, std::int64_t tokens, const Use& use) const;

    EightBitMatrix::Error eight_bit_error() const;  // of those that are resident

  private:
    WanBlock block(const LayerReader& reader, std::size_t index) const;
    CrossKeys keys(const LayerReader& reader, std::size_t index) const;
    void pack(std::size_t index) const;
    // While something is made of one block's weights, those of the next one are read.
    void streamed(std::size_t index,
                  const WhichTensors& which,
                  const std::function<void(const LayerReader&)>& use) const;

    struct Place {
        std::string stored;   // "blocks.3"
        std::string watched;  // "block3."
    };

    std::vector<Place> places_;
    mutable std::vector<WanBlock> resident_;  // of all, or none
    mutable std::vector<bool> is_packed_;
    // Shared by those who use resident blocks, held alone by who packs one.
    std::unique_ptr<std::shared_mutex> packing_ = std::make_unique<std::shared_mutex>();
    std::vector<CrossKeys> resident_keys_;
    std::optional<Weights> weights_;
    at::Device device_ = at::Device(at::kCPU);
    at::ScalarType type_ = at::kFloat;
    LoraSlots* slots_ = nullptr;
    BlockStorage storage_;
    WanConfig config_;
    PageCache cache_ = PageCache::keep;
};

}  // namespace nightreel
