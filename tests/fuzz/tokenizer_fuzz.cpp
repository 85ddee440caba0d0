// Any bytes as a tokenizer's files. The first byte chooses: the rest as tokenizer_config.json
// beside a sound SentencePiece model, or as a prompt for a sound tokenizer. Laws: a configuration
// is refused with an Error or used; a prompt of any bytes gives ids, the end of the text last, and
// never more than asked for.

#include <cstdint>
#include <filesystem>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

#include "pipeline/model/text/tokenizer.h"
#include "shotspec/base/check.h"
#include "shotspec/base/error.h"
#include "shotspec/base/files.h"

namespace {

namespace fs = std::filesystem;

constexpr std::size_t ids_max = 64;
constexpr std::int64_t end_of_text = 1;

const fs::path& sound_folder() {
    static const fs::path folder = NIGHTREEL_TOKENIZER;
    return folder;
}

void check_ids(const nightreel::Tokenizer& tokenizer, const std::string& prompt) {
    const auto ids = tokenizer.encode(prompt, ids_max);
    NIGHTREEL_CHECK(!ids.empty() && ids.size() <= ids_max, "as many ids as there is room for");
    NIGHTREEL_CHECK(ids.back() == end_of_text, "the end of the text is last");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string text(reinterpret_cast<const char*>(data) + 1, size - 1);
    if (data[0] == 'P') {
        static const nightreel::Tokenizer tokenizer(sound_folder());
        check_ids(tokenizer, text);
        return 0;
    }
    const fs::path folder =
        fs::temp_directory_path() / fmt::format("nightreel_tokenizer_fuzz_{}", ::getpid());
    fs::create_directories(folder);
    if (!fs::exists(folder / "spiece.model")) {
        fs::create_symlink(fs::absolute(sound_folder() / "spiece.model"), folder / "spiece.model");
    }
    nightreel::write_file_atomically(folder / "tokenizer_config.json", text);
    try {
        check_ids(nightreel::Tokenizer(folder), "a <extra_id_0> red </s> star");
    } catch (const nightreel::Error& error) {
        if (error.kind() == nightreel::ErrorKind::internal) throw;
    }
    return 0;
}
