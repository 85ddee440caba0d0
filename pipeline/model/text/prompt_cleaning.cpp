#include "pipeline/model/text/prompt_cleaning.h"

#include "pipeline/model/text/html_text.h"
#include "pipeline/model/text/text_repair.h"
#include "pipeline/model/text/unicode_text.h"
#include "shotspec/base/error.h"

namespace nightreel {

std::string clean_prompt(std::string_view prompt) {
    const auto given = from_utf8(prompt);
    if (!given) throw Error(ErrorKind::bad_input, "the prompt is not UTF-8");
    const std::u32string plain = unescape_html(unescape_html(repair_text(*given)));
    std::u32string cleaned;
    for (const char32_t character : plain) {
        if (!is_space(character)) {
            cleaned.push_back(character);
        } else if (!cleaned.empty() && cleaned.back() != U' ') {
            cleaned.push_back(U' ');
        }
    }
    if (cleaned.ends_with(U' ')) cleaned.pop_back();
    return to_utf8(cleaned);
}

}  // namespace nightreel
