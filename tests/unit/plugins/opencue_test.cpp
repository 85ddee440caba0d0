#include "plugins/opencue/opencue.h"

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "shotspec/base/error.h"
#include "tests/unit/plugins/asked_manager.h"

namespace nightreel {
namespace {

struct Element {
    std::string name;
    std::string attributes;
    std::string text;
    std::vector<Element> children;

    std::string value(const std::string& child) const {
        for (const Element& one : children) {
            if (one.name == child) return one.text;
        }
        return {};
    }

    std::string attribute(const std::string& key) const {
        std::smatch found;
        const std::regex pattern(key + "=\"([^\"]*)\"");
        return std::regex_search(attributes, found, pattern) ? found[1].str() : "";
    }
};

// Of what spec() writes: each tag on its own, no comments.
Element element_at(const std::string& text, std::size_t& at) {
    static const std::regex tag("<([a-z_]+)([^>]*?)(/?)>");
    std::smatch found;
    REQUIRE(
        std::regex_search(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(), found, tag));
    Element element{.name = found[1], .attributes = found[2], .text = {}, .children = {}};
    at += static_cast<std::size_t>(found.position(0) + found.length(0));
    if (found[3].length() > 0) return element;
    while (true) {
        const std::size_t next = text.find('<', at);
        REQUIRE(next != std::string::npos);
        element.text += text.substr(at, next - at);
        if (text[next + 1] == '/') {
            CHECK(text.compare(next + 2, element.name.size() + 1, element.name + ">") == 0);
            at = next + element.name.size() + 3;
            return element;
        }
        at = next;
        element.children.push_back(element_at(text, at));
    }
}

Element spec_of(const ManagerJob& job, const ManagersSection& site = {}) {
    const std::string text = opencue_manager().files(job, site).texts.at("opencue.xml");
    std::size_t at = text.find("<spec>");
    return element_at(text, at);
}

// The content model of cjsl 1.15: what an element may hold, in this order; '?' once or not, '*' any
// number, '+' one or more.
const std::map<std::string, std::string> content_model{
    {"spec", "facility? dept? show shot user email? uid? job* depends*"},
    {"job",
     "paused? priority? maxretries? maxcores? maxgpus? autoeat? localbook? os? env* layers?"},
    {"layers", "layer+"},
    {"layer",
     "cmd range chunk cores? threadable? memory? gpus? gpu? gpu_memory? timeout? timeout_llu? "
     "tags? limits? env* services? outputs*"},
    {"limits", "limit+"},
    {"services", "service+"},
    {"env", "key*"},
    {"depends", "depend*"},
    {"depend", "depjob deplayer? depframe? onjob onlayer? onframe?"}};

void check_content(const Element& element) {
    std::string names;
    for (const Element& child : element.children) {
        names += child.name + ' ';
        check_content(child);
    }
    std::string pattern;
    if (const auto model = content_model.find(element.name); model != content_model.end()) {
        pattern =
            std::regex_replace(model->second + " ", std::regex("([a-z_]+)([?*+]?) "), "($1 )$2");
    }
    CAPTURE(element.name, names);
    CHECK(std::regex_match(names, std::regex(pattern)));
}

std::vector<Element> layers_in(const Element& spec) {
    for (const Element& job : spec.children) {
        if (job.name != "job") continue;
        return job.children.back().children;
    }
    FAIL("no job");
    return {};
}

Element layer_named(const Element& spec, const std::string& name) {
    for (const Element& layer : layers_in(spec)) {
        if (layer.attribute("name") == name) return layer;
    }
    FAIL("no layer " << name);
    return {};
}

std::string depend_type(const Element& spec, const std::string& layer, const std::string& on) {
    for (const Element& depend : spec.children.back().children) {
        if (depend.value("deplayer") == layer && depend.value("onlayer") == on) {
            return depend.attribute("type");
        }
    }
    return "none";
}

// One frame of the answer of cue.py.
std::string frame_json(const char* layer, int number, const char* state, int exit_status = 0) {
    return fmt::format(R"({{"layer": "{}", "number": {}, "state": "{}", "host": "gpu07",)"
                       R"( "retries": 1, "exit_status": {}}})",
                       layer,
                       number,
                       state,
                       exit_status);
}

RunCommand cue_answers(const std::string& state, const std::string& frames) {
    return [=](const std::vector<std::string>& command, const std::string& input) {
        CHECK(command == std::vector<std::string>{"python3", "-", "query", asked_uuid});
        CHECK(input.find("include_finished=True") != std::string::npos);
        return CommandEnd{.code = 0,
                          .output = R"({"jobs": [{"id": "11-22", "state": ")" + state +
                                    R"(", "paused": false, "frames": [)" + frames + "]}]}\n",
                          .errors = ""};
    };
}

}  // namespace

