// notes: what people said about the takes of an output folder, as lists and documents.
#include <algorithm>
#include <iterator>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/counted.h"
#include "cli/farm/farm_access.h"
#include "cli/farm/job_listing.h"
#include "cli/review/chosen_take.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/plain_text.h"
#include "shotspec/base/streams.h"
#include "shotspec/review/review_exchange.h"
#include "shotspec/review/review_files.h"
#include "shotspec/review/review_json.h"

namespace fs = std::filesystem;

namespace nightreel::cli {
namespace {

struct ImportAsked {
    std::vector<std::string> files;
    std::string output;
    std::string config;
};

struct NotesAsked {
    std::string output;
    std::string config;
    bool as_json = false;
    bool as_csv = false;
};

ReviewBook book_below(const fs::path& output) {
    std::vector<std::string> faults;
    ReviewBook book = read_reviews(output, &faults);
    for (const std::string& fault : faults) say("{}; the line is skipped\n", fault);
    return book;
}

// Of the folder, or of the farm's journal.
ReviewBook book_of(const NotesAsked& asked, const Surroundings& surroundings) {
    if (asked.output.empty() == asked.config.empty()) {
        throw Error(ErrorKind::usage,
                    "give an output folder, or the farm whose notes are meant with --config");
    }
    if (asked.config.empty()) return book_below(review_output(asked.output));
    FarmAccess farm({.config = asked.config}, surroundings);
    ReviewBook book;
    const Json rows = read_review_rows(farm.client());
    for (const Json& note : rows.at("notes")) {
        add(book, review_from(note, "the farm's journal"));
    }
    return book;
}

// Those that `before` lacks, in order.
std::vector<ReviewRecord> fresh_records(const std::vector<ReviewRecord>& given,
                                        const ReviewBook& before) {
    ReviewBook fresh;
    for (const ReviewRecord& record : given) {
        if (is_news(before, record)) add(fresh, record);
    }
    return in_order(fresh);
}

std::size_t import_to_folder(const std::vector<ReviewRecord>& given, const fs::path& output) {
    const std::vector<ReviewRecord> fresh = fresh_records(given, book_below(output));
    for (const ReviewRecord& record : fresh) {
        if (fs::is_directory(output / record.show)) continue;
        throw Error(ErrorKind::bad_input,
                    fmt::format("{}: no show {} in this folder: import notes where its takes "
                                "were published",
                                output.string(),
                                record.show));
    }
    append_reviews(output, fresh, host_name());
    return fresh.size();
}

// In messages that are not too large.
std::size_t import_to_farm(const std::vector<ReviewRecord>& given, wire::Client& client) {
    constexpr std::size_t bytes_max = 512 * 1024;
    std::size_t added = 0;
    wire::AddReviews request;
    std::size_t bytes = 0;
    const auto send = [&] {
        const wire::ServerReply reply = client.ask(std::exchange(request, {}));
        const auto* changed = std::get_if<wire::Changed>(&reply);
        added += changed == nullptr ? 0 : changed->tasks;
        bytes = 0;
    };
    for (const ReviewRecord& record : given) {
        const std::size_t more = line_of(record).size();
        const bool is_full =
            request.records.size() == wire::AddReviews::records_max || bytes + more > bytes_max;
        if (is_full) send();
        request.records.push_back(record);
        bytes += more;
    }
    if (!request.records.empty()) send();
    return added;
}

// All files are read before the first record is written.
int import_notes(const ImportAsked& asked, const Surroundings& surroundings) {
    std::vector<ReviewRecord> given;
    for (const std::string& name : asked.files) {
        std::ranges::move(read_review_document(read_file(name), name), std::back_inserter(given));
    }
    std::size_t added = 0;
    if (asked.config.empty()) {
        added = import_to_folder(given, review_output(asked.output));
    } else {
        FarmAccess farm({.config = asked.config}, surroundings);
        added = import_to_farm(given, farm.client());
    }
    say("{} imported, {} there already\n",
        counted(static_cast<std::int64_t>(added), "note"),
        given.size() - added);
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
int list_notes(const NotesAsked& asked, const Surroundings& surroundings) {
    const auto reviews = take_reviews(book_of(asked, surroundings));
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

int export_notes(const NotesAsked& asked, const Surroundings& surroundings) {
    const auto records = in_order(book_of(asked, surroundings));
    answer_text(asked.as_csv ? reviews_csv(records) : reviews_json(records) + "\n");
    return 0;
}

Option output_argument(std::string& target) {
    return {.names = "output", .target = &target, .meaning = "output folder", .value = "OUT"};
}

Option journal_option(std::string& target) {
    return {.names = "--config",
            .target = &target,
            .meaning = "farm configuration file: verdicts and notes in the farm's journal",
            .value = "FILE"};
}

}  // namespace

Command notes_command(const Surroundings& surroundings) {
    const auto imported = std::make_shared<ImportAsked>();
    const auto listed = std::make_shared<NotesAsked>();
    const auto exported = std::make_shared<NotesAsked>();
    Command import{
        .name = "import",
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
                     .value = "DIR"},
                    {.names = "--config",
                     .target = &imported->config,
                     .meaning = "farm configuration file: import into the farm's journal",
                     .value = "FILE",
                     .excludes = "--output"}},
        .run = [imported, &surroundings] { return import_notes(*imported, surroundings); }};
    Command list{.name = "list",
                 .meaning = "list verdicts and notes by take",
                 .example = "nightreel notes list out",
                 .options = {output_argument(listed->output),
                             journal_option(listed->config),
                             json_option(listed->as_json)},
                 .run = [listed, &surroundings] { return list_notes(*listed, surroundings); }};
    Option json = json_option(exported->as_json);
    json.meaning = "print JSON (the default)";
    Command exporting{
        .name = "export",
        .meaning = "print all verdicts and notes, for `nightreel notes import`",
        .example = "nightreel notes export out > notes.json",
        .options = {output_argument(exported->output),
                    journal_option(exported->config),
                    std::move(json),
                    {.names = "--csv",
                     .target = &exported->as_csv,
                     .meaning = "print CSV for spreadsheets",
                     .excludes = "--json"}},
        .run = [exported, &surroundings] { return export_notes(*exported, surroundings); }};
    return {.name = "notes",
            .meaning = "import, list and export what people said about takes",
            .commands = {std::move(import), std::move(list), std::move(exporting)}};
}

}  // namespace nightreel::cli
