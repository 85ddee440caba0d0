#include "pipeline/takes/character_report.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "pipeline/takes/publish.h"
#include "pipeline/takes/take_check.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

namespace fs = std::filesystem;

// Takes of every shot's newest version.
class NewestTakes {
  public:
    void add(const fs::path& folder, PublishRecord record) {
        const TakeFacts& take = record.take;
        auto& [version, takes] = shots_[{take.show, take.shot}];
        if (take.version < version) return;
        if (take.version > version) takes.clear();
        version = take.version;
        takes.emplace_back(folder, std::move(record));
    }

    template <class Visit>
    void visit(const Visit& visit) const {
        for (const auto& shot : shots_) {
            for (const auto& [folder, record] : shot.second.second) visit(folder, record);
        }
    }

  private:
    using Takes = std::vector<std::pair<fs::path, PublishRecord>>;
    std::map<std::pair<std::string, std::string>, std::pair<std::int32_t, Takes>> shots_;
};

std::string file_below(const PublishRecord& record, std::string_view folder) {
    for (const PublishedFile& file : record.files) {
        if (file.name.starts_with(folder) && file.name.ends_with(".png")) return file.name;
    }
    return {};
}

std::vector<Flag> flags_about(const PublishRecord& record, const std::string& name) {
    std::vector<Finding> findings = record.metrics.findings;
    std::erase_if(findings, [&](const Finding& finding) { return finding.about != name; });
    return flags_of(findings, record.limits.value_or(QualityLimits()));
}

CharacterTake take_of(const fs::path& output,
                      const fs::path& folder,
                      const PublishRecord& record,
                      const CharacterMetric& measured) {
    return {.show = record.take.show,
            .shot = record.take.shot,
            .version = record.take.version,
            .take = record.take.take,
            .folder = fs::relative(folder, output).generic_string(),
            .thumbnail = file_below(record, "thumb/"),
            .contact_sheet = file_below(record, "contact/"),
            .prompt = record.take.prompt,
            .measured = measured,
            .flags = flags_about(record, measured.name)};
}

void add_references(const PublishRecord& record, CharacterReport& report) {
    for (const ReferencePicture& reference : record.references) {
        if (reference.character != report.name) continue;
        const auto same =
            std::ranges::find(report.references, reference.digest, &ReferencePicture::digest);
        if (same == report.references.end()) report.references.push_back(reference);
    }
}

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

