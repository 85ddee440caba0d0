// Any bytes as a file of torch.save. The first byte chooses: the rest as the whole file, or as the
// pickle alone, which a fuzzer would hardly reach through the archive around it. Laws: refused with
// an Error, or every tensor lies in the file and is as long as its shape says.

#include <cstdint>
#include <span>
#include <string>

#include "pipeline/checkpoint/format/pickle_machine.h"
#include "pipeline/checkpoint/format/pickle_tensors.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
    const std::string label = "a file";
    try {
        if (data[0] != 'Z') {
            (void)nightreel::PickleMachine(bytes, label).run();
            return 0;
        }
        for (const auto& [name, tensor] : nightreel::read_pickle_tensors(bytes, label)) {
            NIGHTREEL_CHECK(
                tensor.begin <= bytes.size() && tensor.bytes <= bytes.size() - tensor.begin,
                "a tensor that was accepted lies in the file");
            NIGHTREEL_CHECK(
                nightreel::bytes_of_shape(tensor.shape, nightreel::facts_of(tensor.type).bytes) ==
                    tensor.bytes,
                "a tensor is as long as its shape says");
        }
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
    }
    return 0;
}
