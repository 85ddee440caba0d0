#include "pipeline/sample/windows/window_exchange.h"

#include <algorithm>
#include <string>

#include <ATen/ATen.h>
#include <fmt/format.h>

#include "shotspec/base/error.h"

namespace nightreel {

namespace {

constexpr std::int64_t frame_axis = 2;
constexpr const char* counts_name = "counts";

[[noreturn]] void refuse_states(const std::string& why) {
    throw Error(ErrorKind::corrupt, "states of windows: " + why);
}

at::Tensor weights_of(const LatentWindow& window) {
    return at::tensor(at::ArrayRef<float>(window.weights));
}

void refuse_other_steps(const std::vector<WindowPart>& parts) {
    if (parts.empty()) refuse_states("there is none");
    for (const WindowPart& part : parts) {
        const auto counts = part.state.find(counts_name);
        const NamedTensors& first = parts.front().state;
        const bool is_alike = counts != part.state.end() && part.state.size() == first.size() &&
                              at::equal(counts->second, first.at(counts_name));
        if (!is_alike) refuse_states("they stand at different steps");
    }
}

// One of the tensors, averaged over the frames of `shown`, those in front included.
class Average {
  public:
    Average(const at::Tensor& like, std::int64_t frames, std::int64_t front) : front_(front) {
        std::vector<std::int64_t> shape = like.sizes().vec();
        shape.at(frame_axis) = frames;
        sum_ = at::zeros(shape, at::kFloat);
        weights_ = at::zeros({frames}, at::kFloat);
    }

    void add_front(const at::Tensor& part) {
        if (front_ == 0) return;
        sum_.narrow(frame_axis, 0, front_).add_(part.narrow(frame_axis, 0, front_));
        weights_.narrow(0, 0, front_).add_(1);
    }

    // The frames that both show, weighted as the one that made them has it.
    void add(const at::Tensor& part, const LatentWindow& made, const LatentWindow& shown) {
        const std::int64_t first = std::max(made.first, shown.first);
        const std::int64_t count = std::min(made.end(), shown.end()) - first;
        if (count < 1) return;
        const at::Tensor weights = weights_of(made).narrow(0, first - made.first, count);
        const at::Tensor frames = part.narrow(frame_axis, front_ + first - made.first, count);
        const std::int64_t at = front_ + first - shown.first;
        sum_.narrow(frame_axis, at, count).add_(frames * weights.view({1, 1, -1, 1, 1}));
        weights_.narrow(0, at, count).add_(weights);
    }

    at::Tensor finish() const {
        if (weights_.le(0).any().item<bool>()) refuse_states("a latent frame is in none of them");
        return sum_ / weights_.view({1, 1, -1, 1, 1});
    }

  private:
    std::int64_t front_;
    at::Tensor sum_;
    at::Tensor weights_;
};

}  // namespace

NamedTensors averaged(const std::vector<LatentWindow>& windows,
                      const std::vector<WindowPart>& parts,
                      const LatentWindow& shown,
                      std::int64_t front) {
    refuse_other_steps(parts);
    NamedTensors all;
    for (const auto& [name, like] : parts.front().state) {
        if (name == counts_name) {
            all[name] = like;
            continue;
        }
        Average average(like, front + shown.count, front);
        for (const WindowPart& part : parts) {
            const LatentWindow& made = windows.at(part.window);
            const auto tensor = part.state.find(name);
            if (tensor == part.state.end() || tensor->second.dim() != 5 ||
                tensor->second.size(frame_axis) != front + made.count) {
                refuse_states(fmt::format(
                    "{} of window {} is missing or has another size", name, part.window + 1));
            }
            average.add_front(tensor->second);
            average.add(tensor->second, made, shown);
        }
        all[name] = average.finish();
    }
    return all;
}

SegmentTensors tensors_of_window(const SegmentTensors& take,
                                 const LatentWindow& window,
                                 std::int64_t front) {
    const auto part_of = [window, front](const at::Tensor& all) {
        const at::Tensor own = all.narrow(frame_axis, front + window.first, window.count);
        if (front == 0) return own.contiguous();
        return at::cat({all.narrow(frame_axis, 0, front), own}, frame_axis);
    };
    SegmentTensors part = take;
    part.noise_bcfhw = part_of(take.noise_bcfhw);
    if (take.clean_bcfhw.defined()) {
        part.clean_bcfhw = part_of(take.clean_bcfhw);
        const auto own = take.is_clean.begin() + static_cast<std::ptrdiff_t>(front + window.first);
        part.is_clean.assign(take.is_clean.begin(),
                             take.is_clean.begin() + static_cast<std::ptrdiff_t>(front));
        part.is_clean.insert(part.is_clean.end(), own, own + window.count);
    }
    if (take.fresh_noise) {
        part.fresh_noise = [fresh = take.fresh_noise, part_of](int step) {
            return part_of(fresh(step));
        };
    }
    return part;
}

}  // namespace nightreel
