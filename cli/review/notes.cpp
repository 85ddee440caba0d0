// notes: what people said about the takes of an output folder, as lists and documents.
#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/review/chosen_take.h"
#include "cli/verbs.h"
#include "pipeline/takes/inside_root.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"
#include "shotspec/review/review_exchange.h"
#include "shotspec/review/review_files.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct ImportAsked {
    std::vector<std::string> files;
    std::string output;
};

struct NotesAsked {
    std::string output;
    bool as_json = false;
    bool as_csv = false;
};

ReviewBook book_below(const fs::path& output) {
    std::vector<std::string> faults;
    ReviewBook book = read_reviews(output, &faults);
    for (const std::string& fault : faults) say("{}; the line is skipped\n", fault);
    return book;
}

// All files are read before the first record is written.
int import_notes(const ImportAsked& asked) {
    const fs::path output = review_output(asked.output);
    const ReviewBook before = book_below(output);
    ReviewBook book = before;
    std::size_t read = 0;
    for (const std::string& name : asked.files) {
        for (const ReviewRecord& record : read_review_document(read_file(name), name)) {
            add(book, record);
            ++read;
        }
    }
    std::vector<ReviewRecord> fresh;
    for (const ReviewRecord& record : in_order(book)) {
        const auto known = before.records.find(record.id);
        if (known == before.records.end() || known->second != record) fresh.push_back(record);
    }
    std::set<std::string> shows;
    for (const ReviewRecord& record : fresh) shows.insert(record.show);
    for (const std::string& show : shows) {
        if (!fs::is_directory(output / show)) {
            throw Error(ErrorKind::bad_input,
                        fmt::format("{}: no show {} in this folder: import notes where its takes "
                                    "were published",
                                    output.string(),
                                    show));
        }
        expect_inside(output, fs::path(show) / reviews_folder);
    }
    append_reviews(output, fresh, host_name());
    say("{} imported, {} there already\n",
        counted(static_cast<std::int64_t>(fresh.size()), "note"),
        read - fresh.size());
    return 0;
}

std::string frames_text(const ReviewRecord& record) {
    if (!record.frame) return "";
    if (!record.last_frame) return fmt::format(" frame {}", *record.frame);
    return fmt::format(" frames {}-{}", *record.frame, *record.last_frame);
}

std::string record_text(const ReviewRecord& record) {
    const std::string_view word = record.kind == ReviewKind::note
                                      ? "note"
                                      : word_of(record.verdict.value_or(ReviewVerdict::open));
    std::string text =
        fmt::format("  {}  {:8}  {}{}", record.at, word, record.by, frames_text(record));
    if (record.text) text += ": " + plain_line(*record.text, record.text->size());
    if (record.drawing) text += " (drawing)";
    return text + "\n";
}

std::string review_text(const TakeReview& review) {
    std::string text = fmt::format("{} {} v{:03} take{:02}: {}\n",
                                   review.show,
                                   review.shot,
                                   review.version,
                                   review.take_number,
                                   word_of(review.verdict()));
    std::vector<ReviewRecord> records = review.verdicts;
    records.insert(records.end(), review.notes.begin(), review.notes.end());
    std::ranges::stable_sort(records, {}, &ReviewRecord::at);
    for (const ReviewRecord& record : records) text += record_text(record);
    return text;
}

Json review_json(const Digest& take, const TakeReview& review) {
    Json json{{"take", take.hex()},
              {"show", review.show},
              {"shot", review.shot},
              {"version", review.version},
              {"take_number", review.take_number},
              {"verdict", word_of(review.verdict())}};
    if (review.standing) {
        json["by"] = review.standing->by;
        json["at"] = review.standing->at;
    }
    Json notes = Json::array();
    for (const ReviewRecord& record : review.notes) notes.push_back(json_of(record));
    json["notes"] = std::move(notes);
    return json;
}

// By show, shot, version and take: the order of people.
int list_notes(const NotesAsked& asked) {
    const auto reviews = take_reviews(book_below(review_output(asked.output)));
    std::vector<std::pair<Digest, TakeReview>> sorted(reviews.begin(), reviews.end());
    std::ranges::stable_sort(sorted, {}, [](const auto& entry) {
        const TakeReview& review = entry.second;
        return std::tie(review.show, review.shot, review.version, review.take_number);
    });
    Json takes = Json::array();
    for (const auto& [take, review] : sorted) {
        if (asked.as_json) {
            takes.push_back(review_json(take, review));
        } else {
            answer_text(review_text(review));
        }
    }
    if (asked.as_json) answer("{}\n", Json{{"format", 1}, {"takes", takes}}.dump(2));
    return 0;
}

int export_notes(const NotesAsked& asked) {
    const auto records = in_order(book_below(review_output(asked.output)));
    answer_text(asked.as_csv ? reviews_csv(records) : reviews_json(records) + "\n");
    return 0;
}

Option output_argument(std::string& target) {
    return {.names = "output",
            .target = &target,
            .meaning = "output folder",
            .value = "OUT",
            .required = true};
}

}  // namespace

Command notes_command(const Surroundings&) {
    const auto imported = std::make_shared<ImportAsked>();
    const auto listed = std::make_shared<NotesAsked>();
    const auto exported = std::make_shared<NotesAsked>();
    Command import{.name = "import",
                   .meaning =
                       "read notes and verdicts that a review page exported; a record is read "
                       "once, however often it is imported",
                   .example = "nightreel notes import -o out notes.json",
                   .options = {{.names = "files",
                                .target = &imported->files,
                                .meaning = "JSON or CSV files of the review page",
                                .value = "FILE",
                                .required = true},
                               {.names = "-o,--output",
                                .target = &imported->output,
                                .meaning = "output folder; default: out",
                                .value = "DIR"}},
                   .run = [imported] { return import_notes(*imported); }};
    Command list{.name = "list",
                 .meaning = "list verdicts and notes by take",
                 .example = "nightreel notes list out",
                 .options = {output_argument(listed->output), json_option(listed->as_json)},
                 .run = [listed] { return list_notes(*listed); }};
    Option json = json_option(exported->as_json);
    json.meaning = "print JSON (the default)";
    Command exporting{.name = "export",
                      .meaning = "print all verdicts and notes, for `nightreel notes import`",
                      .example = "nightreel notes export out > notes.json",
                      .options = {output_argument(exported->output),
                                  std::move(json),
                                  {.names = "--csv",
                                   .target = &exported->as_csv,
                                   .meaning = "print CSV for spreadsheets",
                                   .excludes = "--json"}},
                      .run = [exported] { return export_notes(*exported); }};
    return {.name = "notes",
            .meaning = "import, list and export what people said about takes",
            .commands = {std::move(import), std::move(list), std::move(exporting)}};
}

}  // namespace nightreel::cli