TEST_CASE("elements of an OpenCue spec stand in the order of its DTD", "[plugins]") {
    ManagersSection site;
    site.opencue.uid = 1001;
    site.opencue.limits = {"nightreel"};
    for (const auto& [grain, word] : EnumWords<Grain>::words) {
        CAPTURE(word);
        check_content(spec_of(handed_over_night(grain), site));
    }
}

TEST_CASE("names in an OpenCue spec are those that Cuebot keeps", "[plugins]") {
    CHECK(opencue_name("Aurora-2 über") == "aurora_2_ber");
    CHECK(opencue_name("a--b__c") == "a_b_c");
    CHECK(opencue_name("x") == "x_night");
    CHECK(xml_text("a<b>&\"") == "a&lt;b&gt;&amp;&quot;");
    const std::regex allowed("[a-z0-9_.-]{3,}");
    const Element spec = spec_of(handed_over_night(Grain::task));
    CHECK(std::regex_match(spec.value("shot"), allowed));
    std::set<std::string> names;
    for (const Element& layer : layers_in(spec)) {
        CHECK(std::regex_match(layer.attribute("name"), allowed));
        CHECK(names.insert(layer.attribute("name")).second);
        CHECK(layer.attribute("type") != "Post");
    }
}

TEST_CASE("an OpenCue layer has one frame for each unit, and says how it is run", "[plugins]") {
    ManagersSection site;
    site.threads = 8;
    const Element layer = layer_named(spec_of(handed_over_night(Grain::task), site), "sample02");
    CHECK(layer.attribute("type") == "Render");
    CHECK(layer.value("cmd") == "'/farm/it'\\''s a job/member.sh' sample02 #IFRAME#");
    CHECK(layer.value("range") == "0-1");
    CHECK(layer.value("chunk") == "1");
    // "8" would be eight hundredths of a core, and one that is not threadable gets one core.
    CHECK(layer.value("cores") == "8.0");
    CHECK(layer.value("threadable") == "True");
}

TEST_CASE("frames of OpenCue wait for their partners where no unit needs more", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::task);
    const Element spec = spec_of(job);
    CHECK(depend_type(spec, "measure", "decode") == "FRAME_BY_FRAME");
    // Two takes share an encode: a shot that fails stops no other.
    CHECK(depend_type(spec, "sample01", "encode") == "FRAME_ON_FRAME");
    CHECK(depend_type(spec, "dailies", "publish") == "LAYER_ON_LAYER");
    // A retry leaves gaps: a frame without a partner in the other layer waits for none.
    const ManagerJob retry =
        only_units(job, {"sh1.take01.measure", "sh1.take02.decode", "sh1.take02.measure"});
    CHECK(depend_type(spec_of(retry), "measure", "decode") == "FRAME_BY_FRAME");
    CHECK(layer_named(spec_of(retry), "decode").value("range") == "1");
}

TEST_CASE("a frame of OpenCue waits for what its unit needs, and for nothing else", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::task);
    const Element spec = spec_of(job);
    for (const Unit& unit : job.units) {
        std::set<std::string> needed;
        for (const auto* others : {&unit.needs, &unit.after}) {
            for (const std::uint32_t other : *others) needed.insert(job.units[other].name);
        }
        std::set<std::string> waited;
        for (const Element& depend : spec.children.back().children) {
            if (depend.value("deplayer") != unit.stage) continue;
            const std::string type = depend.attribute("type");
            const auto is_frame = [](const std::string& name, const Unit& one) {
                return name == fmt::format("{:04}-{}", one.member, one.stage);
            };
            if (type == "FRAME_ON_FRAME" && !is_frame(depend.value("depframe"), unit)) continue;
            for (const Unit* other : units_of(job, depend.value("onlayer"))) {
                if (type == "FRAME_BY_FRAME" && other->member != unit.member) continue;
                if (type == "FRAME_ON_FRAME" && !is_frame(depend.value("onframe"), *other))
                    continue;
                waited.insert(other->name);
            }
        }
        CAPTURE(unit.name);
        CHECK(waited == needed);
    }
}

TEST_CASE("a layer of OpenCue asks for a GPU and its memory, or for neither", "[plugins]") {
    ManagersSection site;
    const auto gpus = [&] {
        std::size_t count = 0;
        for (const Element& layer : layers_in(spec_of(handed_over_night(Grain::task), site))) {
            CHECK(layer.value("gpus").empty() == layer.value("gpu_memory").empty());
            if (layer.value("gpus").empty()) continue;
            CHECK(std::stoi(layer.value("gpus")) > 0);
            CHECK(std::stoi(layer.value("gpu_memory")) > 0);
            ++count;
        }
        return count;
    };
    const std::size_t of_model = gpus();
    CHECK(of_model > 0);
    site.opencue.every_layer_on_gpu = true;
    CHECK(gpus() == handed_over_night(Grain::task).stages.size());
    CHECK(of_model < gpus());
    site.device = "cpu";
    CHECK(gpus() == 0);
}

