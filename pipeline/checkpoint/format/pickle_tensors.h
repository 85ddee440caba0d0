#pragma once
// Tensors in a file that torch.save wrote: a zip archive of a pickle that says what there is, and
// of one entry for the bytes of each storage. A pickle is a program; this reader runs none. It
// knows the opcodes that a dictionary of tensors is written with, and the names of the few
// functions that stand in it, which it reads as data. Anything else is refused with its name. What
// a pickle can make it remember is bounded by the pickle's own length. Pure; any thread. Sources:
// CPython Lib/pickletools.py; PyTorch torch/_weights_only_unpickler.py and torch/serialization.py.

#include <cstddef>
#include <span>
#include <string>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

// Faults are Error{bad_input} and begin with `label`; they name the opcode, the function or the
// tensor, and what to do instead.
StoredTensors read_pickle_tensors(std::span<const std::byte> file, const std::string& label);

}  // namespace nightreel
