#pragma once
// The networks that sample one segment, in the order of its steps: a stretch of steps for each
// change of expert or of a LoRA's strength. Each is opened when it is first asked; one is alive at
// a time. For one segment; one thread.

#include <cstddef>
#include <optional>
#include <vector>

#include "pipeline/sample/conditioning.h"
#include "pipeline/sample/engine_parts.h"
#include "pipeline/sample/segment_request.h"
#include "pipeline/sample/segment_sampler.h"

namespace nightreel {

// Steps that one network takes with the same LoRAs.
struct ExpertStretch {
    std::size_t expert = 0;
    int step_end = 0;
    std::vector<SegmentLora> loras;  // as strong as they are in these steps; `by_step` is absent

    friend bool operator==(const ExpertStretch&, const ExpertStretch&) = default;
};

// `boundary` is the timestep below which the second expert is asked; absent: there is one network.
std::vector<ExpertStretch> expert_stretches(const SegmentRequest& request,
                                            const SigmaGrid& grid,
                                            std::optional<double> boundary);

class SegmentExperts {
  public:
    // What is given must outlive this. Without a cache every step is computed.
    SegmentExperts(EngineParts& parts,
                   const SegmentRequest& request,
                   const Conditions& conditions,
                   StepCache* cache);

    // In the order of steps. They borrow this.
    std::vector<Expert> all(const SigmaGrid& grid);

    // The prompt of a take in windows changes with its windows.
    void begin_window(std::size_t window);

    // Closes the one that is open. What a GPU answered is judged now, all at once: asking after
    // each step would leave the device without work.
    void close();

  private:
    struct Opened {
        std::size_t number;  // of the stretch
        const WanTransformer& network;
        std::vector<Velocity> velocities;  // one for each prompt
        Velocity unreferenced = {};
        at::Tensor sum = {};  // of all answers, where they were not judged one by one
    };

    Velocity velocity(std::size_t number);
    Velocity unreferenced(std::size_t number);
    bool guides_references() const;
    void open(std::size_t number);
    at::Tensor text_of(const TextStates& text) const;
    at::Tensor text_for(const TextStates& prompt, double guidance) const;

    EngineParts& parts_;
    const SegmentRequest& request_;
    const Conditions& conditions_;
    StepCache* cache_;
    std::vector<ExpertStretch> stretches_;
    std::optional<Opened> opened_;
    std::size_t prompt_ = 0;  // of the window that is asked about
};

}  // namespace nightreel
