// approve, reject, flag, reopen, note: what a person says about a published take.
#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/job/submitter.h"
#include "cli/review/chosen_take.h"
#include "cli/verbs.h"
#include "shotspec/base/error.h"
#include "shotspec/base/host_name.h"
#include "shotspec/base/streams.h"
#include "shotspec/review/review_files.h"

namespace nightreel::cli {
namespace {

struct SayingAsked {
    FarmChoice farm;
    std::string take;
    std::string frame;
    std::string text;
    std::string by;
};

// A verdict, or a note where there is none.
struct Saying {
    const char* name;
    const char* meaning;
    const char* example;
    const char* done;
    std::optional<ReviewVerdict> verdict = {};
};

// "1013" or "1013-1020"
void read_frames(const std::string& text, ReviewRecord& record) {
    const char* const end = text.data() + text.size();
    std::int64_t first = 0;
    auto read = std::from_chars(text.data(), end, first);
    bool is_right = read.ec == std::errc();
    record.frame = first;
    if (is_right && read.ptr != end && *read.ptr == '-') {
        std::int64_t last = 0;
        read = std::from_chars(read.ptr + 1, end, last);
        is_right = read.ec == std::errc();
        record.last_frame = last;
    }
    if (is_right && read.ptr == end) return;
    throw Error(ErrorKind::usage,
                fmt::format("invalid --frame '{}': expected a frame number such as 1013, or a "
                            "range such as 1013-1020",
                            text));
}

void require_frames_of(const ReviewRecord& record, const TakeFacts& take) {
    if (!record.frame) return;
    const std::int64_t last = record.last_frame.value_or(*record.frame);
    if (*record.frame >= take.frames.first && last <= take.frames.last) return;
    throw Error(ErrorKind::usage,
                fmt::format("--frame: {} has frames {} to {}",
                            take_title(take),
                            take.frames.first,
                            take.frames.last));
}

ReviewRecord record_of(const SayingAsked& asked,
                       const Saying& saying,
                       const ChosenTake& chosen,
                       const Clock& clock) {
    const TakeFacts& take = chosen.record.take;
    ReviewRecord record{.id = new_review_id(),
                        .at = utc_text(clock.wall()),
                        .by = asked.by.empty() ? user_here() : asked.by,
                        .take = chosen.record.take_digest,
                        .show = take.show,
                        .shot = take.shot,
                        .version = take.version,
                        .take_number = take.take,
                        .kind = saying.verdict ? ReviewKind::verdict : ReviewKind::note,
                        .verdict = saying.verdict};
    if (!asked.text.empty()) record.text = asked.text;
    if (!asked.frame.empty()) read_frames(asked.frame, record);
    require_frames_of(record, take);
    const std::vector<std::string> problems = problems_of(record);
    if (problems.empty()) return record;
    throw Error(ErrorKind::usage, fmt::format("{}", fmt::join(problems, "; ")));
}

int say_about_take(const SayingAsked& asked,
                   const Saying& saying,
                   const Surroundings& surroundings) {
    const ChosenTake chosen = chosen_take(asked.take, asked.farm, surroundings);
    const ReviewRecord record = record_of(asked, saying, chosen, surroundings.clock);
    // The farm first: it knows who may approve. It writes the file too where it sees the folder.
    if (chosen.of_job) {
        FarmAccess(asked.farm, surroundings).client().ask(wire::AddReviews{{record}});
    }
    append_reviews(chosen.output, std::span(&record, 1), host_name());
    say("{} {} by {}\n", take_title(chosen.record.take), saying.done, record.by);
    return 0;
}

Command saying_command(const Saying& saying, const Surroundings& surroundings) {
    const auto asked = std::make_shared<SayingAsked>();
    const bool is_note = !saying.verdict;
    Command command{.name = saying.name,
                    .meaning = saying.meaning,
                    .example = saying.example,
                    .options = {{.names = "take",
                                 .target = &asked->take,
                                 .meaning = take_words,
                                 .value = "TAKE",
                                 .required = true},
                                {.names = "--text",
                                 .target = &asked->text,
                                 .meaning = is_note ? "the note" : "the reason",
                                 .value = "TEXT",
                                 .required = is_note},
                                {.names = "--frame",
                                 .target = &asked->frame,
                                 .meaning = "frame number or range that it is about",
                                 .value = "N[-M]"},
                                {.names = "--by",
                                 .target = &asked->by,
                                 .meaning = "who says it; default: the user",
                                 .value = "NAME"}},
                    .run = [asked, saying, &surroundings] {
                        return say_about_take(*asked, saying, surroundings);
                    }};
    add_farm_options(command, asked->farm, surroundings);
    return command;
}

}  // namespace

std::vector<Command> verdict_commands(const Surroundings& surroundings) {
    const std::vector<Saying> sayings{
        {"approve",
         "approve a published take",
         "nightreel approve -o out 1.sq010_sh0010.take01",
         "approved",
         ReviewVerdict::approved},
        {"reject",
         "reject a published take; it stays where it is",
         "nightreel reject out/aurora/sq010/sq010_sh0010/v001/take02 --text \"the star doubles\"",
         "rejected",
         ReviewVerdict::rejected},
        {"flag",
         "flag a published take for others to look at",
         "nightreel flag -o out 1.sq010_sh0010.take01 --frame 1013-1020 --text \"joint?\"",
         "flagged",
         ReviewVerdict::flagged},
        {"reopen",
         "withdraw the verdict of a published take",
         "nightreel reopen -o out 1.sq010_sh0010.take01",
         "reopened",
         ReviewVerdict::open},
        {"note",
         "write a note about a published take, or about frames of it",
         "nightreel note -o out 1.sq010_sh0010.take01 --frame 1013 --text \"softer here\"",
         "has a note"}};
    std::vector<Command> commands;
    for (const Saying& saying : sayings) commands.push_back(saying_command(saying, surroundings));
    return commands;
}

}  // namespace nightreel::cli
