#pragma once
// The operations of a shot in a night file, described for NightShot (shotspec/night/night.h). Pure,
// any thread.

#include "shotspec/describe/fields.h"
#include "shotspec/night/edit_settings.h"

namespace nightreel {

// Operations, of which a shot has one at most.
template <class Shot, class Visitor>
void describe_verbs(Shot& value, Visitor& field) {
    field("extend",
          value.extend,
          {.meaning = "Continues a clip, or makes what comes before it. The clip's frames are "
                      "delivered as they are (docs/editing.md).",
           .example = "{ clip: plates/sh010.mov, side: after }"});
    field("fill",
          value.fill,
          {.meaning = "Makes the frames between two clips, whose frames are delivered as they are.",
           .example = "{ before: a.mov, after: b.mov }"});
    field("loop",
          value.loop,
          {.meaning = "Whether the last frame leads into the first one.",
           .example = "true",
           .fallback = "false"});
    field("recut",
          value.recut,
          {.meaning = "Keeps a part of a clip and makes all before and after it again; the take "
                      "has the clip's length.",
           .example = "{ clip: plates/sh010.%04d.exr, keep: 1013-1060 }"});
    field("retake",
          value.retake,
          {.meaning = "Makes a part of a take again and keeps the rest; the take has the clip's "
                      "length.",
           .example = "{ take: out/aurora/sq010/sq010_sh0010/v001/take01, range: 2s-3s }"});
    field("remix",
          value.remix,
          {.meaning = "Renders a clip again, with its motion and layout and another text; the take "
                      "has the clip's length.",
           .example = "{ clip: plates/sh010.mov, strength: mild }"});
    field("blend",
          value.blend,
          {.meaning = "Leads from one clip into another along a curve; the take ends where a clip "
                      "ends that it still needs.",
           .example = "{ a: plates/sh010.mov, b: plates/sh020.mov, curve: [[1s, 0], [3s, 1]] }"});
    field("control",
          value.control,
          {.meaning = "Renders a shot that follows a clip of depth, pose, edges or grey pictures; "
                      "the take has the clip's length.",
           .example = "{ depth: plates/sh010_depth.mov }"});
    field("paint",
          value.paint,
          {.meaning = "Makes the part of each picture that a mask shows. The pixels outside of it "
                      "are delivered as they are; the take has the clip's length.",
           .example = "{ clip: plates/sh010.mov, mask: plates/sh010_mask.mov }"});
    field("reframe",
          value.reframe,
          {.meaning = "Makes pictures larger: the clip is placed in those of the shot's size, and "
                      "what is around it is made; the take has the clip's length.",
           .example = "{ clip: plates/sh010.mov, anchor: centre }"});
    field("still",
          value.still,
          {.meaning = "Whether the shot is one picture.", .example = "true", .fallback = "false"});
    field("storyboard",
          value.storyboard,
          {.meaning = "Cards on one timeline: texts that follow each other in one take, with "
                      "pictures where a model takes them.",
           .example = "[{ at: 0s, prompt: \"{mira} stands\" }, { at: 4s, prompt: \"{mira} "
                      "jumps\" }]"});
}

}  // namespace nightreel
