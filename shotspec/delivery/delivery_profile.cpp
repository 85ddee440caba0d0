#include "shotspec/delivery/delivery_profile.h"

#include <regex>

#include <fmt/format.h>

#include "shotspec/yaml/document.h"
#include "shotspec/yaml/field_reader.h"

namespace nightreel {

DeliveryProfile read_delivery_profile(const std::filesystem::path& path, Complaints& complaints) {
    DeliveryProfile profile;
    const YamlNode root = load_single_document(DocumentSource{path, {}, {}}, complaints);
    Places places;
    if (root.kind == YamlNode::Kind::nothing || !is_read_version(root,
                                                                 "nightreel_delivery",
                                                                 delivery_profile_version,
                                                                 "delivery profiles",
                                                                 complaints)) {
        return profile;
    }
    ReadContext context{complaints, places};
    read_fields(root, profile, context);
    if (!profile.name) return profile;
    try {
        const std::regex name(*profile.name);
    } catch (const std::regex_error& error) {
        complaints.add(
            places.of("name"), "name", fmt::format("is no regular expression: {}", error.what()));
    }
    return profile;
}

}  // namespace nightreel
