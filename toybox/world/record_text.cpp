#include <charconv>
#include <cmath>
#include <sstream>
#include <string>

#include <fmt/format.h>

#include "shotspec/base/error.h"
#include "toybox/world/record.h"

namespace nightreel::toybox {
namespace {

constexpr std::size_t phases_max = 2;
constexpr std::size_t actors_max = 2;

[[noreturn]] void refuse(std::string_view line, std::string_view why) {
    throw Error(ErrorKind::bad_input, fmt::format("toy world record: `{}`: {}", line, why));
}

// The words of one line, read from the left.
class Words {
  public:
    explicit Words(const std::string& line) : line_(line), stream_(line) {}

    bool more() { return !(stream_ >> std::ws).eof(); }

    std::string word() {
        std::string word;
        if (!(stream_ >> word)) refuse(line_, "a word is missing at its end");
        return word;
    }

    double number() {
        const std::string text = word();
        double value = 0;
        const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
        const bool whole = fault == std::errc{} && end == text.data() + text.size();
        if (!whole || !std::isfinite(value)) refuse(line_, "`" + text + "` is not a number");
        return value;
    }

    template <class Set>
    Set one_of() {
        const std::string text = word();
        if (const std::optional<Set> value = from_word<Set>(text)) return *value;
        refuse(line_, "`" + text + "` is not a word of the toy world");
    }

    template <class Set>
    std::vector<Set> some_of() {
        std::vector<Set> values{one_of<Set>()};
        while (more() && values.size() < phases_max) values.push_back(one_of<Set>());
        return values;
    }

    void finish() {
        if (more()) refuse(line_, "`" + word() + "` is one word too many");
    }

  private:
    const std::string& line_;
    std::istringstream stream_;
};

Actor read_actor(Words& words) {
    Actor actor;
    actor.size = words.one_of<Size>();
    actor.colour = words.one_of<Colour>();
    actor.pattern = words.one_of<Pattern>();
    actor.shape = words.one_of<Shape>();
    actor.x = words.number();
    actor.actions = words.some_of<Action>();
    return actor;
}

void read_line(const std::string& line, Record& record) {
    Words words(line);
    if (!words.more()) return;
    const std::string key = words.word();
    if (key == "background") {
        record.background = words.one_of<Background>();
        record.skyline_x = words.number();
    } else if (key == "camera") {
        record.cameras = words.some_of<Camera>();
    } else if (key == "switch") {
        const double frame = words.number();
        if (frame != 16 && frame != 32) refuse(line, "actions change after frame 16 or 32");
        record.switch_frame = static_cast<int>(frame);
    } else if (key == "pillar") {
        record.pillar_x = words.number();
    } else if (key == "actor") {
        record.actors.push_back(read_actor(words));
    } else {
        refuse(line, "known lines begin with background, camera, switch, pillar or actor");
    }
    words.finish();
}

void check_whole(const Record& record) {
    if (record.actors.empty() || record.actors.size() > actors_max) {
        refuse("actor", "a record has one actor or two");
    }
    const std::size_t phases = record.switch_frame > 0 ? 2 : 1;
    if (record.cameras.size() != phases) refuse("camera", "one move a phase");
    for (const Actor& actor : record.actors) {
        if (actor.actions.size() != phases) refuse("actor", "one action a phase");
    }
}

}  // namespace

std::string to_text(const Record& record) {
    std::string text =
        fmt::format("background {} {}\ncamera", word_of(record.background), record.skyline_x);
    for (const Camera camera : record.cameras) text += fmt::format(" {}", word_of(camera));
    text += '\n';
    if (record.switch_frame > 0) text += fmt::format("switch {}\n", record.switch_frame);
    if (record.pillar_x) text += fmt::format("pillar {}\n", *record.pillar_x);
    for (const Actor& actor : record.actors) {
        text += fmt::format("actor {} {} {} {} {}",
                            word_of(actor.size),
                            word_of(actor.colour),
                            word_of(actor.pattern),
                            word_of(actor.shape),
                            actor.x);
        for (const Action action : actor.actions) text += fmt::format(" {}", word_of(action));
        text += '\n';
    }
    return text;
}

Record record_from_text(std::string_view text) {
    Record record;
    std::istringstream stream{std::string(text)};
    for (std::string line; std::getline(stream, line);) read_line(line, record);
    check_whole(record);
    return record;
}

}  // namespace nightreel::toybox
