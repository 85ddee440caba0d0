#include "shotspec/night/read_night.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

namespace nightreel {
namespace {

constexpr std::size_t shots_max = 10'000;

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Complaints about a Night's values that its description alone cannot make.
class NightChecker {
  public:
    explicit NightChecker(NightDocument& document)
        : document_(document),
          night_(document.night),
          places_(document.places),
          complaints_(document.complaints) {}

    void check() {
        if (places_.is_right("show")) check_name("show", night_.show);
        for (const auto& [name, sheet] : night_.characters) {
            check_name("characters." + name, name);
        }
        for (const auto& [name, sheet] : night_.styles) check_name("styles." + name, name);
        if (places_.is_right("shots") && night_.shots.empty() && !document_.is_register) {
            complain("shots", "has no shot; nothing would be rendered");
        }
        if (night_.shots.size() > shots_max) {
            complain("shots",
                     fmt::format("has {} shots: the limit is {}", night_.shots.size(), shots_max));
        }
        check_shot_names();
        check_promoted();
    }

  private:
    void complain(const std::string& path, std::string message) {
        complaints_.add(places_.of(path), path, std::move(message));
    }

    void check_name(const std::string& path, const std::string& name) {
        if (is_legal_name(name)) return;
        complain(path,
                 fmt::format("a name is 1 to {} of the characters a-z A-Z 0-9 . _ - and begins "
                             "with a letter or digit",
                             name_bytes_max));
    }

    void check_shot_names() {
        std::unordered_map<std::string, std::string> first_paths;
        for (std::size_t i = 0; i < night_.shots.size(); ++i) {
            const std::string path = fmt::format("shots[{}].shot", i);
            if (!places_.is_right(path)) continue;
            const std::string& name = night_.shots[i].shot;
            check_name(path, name);
            if (is_legal_name(name) && name.find('.') != std::string::npos) {
                complain(path,
                         "a shot's name has no dot, because addresses are written JOB.SHOT.TAKE");
            }
            const auto [first, fresh] = first_paths.emplace(name, path);
            if (fresh) continue;
            const Place place = places_.of(first->second);
            complain(path,
                     fmt::format("{} is the name of the shot in {} line {} already",
                                 name,
                                 complaints_.files()[place.file],
                                 place.line));
        }
    }

    void check_promoted() {
        if (!night_.promote || !places_.is_right("promote")) return;
        if (night_.promote->empty()) complain("promote", "is empty; name a take, or remove it");
        std::unordered_set<std::string> names;
        for (std::size_t i = 0; i < night_.promote->size(); ++i) {
            const std::string& name = (*night_.promote)[i].shot;
            if (names.insert(name).second) continue;
            complain(fmt::format("promote[{}].shot", i),
                     fmt::format("{} is named twice; give all of its seeds in one list", name));
        }
    }

    const NightDocument& document_;
    const Night& night_;
    const Places& places_;
    Complaints& complaints_;
};

// What nights have to say and registers do not.
bool make_a_night_of_register(YamlNode& root) {
    if (root.kind != YamlNode::Kind::map) return false;
    for (const char* key : {"show", "shots", "defaults", "promote"}) {
        if (root.find(key) != nullptr) return false;
    }
    if (root.find("characters") == nullptr && root.find("styles") == nullptr) return false;
    YamlNode show{.kind = YamlNode::Kind::scalar, .place = root.place, .scalar = "register"};
    YamlNode shots{.kind = YamlNode::Kind::list, .place = root.place};
    root.entries.push_back({"show", root.place, std::move(show)});
    root.entries.push_back({"shots", root.place, std::move(shots)});
    return true;
}

}  // namespace

bool is_legal_name(std::string_view name) {
    if (name.empty() || name.size() > name_bytes_max || !is_letter_or_digit(name.front())) {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [](char c) {
        return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-';
    });
}

NightDocument read_night(const DocumentSource& source) {
    NightDocument document;
    YamlNode root = load_document(source, document.complaints);
    // Without a tree there is nothing to read, and something was complained of.
    if (root.kind == YamlNode::Kind::nothing) return document;
    if (!is_read_version(root, "nightreel", night_version, "night files", document.complaints)) {
        return document;
    }
    document.is_register = make_a_night_of_register(root);
    keep_promoted(root, document.complaints);
    const std::size_t previews = add_previews(root);
    ReadContext context{document.complaints, document.places};
    read_fields(root, document.night, context);
    for (std::size_t i = 0; i < std::min(previews, document.night.shots.size()); ++i) {
        NightShot& shot = document.night.shots[i];
        if (!shot.shot.ends_with(preview_suffix)) continue;  // it was complained of
        shot.preview_of = shot.shot.substr(0, shot.shot.size() - preview_suffix.size());
    }
    NightChecker(document).check();
    return document;
}

}  // namespace nightreel
