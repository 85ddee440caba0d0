#include "pipeline/model/wan_blocks.h"

#include <future>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {

WanBlocks::WanBlocks(const LayerReader& reader,
                     const WanBlockNames& names,
                     std::int64_t count,
                     const WanConfig& config,
                     Residency residency)
    : device_(reader.device), type_(reader.type), slots_(reader.slots), config_(config) {
    for (std::int64_t i = 0; i < count; ++i) {
        places_.push_back(
            {fmt::format("{}.{}", names.stored, i), fmt::format("{}{}.", names.watched, i)});
    }
    if (residency == Residency::resident) {
        for (const Place& place : places_) {
            resident_.emplace_back(reader, place.stored, place.watched, config);
            // What was joined or converted lies in a copy now; views read their pages again.
            release_pages(reader.weights.stored(), place.stored + ".", PageCache::keep);
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
    use(index, WanBlock(reader, place.stored, place.watched, config_));
    release_pages(stored, place.stored + ".", cache_);
    if (next.valid()) next.get();
}

}  // namespace nightreel
