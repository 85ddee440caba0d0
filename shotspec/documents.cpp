#include "shotspec/documents.h"

#include <string_view>

#include "shotspec/describe/json_schema.h"
#include "shotspec/describe/reference_page.h"
#include "shotspec/farm_config.h"
#include "shotspec/night/night.h"

namespace nightreel {
namespace {

constexpr std::string_view night_introduction = R"(# Night file reference

A night file lists the shots to render. It is one YAML document in UTF-8, indented with spaces.
`nightreel check` reports every error at once, with file, line and column. Unknown fields are
errors.

For completion and checks in an editor, use [night.schema.json](night.schema.json):

    # yaml-language-server: $schema=docs/night.schema.json

This page is generated from the field descriptions in the source (`shotspec/night`).

* Paths are relative to the file that contains them.
* `${NAME}` in a value inserts the environment variable NAME. Write `$${NAME}` for the text
  `${NAME}`.
* `{name}` in a prompt inserts a character. Write `{{` and `}}` for braces.
* Each setting of a shot is taken from the shot, otherwise from `defaults`, otherwise from the
  column "default" below.
* Names consist of 1 to 64 characters `a-z A-Z 0-9 . _ -` and begin with a letter or digit. Shot
  names must not contain a dot.
* Each take is delivered as `handles` frames (head handles), the cut, and `handles` frames (tail
  handles).
)";

constexpr std::string_view farm_introduction = R"(# Farm file reference

A farm file configures `nightreel serve` and `nightreel worker` (option `--config`), in YAML. Errors
are reported as for night files. For completion and checks in an editor, use
[farm.schema.json](farm.schema.json). `farm_configs/` contains examples.

This page is generated from the field descriptions in the source (`shotspec/farm_config.h`).

* Paths are relative to the file.
* `${NAME}` in a value inserts the environment variable NAME. Write `$${NAME}` for the text
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
