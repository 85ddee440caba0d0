#pragma once
// The kinds of work that a night is made of.

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

enum class TaskKind {
    encode,   // prompts and reference pictures -> tensors
    sample,   // one segment -> latents
    decode,   // the latents of a take, streaming -> linear frames as EXR
    measure,  // frames -> seams, drift, flicker
    proxy,    // frames -> movie, contact sheet, thumbnail
    publish,  // all of a take -> its version folder
};

template <>
struct EnumWords<TaskKind> {
    static constexpr auto words =
        std::to_array<std::pair<TaskKind, std::string_view>>({{TaskKind::encode, "encode"},
                                                              {TaskKind::sample, "sample"},
                                                              {TaskKind::decode, "decode"},
                                                              {TaskKind::measure, "measure"},
                                                              {TaskKind::proxy, "proxy"},
                                                              {TaskKind::publish, "publish"}});
};

}  // namespace nightreel
