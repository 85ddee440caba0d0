#include "pipeline/checkpoint/convert/decoded_tensor.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/coded_numbers.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::size_t numbers_at_once = 1U << 16U;  // whole blocks of every type

std::vector<float> scales_of(const StoredPart& part, const StoredPart::Place& place) {
    if (!place.scale) return {};
    const StoredTensor& tensor = place.scale->tensor;
    std::vector<float> scales(static_cast<std::size_t>(tensor.elements()));
    decode_numbers(part.files()[place.scale->file].bytes_of(tensor), tensor.type, scales);
    return scales;
}

void apply(std::span<const float> scales,
           std::size_t row_numbers,
           std::size_t first,
           std::span<float> numbers) {
    if (scales.empty()) return;
    if (scales.size() == 1) {
        for (float& number : numbers) number *= scales[0];
        return;
    }
    for (std::size_t i = 0; i < numbers.size(); ++i)
        numbers[i] *= scales[(first + i) / row_numbers];
}

// Calls `use` with all numbers of the tensor, in order.
void each_piece(const StoredPart& part,
                const StoredPart::Place& place,
                const std::function<void(std::span<const float>)>& use) {
    const ElementTypeFacts& facts = facts_of(place.tensor.type);
    const auto bytes = part.file_of(place).bytes_of(place.tensor);
    const auto count = static_cast<std::size_t>(place.tensor.elements());
    const std::vector<float> scales = scales_of(part, place);
    const std::size_t row_numbers =
        scales.size() > 1 ? std::max<std::size_t>(1, count / scales.size()) : count;
    std::vector<float> numbers;
    for (std::size_t first = 0; first < count; first += numbers_at_once) {
        numbers.resize(std::min(numbers_at_once, count - first));
        decode_numbers(bytes.subspan(first / facts.elements * facts.bytes,
                                     numbers.size() / facts.elements * facts.bytes),
                       place.tensor.type,
                       numbers);
        apply(scales, row_numbers, first, numbers);
        use(numbers);
    }
}

}  // namespace

bool is_written_anew(const StoredPart::Place& place) {
    return is_coded(place.tensor.type) || place.scale.has_value();
}

ElementType written_type(const StoredPart& part,
                         std::string_view name,
                         const StoredPart::Place& place) {
    if (!is_written_anew(place)) return place.tensor.type;
    double error_of_half = 0;
    double error_of_brain = 0;
    each_piece(part, place, [&](std::span<const float> numbers) {
        for (const float number : numbers) {
            if (!std::isfinite(number)) {
                throw Error(ErrorKind::bad_input,
                            fmt::format("{}: contains a number that is not finite; download the "
                                        "file again",
                                        part.label_of(name, place)));
            }
            const auto half = double{from_float16(to_float16(number)) - number};
            const auto brain = double{from_bfloat16(to_bfloat16(number)) - number};
            error_of_half += half * half;
            error_of_brain += brain * brain;
        }
    });
    return error_of_half < error_of_brain ? ElementType::float16 : ElementType::bfloat16;
}

void write_decoded(const StoredPart& part,
                   const StoredPart::Place& place,
                   ElementType type,
                   const std::function<void(std::span<const std::byte>)>& write) {
    const auto round = type == ElementType::float16 ? to_float16 : to_bfloat16;
    std::vector<std::uint16_t> words;
    each_piece(part, place, [&](std::span<const float> numbers) {
        words.resize(numbers.size());
        std::ranges::transform(numbers, words.begin(), round);
        write(std::as_bytes(std::span(words)));
    });
}

std::uint64_t written_bytes(const StoredPart& part) {
    std::uint64_t bytes = 0;
    for (const auto& item : part.places()) {
        const StoredPart::Place& place = item.second;
        constexpr std::uint64_t word_bytes = 2;
        bytes += is_written_anew(place)
                     ? word_bytes * static_cast<std::uint64_t>(place.tensor.elements())
                     : place.tensor.bytes;
    }
    return bytes;
}

}  // namespace nightreel
