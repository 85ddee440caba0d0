#include <sstream>

#include <catch2/catch.hpp>

#include "tests/tidy/tidy.h"

namespace nightreel::tidy {
namespace {

using Rule = void (*)(const Tree&, Complaints&);

SourceFile file_of(const std::string& path, const std::string& text) {
    SourceFile file{path, {}};
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) file.lines.push_back(line);
    return file;
}

// "place: text" of every complaint about a header and a source.
std::vector<std::string> complaints_of(Rule rule,
                                       const std::string& header,
                                       const std::string& source) {
    Complaints complaints;
    rule({{}, {file_of("part/a.h", header), file_of("part/a.cpp", source)}, {}, {}}, complaints);
    std::vector<std::string> texts;
    for (const Complaint& complaint : complaints) {
        texts.push_back(complaint.place + ": " + complaint.text);
    }
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a function that is declared and defined nowhere is found, in a class too", "[tidy]") {
    const std::string header = R"(
namespace n {
// void in_a_comment();
int used(const std::vector<int>& a, std::function<void(int)> f = {});
int lost(int a);
inline int here(int a) { return lost(a); }
class A : public B {
  public:
    explicit A(int a);
    static bool is_of(int a);
    A(const A&) = delete;
    ~A();
    virtual int pure() const = 0;
    int lost(int a) const noexcept;
    auto tail() const -> std::vector<int>;
    int made_here() const { return used(1); }
  private:
    void (*pointer)(int) = nullptr;
    std::string text_{"x"};
};
struct Inner { struct Deep { void below(); }; };
extern const std::string text;
using Call = int (*)(int a);
}
)";
    const std::string source = R"(
namespace n {
int used(const std::vector<int>& a, std::function<void(int)> f) { return lost(1); }
A::A(int a) : B(a) {}
A::~A() = default;
auto A::tail() const -> std::vector<int> { return {}; }
template <> bool A<std::vector<int>>::is_of(int a) { return false; }
const char* said = "void lost(int a) {}";
}
)";
    CHECK(complaints_of(check_declarations, header, source) ==
          Texts{"part/a.h:5: lost is declared and never defined: delete it",
                "part/a.h:14: A::lost is declared and never defined: delete it",
                "part/a.h:21: Deep::below is declared and never defined: delete it"});
    const std::string rest =
        "int lost(int a) {}\nint A::lost(int a) const noexcept {}\nvoid Inner::Deep::below() {}\n";
    CHECK(complaints_of(check_declarations, header, source + rest).empty());
}

TEST_CASE("a described field that nothing uses is found, whatever its description says of it",
          "[tidy]") {
    const std::string header = R"(
struct Settings { int used; int pointed; int unread; };
template <class Visitor>
void describe(Settings& value, Visitor& field) {
    field("used", value.used, {.meaning = "It is used, as value.unread is not."});
    field("pointed",
          value.pointed,
          {.meaning = "Used by a pointer to it."});
    field("unread", value.unread, {.meaning = "Nobody asks."});
}
)";
    const std::string source = R"(
int f(const Settings& settings) { return settings.used + get(settings, &Settings::pointed); }
// settings.unread
)";
    CHECK(
        complaints_of(check_descriptions, header, source) ==
        Texts{
            "part/a.h:9: Settings.unread is described, and nothing uses it: use it or delete it"});
    CHECK(complaints_of(check_descriptions, header, source + "int g = settings->unread;").empty());
}

}  // namespace nightreel::tidy