// A path as a link: all but letters, digits and a few signs in hexadecimal.
std::string link_to(const fs::path& file, const fs::path& page) {
    constexpr std::string_view plain = "/._-~";
    std::string link;
    for (const char c : file.lexically_relative(page.parent_path()).generic_string()) {
        const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              (c >= '0' && c <= '9') || plain.find(c) != std::string_view::npos;
        if (is_plain) {
            link += c;
        } else {
            link += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return link;
}

constexpr std::string_view page_head = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1, h2 { line-height: 1.2; }
.references img { height: 9rem; margin-right: 1rem; background: #fff; }
article { display: grid; grid-template-columns: 16rem 1fr; gap: 1.5rem; padding: 1rem 0; }
article { border-top: 1px solid #8888; }
article img { width: 16rem; }
article h2 { font-size: 1.1rem; margin: 0; }
.flags { color: #b3261e; }
@media (prefers-color-scheme: dark) { .flags { color: #ff8a80; } }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; margin: 0.5rem 0; }
dd { margin: 0; font-variant-numeric: tabular-nums; }
@media (max-width: 40rem) { article { grid-template-columns: 1fr; } }
</style>
)";

std::string measured_rows(const CharacterMetric& measured) {
    if (measured.not_measured) {
        return fmt::format("<dt>not measured</dt><dd>{}</dd>", escaped(*measured.not_measured));
    }
    if (measured.seen <= 0) return "<dt>seen in</dt><dd>no frame</dd>";
    return fmt::format(
        "<dt>seen in</dt><dd>{:.0f} % of the frames</dd>"
        "<dt>distance from the references</dt><dd>{:.2f}</dd>"
        "<dt>change of colours</dt><dd>{:.2f}</dd>"
        "<dt>change of outline</dt><dd>{:.2f}</dd>"
        "<dt>change of size</dt><dd>{:.2f}</dd>",
        100 * measured.seen,
        measured.reference_distance,
        measured.colour_change,
        measured.shape_change,
        measured.size_change);
}

std::string article_of(const CharacterTake& take, const fs::path& output, const fs::path& page) {
    const fs::path folder = output / take.folder;
    std::string text = "<article>\n";
    if (!take.thumbnail.empty()) {
        const std::string picture = fmt::format("<img loading=\"lazy\" src=\"{}\" alt=\"{}\">",
                                                link_to(folder / take.thumbnail, page),
                                                escaped(take.shot));
        text += take.contact_sheet.empty() ? picture
                                           : fmt::format("<a href=\"{}\">{}</a>",
                                                         link_to(folder / take.contact_sheet, page),
                                                         picture);
    }
    text += fmt::format("\n<div><h2>{} {} v{:03} take {:02}</h2>\n<p>{}</p>\n",
                        escaped(take.show),
                        escaped(take.shot),
                        take.version,
                        take.take,
                        escaped(take.prompt));
    if (!take.flags.empty()) {
        text += "<ul class=\"flags\">\n";
        for (const Flag& flag : take.flags) {
            text += fmt::format("<li>{}</li>\n", escaped(flag.text));
        }
        text += "</ul>\n";
    }
    return text + "<dl>" + measured_rows(take.measured) + "</dl></div>\n</article>\n";
}

}  // namespace

std::vector<CharacterReport> character_reports(const fs::path& output,
                                               const std::optional<std::string>& name,
                                               std::vector<std::string>& unread) {
    NewestTakes newest;
    for (const fs::path& folder : takes_below(output)) {
        try {
            newest.add(folder, read_publish_record(folder));
        } catch (const Error& error) {
            unread.emplace_back(error.what());
        }
    }
    std::map<std::string, CharacterReport> reports;
    newest.visit([&](const fs::path& folder, const PublishRecord& record) {
        for (const CharacterMetric& measured : record.metrics.characters) {
            if (name && measured.name != *name) continue;
            CharacterReport& report = reports[measured.name];
            report.name = measured.name;
            report.takes.push_back(take_of(output, folder, record, measured));
            add_references(record, report);
            const auto known = std::ranges::find(report.shows, record.take.show);
            if (known == report.shows.end()) report.shows.push_back(record.take.show);
        }
    });
    std::vector<CharacterReport> list;
    for (auto& entry : reports) {
        std::ranges::stable_sort(
            entry.second.takes, [](const CharacterTake& a, const CharacterTake& b) {
                return std::tuple(b.flags.size(), b.measured.reference_distance) <
                       std::tuple(a.flags.size(), a.measured.reference_distance);
            });
        list.push_back(std::move(entry.second));
    }
    return list;
}

std::string character_page(const CharacterReport& report,
                           const fs::path& output,
                           const fs::path& page) {
    std::string text(page_head);
    text += fmt::format("<title>{0}</title>\n<h1>{0}</h1>\n<p class=\"references\">",
                        escaped(report.name));
    for (const ReferencePicture& reference : report.references) {
        text += fmt::format("<img src=\"{}\" alt=\"reference picture {}\">",
                            link_to(reference.path, page),
                            escaped(fs::path(reference.path).filename().string()));
    }
    const auto doubtful = std::ranges::count_if(
        report.takes, [](const CharacterTake& take) { return !take.flags.empty(); });
    text += fmt::format("</p>\n<p>{} takes of the newest versions, {} with flags.</p>\n",
                        report.takes.size(),
                        doubtful);
    for (const CharacterTake& take : report.takes) text += article_of(take, output, page);
    return text + "</html>\n";
}

}  // namespace nightreel
