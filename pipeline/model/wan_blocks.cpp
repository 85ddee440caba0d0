#include "pipeline/model/wan_blocks.h"

#include <future>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {

WanBlocks::WanBlocks(const LayerReader& reader,
                     const WanBlockNames& names,
                     std::int64_t count,
                     const WanConfig& config,
                     const BlockStorage& storage)
    : device_(reader.device),
      type_(reader.type),
      slots_(reader.slots),
      storage_(storage),
      config_(config) {
    for (std::int64_t i = 0; i < count; ++i) {
        places_.push_back(
            {fmt::format("{}.{}", names.stored, i), fmt::format("{}{}.", names.watched, i)});
    }
    if (storage.residency == Residency::resident) {
        for (std::size_t i = 0; i < size(); ++i) {
            resident_.push_back(read(reader, i));
            // What was joined or converted lies in a copy now; views read their pages again.
            release_pages(reader.weights.stored(), places_[i].stored + ".", PageCache::keep);
        }
        return;
    }
    // Tensors of the device "meta" have shapes and no data: every fault is found, nothing is read.
    const LayerReader shapes{reader.weights, at::Device(at::kMeta), reader.type, slots_};
    for (const Place& place : places_) {
        (void)WanBlock(shapes, place.stored, place.watched, config);
    }
    weights_ = reader.weights;
    cache_ = page_cache_for(weights_->stored());
}

WanBlock WanBlocks::read(const LayerReader& reader, std::size_t index) const {
    WanBlock block(reader, places_[index].stored, places_[index].watched, config_);
    if (storage_.eight_bits != EightBits::none) block.to_eight_bits(storage_.eight_bits);
    return block;
}

EightBitMatrix::Error WanBlocks::eight_bit_error() const {
    EightBitMatrix::Error sum;
    for (const WanBlock& block : resident_) {
        const EightBitMatrix::Error error = block.eight_bit_error();
        sum.squares += error.squares;
        sum.lost_squares += error.lost_squares;
    }
    return sum;
}

void WanBlocks::each(const Use& use) const {
    for (std::size_t i = 0; i < size(); ++i) one(i, use);
}

void WanBlocks::one(std::size_t index, const Use& use) const {
    if (!weights_) {
        use(index, resident_.at(index));
        return;
    }
    const Place& place = places_.at(index);
    Weights weights = *weights_;  // taking notes down what was taken: a copy for each thread
    const StoredPart& stored = weights.stored();
    std::future<void> next;
    if (index + 1 < size()) {
        next = std::async(std::launch::async, [&stored, prefix = places_[index + 1].stored + "."] {
            read_pages(stored, prefix);
        });
    }
    const LayerReader reader{weights, device_, type_, slots_};
    use(index, read(reader, index));
    release_pages(stored, place.stored + ".", cache_);
    if (next.valid()) next.get();
}

}  // namespace nightreel
