#include <exception>

#include <OpenEXR/ImfHeader.h>
#include <OpenEXR/ImfInputFile.h>
#include <OpenEXR/ImfIntAttribute.h>
#include <OpenEXR/ImfOutputFile.h>
#include <OpenEXR/ImfStandardAttributes.h>
#include <fmt/format.h>

#include "pipeline/picture/exr/exr.h"
#include "pipeline/picture/exr/memory_streams.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

Imf::Header delivered_header(Imf::Header header, const ExrDelivery& delivery) {
    Imf::addOwner(header, delivery.owner);
    const auto number = [&](const char* name, std::int64_t value) {
        header.insert(name, Imf::IntAttribute(static_cast<int>(value)));
    };
    number("nightreel/version", delivery.version);
    number("nightreel/handles", delivery.handles);
    number("nightreel/cutIn", delivery.cut.first);
    number("nightreel/cutOut", delivery.cut.last);
    return header;
}

}  // namespace

std::vector<std::byte> with_delivery(const std::string& file,
                                     const ExrDelivery& delivery,
                                     const std::string& name) {
    constexpr std::size_t header_bytes = 4096;
    NIGHTREEL_CHECK(!delivery.owner.empty(), "delivered frames have an owner");
    TextInput source(file);
    MemoryOutput target(file.size() + header_bytes);
    try {
        Imf::InputFile input(source, 0);
        if (!input.isComplete()) throw Error(ErrorKind::corrupt, name + ": incomplete file");
        Imf::OutputFile output(target, delivered_header(input.header(), delivery), 0);
        output.copyPixels(input);
    } catch (const Error&) {
        throw;
    } catch (const std::exception& error) {  // several unrelated types leave OpenEXR
        throw Error(ErrorKind::corrupt, fmt::format("{}: {}", name, error.what()));
    }
    return target.take();
}

}  // namespace nightreel
