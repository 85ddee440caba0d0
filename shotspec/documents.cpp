#include "shotspec/documents.h"

#include <string_view>

#include "shotspec/describe/json_schema.h"
#include "shotspec/describe/reference_page.h"
#include "shotspec/farm_config.h"
#include "shotspec/night/night.h"

namespace nightreel {
namespace {

constexpr std::string_view night_introduction = R"(# The night file

What a night renders, in YAML: one document, UTF-8, indented with spaces. `nightreel check`
tells every mistake at once
with its file, line and column; an unknown key is a mistake.
[night.schema.json](night.schema.json) is for editors:

    # yaml-language-server: $schema=docs/night.schema.json

This page is generated from the same descriptions that the reader uses.

* Paths are relative to the file in which they stand.
* `${NAME}` in a value stands for a variable of the environment; `$${NAME}` stands for the text
  `${NAME}`.
* `{name}` in a prompt stands for a character; `{{` and `}}` are the braces themselves.
* A shot's settings come from the shot, else from `defaults`, else they are what the last column
  says.
* Names have 1 to 64 of the characters `a-z A-Z 0-9 . _ -` and begin with a letter or digit.
* Delivered are `handles` frames, the cut, and `handles` frames again.
)";

constexpr std::string_view farm_introduction = R"(# The farm configuration

What `nightreel serve --config` and `nightreel worker --config` are told, in YAML. Mistakes are
told like those of a
night file. [farm.schema.json](farm.schema.json) is for editors; `farm_configs/` has files to
begin with. This page is
generated from the same descriptions that the reader uses.

* Paths are relative to the file.
* `${NAME}` in a value stands for a variable of the environment; `$${NAME}` stands for the text
  `${NAME}`.
)";

}  // namespace

std::string night_json_schema() {
    return json_schema_of<Night>("Nightreel night file");
}

std::string night_reference_page() {
    return reference_page_of<Night>(night_introduction);
}

std::string farm_json_schema() {
    return json_schema_of<FarmConfig>("Nightreel farm configuration");
}

std::string farm_reference_page() {
    return reference_page_of<FarmConfig>(farm_introduction);
}

}  // namespace nightreel
