#pragma once
// The blocks of a Wan transformer in their order: all in memory, or each made just before its use
// from mapped weights while a second thread reads the next one's pages. Read-only after loading;
// any thread.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/model/residency.h"
#include "pipeline/model/wan_block.h"
#include "pipeline/model/wan_config.h"

namespace nightreel {

// "blocks" in the weights, "block" before what a block shows.
struct WanBlockNames {
    std::string stored;
    std::string watched;
};

struct BlockStorage {
    Residency residency = Residency::resident;
    EightBits eight_bits = EightBits::none;  // what products of tokens are in
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

    void each(const Use& use) const;  // in order
    void one(std::size_t index, const Use& use) const;

    EightBitMatrix::Error eight_bit_error() const;  // of those that are resident

  private:
    WanBlock read(const LayerReader& reader, std::size_t index) const;

    struct Place {
        std::string stored;   // "blocks.3"
        std::string watched;  // "block3."
    };

    std::vector<Place> places_;
    std::vector<WanBlock> resident_;  // of all, or none
    std::optional<Weights> weights_;  // to make blocks from, when they are streamed
    at::Device device_ = at::Device(at::kCPU);
    at::ScalarType type_ = at::kFloat;
    LoraSlots* slots_ = nullptr;
    BlockStorage storage_;
    WanConfig config_;
    PageCache cache_ = PageCache::keep;
};

}  // namespace nightreel
