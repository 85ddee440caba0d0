// Stands in for the render program in tests of workers: speaks the same lines, makes files whose
// bytes follow from the order and its inputs alone, and misbehaves when an order wishes so. Wishes
// are words in the first prompt of an encode order or in the show of a sample or decode order:
//     slow=MS      takes that long, with progress          stall        says nothing for ever
//     fail=KIND    reports a failure of that kind          crash        ends by SIGSEGV
//     exit=CODE    ends with that code                     garbage      writes a line that is no
//     JSON endless      writes a line without an end            deaf         ignores SIGTERM
//     log=COUNT    writes so many lines to its log    signal=N     ends by that signal
//     huge=GIB     makes a file of that size that takes no space, too
//     apart        leaves its process group, so that its worker cannot end it
//     once=PATH    all of that only while PATH is not there; makes it

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include <poll.h>
#include <unistd.h>

#include "pipeline/plan/task_request.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"
#include "shotspec/base/random.h"

namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;
using nightreel::ChildLine;

using Wishes = std::map<std::string, std::string>;

constexpr int bytes_of_result = 64 * 1024;

void say(const ChildLine& line) {
    std::cout << nightreel::to_json_text(line) << std::endl;
}

void pass_time(int ms) {
    ::poll(nullptr, 0, ms);
}

std::string wish_text(const nightreel::TaskOrder& order) {
    if (const auto* encode = std::get_if<nightreel::EncodeOrder>(&order)) {
        return encode->prompts.empty() ? ""s : encode->prompts[0];
    }
    if (const auto* sample = std::get_if<nightreel::SampleOrder>(&order)) {
        return sample->loras.empty() ? ""s : sample->loras[0].path;
    }
    if (const auto* decode = std::get_if<nightreel::DecodeOrder>(&order)) return decode->show;
    return {};
}

Wishes wishes_of(const nightreel::TaskOrder& order) {
    Wishes wishes;
    std::istringstream stream(wish_text(order));
    for (std::string word; stream >> word;) {
        const std::size_t equals = word.find('=');
        wishes[word.substr(0, equals)] =
            equals == std::string::npos ? ""s : word.substr(equals + 1);
    }
    const auto once = wishes.find("once");
    if (once == wishes.end()) return wishes;
    if (fs::exists(once->second)) return {};
    std::ofstream(once->second) << "done";
    return wishes;
}

[[noreturn]] void wait_for_the_end() {
    while (true) pass_time(60'000);
}

void misbehave(const Wishes& wishes) {
    if (wishes.contains("deaf")) std::signal(SIGTERM, SIG_IGN);
    if (wishes.contains("apart")) {
        ::setpgid(0, ::getpgid(::getppid()));
        say({.progress = nightreel::TaskProgress{0, "apart"}});
    }
    if (const auto lines = wishes.find("log"); lines != wishes.end()) {
        for (int i = 0; i < std::stoi(lines->second); ++i) std::cerr << "line " << i << std::endl;
    }
    if (const auto number = wishes.find("signal"); number != wishes.end()) {
        std::raise(std::stoi(number->second));
    }
    if (const auto slow = wishes.find("slow"); slow != wishes.end()) {
        const int ms = std::stoi(slow->second);
        for (int i = 0; i < 10; ++i) {
            pass_time(ms / 10);
            say({.progress = nightreel::TaskProgress{i / 10.0, "step " + std::to_string(i)}});
        }
    }
    if (wishes.contains("garbage")) std::cout << "this is no JSON" << std::endl;
    if (wishes.contains("endless")) {
        const std::string part(1 << 16, 'x');
        while (std::cout << part) {
        }
    }
    if (wishes.contains("crash")) {
        std::cerr << "about to fall" << std::endl;
        std::raise(SIGSEGV);
    }
    if (const auto code = wishes.find("exit"); code != wishes.end()) {
        std::_Exit(std::stoi(code->second));
    }
    if (wishes.contains("stall")) wait_for_the_end();
    if (const auto kind = wishes.find("fail"); kind != wishes.end()) {
        throw nightreel::Error(nightreel::error_kind_named(kind->second), "as wished");
    }
}

// The digest of the order and of every byte of the inputs.
nightreel::Digest key_of(const nightreel::TaskRequest& request) {
    nightreel::Hasher hasher;
    hasher.field(digest_of(request.order).hex());
    for (const nightreel::InputArtifact& input : request.inputs) {
        const std::string bytes = nightreel::read_file(fs::path(input.folder) / "result.bin");
        if (bytes.empty()) std::raise(SIGBUS);  // as where a mapped file was cut short
        hasher.field(bytes);
    }
    return hasher.finish();
}

void make_files(const nightreel::TaskRequest& request) {
    const nightreel::Digest key = key_of(request);
    std::string bytes;
    while (bytes.size() < bytes_of_result) {
        const auto words = nightreel::philox4x32(
            {static_cast<std::uint32_t>(bytes.size()), 0, 0, 0}, {key.bytes[0], key.bytes[1]});
        bytes.append(reinterpret_cast<const char*>(words.data()), sizeof words);
    }
    bytes += key.hex();
    fs::create_directories(fs::path(request.staging) / "notes");
    nightreel::write_file_atomically(fs::path(request.staging) / "result.bin", bytes);
    nightreel::write_file_atomically(fs::path(request.staging) / "notes" / "key.txt", key.hex());
}

void make_huge_file(const fs::path& staging, const Wishes& wishes) {
    const auto size = wishes.find("huge");
    if (size == wishes.end()) return;
    std::ofstream{staging / "huge.bin"};
    fs::resize_file(staging / "huge.bin", std::stoull(size->second) << 30U);
}

void obey(const nightreel::TaskRequest& request) {
    const Wishes wishes = wishes_of(request.order);
    misbehave(wishes);
    make_files(request);
    make_huge_file(request.staging, wishes);
    nightreel::TaskResult result;
    result.device_class = "fake";
    result.facts = R"({"fake":true})";
    say({.result = result});
}

}  // namespace

int main(int argument_count, char** arguments) {
    if (argument_count != 2 || arguments[1] != "--serve"s) return 2;
    std::cerr << "fake render program " << ::getpid() << std::endl;
    for (std::string line; std::getline(std::cin, line);) {
        try {
            obey(nightreel::task_request_from_json(line));
        } catch (const nightreel::Error& error) {
            say({.failure =
                     nightreel::TaskFailure{std::string(name_of(error.kind())), error.what(), {}}});
        }
    }
    return 0;
}
