#pragma once
// A take whose delivered frames are not those that its model makes. Pure, any thread.

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/plan/task_order.h"
#include "shotspec/night/resolved_night.h"

namespace nightreel {

// `shot` has frames that are held or blended.
RetimeOrder retime_order(const ResolvedShot& shot,
                         const TakeFacts& take,
                         const ModelReference& model,
                         const Digest& frames);

// Numbers of frames that are made as those of the delivered frames that show them first.
std::vector<std::int64_t> delivered_joints(const ResolvedShot& shot,
                                           std::vector<std::int64_t> joints);

// "24 frames a second from 16 of the model, blend: 97 frames from 65"; empty where both are one.
std::string rate_text(const ResolvedShot& shot);

}  // namespace nightreel
