#pragma once
// The kinds of work that a night is made of.

#include <array>
#include <string_view>
#include <utility>

#include "shotspec/describe/fields.h"

namespace nightreel {

// Their words are in journals, stores and records: new ones come last.
enum class TaskKind {
    encode,     // prompts and reference pictures -> tensors
    sample,     // one segment -> latents
    decode,     // the latents of a take, streaming -> linear frames as EXR
    measure,    // frames -> seams, drift, flicker
    proxy,      // frames -> movie, contact sheet, thumbnail
    publish,    // all of a take -> its version folder
    dailies,    // what became of all takes of a job -> its dailies folder
    hand_over,  // the latents of a segment -> its last frames, which begin the next segment
    retime,     // frames of the model's rate -> frames of the show's
    ingest,     // a given clip -> linear frames as EXR, of the size of its shot
    assemble,   // frames of several results -> the frames of a take, as they are
    rank,       // reports of all takes of a shot -> their order, and which are kept
};

template <>
struct EnumWords<TaskKind> {
    static constexpr auto words =
        std::to_array<std::pair<TaskKind, std::string_view>>({{TaskKind::encode, "encode"},
                                                              {TaskKind::sample, "sample"},
                                                              {TaskKind::decode, "decode"},
                                                              {TaskKind::measure, "measure"},
                                                              {TaskKind::proxy, "proxy"},
                                                              {TaskKind::publish, "publish"},
                                                              {TaskKind::dailies, "dailies"},
                                                              {TaskKind::hand_over, "hand_over"},
                                                              {TaskKind::retime, "retime"},
                                                              {TaskKind::ingest, "ingest"},
                                                              {TaskKind::assemble, "assemble"},
                                                              {TaskKind::rank, "rank"}});
};

}  // namespace nightreel