TEST_CASE("a GPU layer never asks for more GPU memory than Cuebot reads", "[plugins]") {
    ManagerJob job = handed_over_night(Grain::take);
    for (Unit& unit : job.units) unit.resources.memory_bytes = std::int64_t{141} << 30;
    const Element layer = layer_named(spec_of(job), "take");
    CHECK(layer.value("gpu_memory") == "102400m");
    CHECK(layer.value("memory") == "4096m");  // the rest is on the GPU
}

TEST_CASE("a stage with too many numbers for one OpenCue layer is several, none is lost",
          "[plugins]") {
    const ResolvedNight night = night_of({shot_of("sh1", 29, 4000)});
    const ManagerJob all =
        manager_job_of(job_index_of(plan_night(night, {.output_path = "/out", .versions = {}})),
                       Grain::take,
                       "/j");
    std::set<std::string> odd;
    for (const Unit& unit : all.units) {
        if (unit.stage == "take" && unit.member % 2 == 1) odd.insert(unit.name);
    }
    odd.insert("dailies");
    const Element spec = spec_of(only_units(all, odd));
    std::ptrdiff_t frames = 0;
    std::size_t layers = 0;
    for (const Element& layer : layers_in(spec)) {
        const std::string range = layer.value("range");
        CHECK(range.size() <= 4000);
        frames += std::ranges::count(range, ',') + 1;
        ++layers;
    }
    CHECK(frames == static_cast<std::ptrdiff_t>(odd.size()));
    CHECK(layers > 3);
    // The dailies wait for each of them.
    CHECK(spec.children.back().children.size() == layers - 1);
}

TEST_CASE("cue.py gets the UUID into the job's name and into the frames' environment",
          "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const ManagerFiles files = opencue_manager().files(job, {});
    const std::string nil = "00000000-0000-0000-0000-000000000000";
    CHECK(files.texts.at("opencue.xml").find("<job name=\"" + opencue_name(job.show) + "." + nil) !=
          std::string::npos);
    CHECK(files.texts.at("opencue.xml").find("NIGHTREEL_SUBMISSION\">" + nil) != std::string::npos);
    CHECK(files.to_submit == "python3 cue.py submit 3");
    ManagersSection site;
    site.opencue.cuebots = {"one", "two:8443"};
    CHECK(opencue_manager().files(job, site).to_cancel ==
          "env CUEBOT_HOSTS=one,two:8443 python3 cue.py cancel");
}

TEST_CASE("frames of OpenCue are reported as units", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const auto asked = [&](const std::string& state, const std::string& frames) {
        return opencue_manager().query(job, {}, submission_of(job), cue_answers(state, frames));
    };
    const ManagerReport report =
        asked("PENDING",
              frame_json("encode", 0, "SUCCEEDED") + "," + frame_json("encode", 1, "EATEN") + "," +
                  frame_json("take", 0, "RUNNING") + "," + frame_json("take", 1, "DEAD", 3) + "," +
                  frame_json("take", 2, "DEPEND") + "," + frame_json("dailies", 0, "WAITING"));
    CHECK(report.ids == std::vector<std::string>{"11-22"});
    CHECK(report.units.size() == 6);
    CHECK(report_of(report, "sh1.encode").state == UnitState::done);
    CHECK(report_of(report, "sh2.encode").state == UnitState::cancelled);
    CHECK(report_of(report, "sh1.take01").state == UnitState::running);
    CHECK(report_of(report, "sh1.take01").host == "gpu07");
    CHECK(report_of(report, "sh1.take02").state == UnitState::failed);
    CHECK(report_of(report, "sh1.take02").reason == "exit status 3, 1 retries");
    CHECK(report_of(report, "sh2.take01").state == UnitState::waiting);
    CHECK(report_of(report, "dailies").state == UnitState::waiting);
    // What a killed job has not started will not start.
    const ManagerReport killed = asked("FINISHED", frame_json("take", 0, "DEPEND"));
    CHECK(report_of(killed, "sh1.take01").state == UnitState::cancelled);
}

TEST_CASE("a Cuebot that does not answer is no night that it has forgotten", "[plugins]") {
    const ManagerJob job = handed_over_night(Grain::take);
    const auto asked = [&](const CommandEnd& end) {
        return opencue_manager().query(
            job, {}, submission_of(job), [&](const auto&, const auto&) { return end; });
    };
    CHECK(asked({.code = 0, .output = "{\"jobs\": []}", .errors = ""}).ids.empty());
    const auto kind_of = [&](const CommandEnd& end) {
        try {
            asked(end);
        } catch (const Error& error) {
            return error.kind();
        }
        return ErrorKind::internal;
    };
    CHECK(kind_of({.code = 4, .output = "", .errors = "no Cuebot"}) == ErrorKind::unreachable);
    CHECK(kind_of({.code = 10, .output = "", .errors = "no pycue"}) == ErrorKind::unavailable);
    CHECK(kind_of({.code = 0, .output = "[]", .errors = ""}) == ErrorKind::unreachable);
}

}  // namespace nightreel
