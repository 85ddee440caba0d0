#include "pipeline/model/transformer/blocks.h"

#include <future>
#include <mutex>
#include <utility>

#include <ATen/ATen.h>
#include <fmt/format.h>

namespace nightreel {
namespace {

// Packing a block takes as long as the products of so many tokens gain by it.
constexpr std::int64_t tokens_worth_packing = 4096;

// Weights and activations that come and go in turn leave gaps in the heap: up to 300 MB over a pass
// of a 1.3B model. Giving them back costs fresh pages for the next block, a fiftieth of the time of
// a block with so many tokens. Short passes leave no large gaps.
constexpr std::int64_t tokens_worth_releasing = 1024;
constexpr std::size_t blocks_between_releases = 4;

}  // namespace

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
    const bool is_resident = storage.residency == Residency::resident;
    // Tensors of the device "meta" have shapes and no data: every fault is found, nothing is read.
    const at::Device device = is_resident ? reader.device : at::Device(at::kMeta);
    const LayerReader from{reader.weights, device, reader.type, slots_};
    for (std::size_t i = 0; i < size(); ++i) {
        WanBlock made = block(from, i);
        CrossKeys made_keys = keys(from, i);
        beat(storage_.pulse);
        if (!is_resident) continue;
        resident_.push_back(std::move(made));
        resident_keys_.push_back(std::move(made_keys));
        // What was joined or converted lies in a copy now; views read their pages again.
        release_pages(reader.weights.stored(), places_[i].stored + ".", PageCache::keep);
    }
    is_packed_.resize(resident_.size());
    weights_ = reader.weights;
    cache_ = is_resident ? PageCache::keep : page_cache_for(weights_->stored());
}

WanBlock WanBlocks::block(const LayerReader& reader, std::size_t index) const {
    WanBlock made(reader, places_[index].stored, places_[index].watched, config_);
    const bool has_data = reader.device != at::Device(at::kMeta);
    if (has_data && storage_.eight_bits != EightBits::none) made.to_eight_bits(storage_.eight_bits);
    return made;
}

CrossKeys WanBlocks::keys(const LayerReader& reader, std::size_t index) const {
    return {reader, places_[index].stored, config_};
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

std::vector<CrossKeyValue> WanBlocks::cross_key_values(const at::Tensor& text_bld,
                                                       const at::Tensor& pictures_bpd) const {
    std::vector<CrossKeyValue> all;
    for (std::size_t i = 0; i < size(); ++i) {
        beat(storage_.pulse);
        if (resident_keys_.empty()) {
            streamed(i, CrossKeys::takes, [&](const LayerReader& reader) {
                all.push_back(keys(reader, i).read(text_bld, pictures_bpd));
            });
            continue;
        }
        all.push_back(resident_keys_[i].read(text_bld, pictures_bpd));
        release_pages(weights_->stored(), places_[i].stored + ".", cache_, CrossKeys::takes);
    }
    if (resident_keys_.empty()) release_freed_memory();
    return all;
}

void WanBlocks::each(std::int64_t tokens, const Use& use) const {
    for (std::size_t i = 0; i < size(); ++i) {
        one(i, tokens, use);
        beat(storage_.pulse, static_cast<double>(i + 1) / static_cast<double>(size()));
    }
}

void WanBlocks::one(std::size_t index, std::int64_t tokens, const Use& use) const {
    if (!resident_.empty()) {
        if (tokens >= tokens_worth_packing) pack(index);
        const std::shared_lock lock(*packing_);
        use(index, resident_.at(index));
        return;
    }
    const auto is_used = [](std::string_view name) { return !CrossKeys::takes(name); };
    streamed(index, is_used, [&](const LayerReader& reader) { use(index, block(reader, index)); });
    const bool is_due = index % blocks_between_releases == 0;
    if (is_due && tokens >= tokens_worth_releasing) release_freed_memory();
}

void WanBlocks::pack(std::size_t index) const {
    const std::unique_lock lock(*packing_);
    if (is_packed_.at(index)) return;
    is_packed_[index] = true;
    if (!resident_[index].pack()) return;
    release_pages(weights_->stored(), places_[index].stored + ".", cache_);
}

void WanBlocks::streamed(std::size_t index,
                         const WhichTensors& which,
                         const std::function<void(const LayerReader&)>& use) const {
    const Place& place = places_.at(index);
    Weights weights = *weights_;  // taking notes down what was taken: a copy for each thread
    const StoredPart& stored = weights.stored();
    std::future<void> next;
    if (index + 1 < size()) {
        next = std::async(std::launch::async,
                          [&stored, &which, prefix = places_[index + 1].stored + "."] {
                              read_pages(stored, prefix, which);
                          });
    }
    use({weights, device_, type_, slots_});
    release_pages(stored, place.stored + ".", cache_, which);
    if (next.valid()) next.get();
}

}  // namespace nightreel
