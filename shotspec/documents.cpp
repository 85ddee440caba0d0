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
`nightreel check` reports every error and warning at once, with file, line and column. Unknown
fields are errors. Warnings do not stop a night unless `--strict` is given. `nightreel check --json`
prints the same as JSON.

For completion and checks in an editor, use [night.schema.json](night.schema.json):

    # yaml-language-server: $schema=docs/night.schema.json

This page is generated from the field descriptions in the source (`shotspec/night`).

* Paths are relative to the file that contains them.
* `${NAME}` in a value inserts the environment variable NAME. Write `$${NAME}` for the text
  `${NAME}`.
* `{name}` in a prompt inserts a character. Write `{{` and `}}` for braces.
* Put prompts in quotes. Without quotes, YAML takes text that begins with `{` for a map, `: ` for
  the end of a field name and ` #` for a comment. In double quotes `\` begins an escape: write
  paths with `/`.
* Each setting of a shot is taken from the shot, otherwise from `defaults`, otherwise from the
  column "default" below.
* Names consist of 1 to 64 characters `a-z A-Z 0-9 . _ -` and begin with a letter or digit. Shot
  names must not contain a dot.
* Each take is delivered as `handles` frames (head handles), the cut, and `handles` frames (tail
  handles).
* All frame numbers of a take have as many digits as its last frame number, at least four: `09990`
  to `10006`.
* Timecode is non-drop-frame (NDF), also at 29.97 and 59.94 frames per second. Above 30 frames per
  second, EXR files store pairs of frames and the field mark (SMPTE ST 12-1); above 60, they have
  no timecode.
* A folder name in `output` can have 255 bytes, the last one 223; the whole path 3584.
* A prompt can have 16384 bytes, characters written out.
* `nightreel check` also decodes the pictures, reads the headers of the model's files and compares
  LoRA files with the model: what is damaged or does not fit is an error. Keys of a LoRA that belong
  to the image branch of an image-to-video model are skipped for a model without that branch, and
  keys of a text encoder for any model, both with a warning. LoHa, LoKr, DoRA and LoRAs in 8 bits
  are not supported. PEFT's `adapter_model.safetensors` requires its `adapter_config.json` beside
  it.
* A prompt with more tokens than the model reads is cut, and words outside the vocabulary of the
  model have no effect; both are warnings.
)";

constexpr std::string_view farm_introduction = R"(# Farm file reference

A farm file configures `nightreel serve`, `nightreel worker` and the commands that talk to a farm
(option `--config`), in YAML. Errors are reported as for night files. For completion and checks in
an editor, use [farm.schema.json](farm.schema.json). `farm_configs/` contains examples.

This page is generated from the field descriptions in the source (`shotspec/farm_config.h`).

* Paths are relative to the file. `scheduler.output` is resolved by `nightreel serve` alone: copies
  of the file on other machines do not change where takes go.
* `nightreel serve` reads the section `scheduler`, `nightreel worker` reads `worker`, and all other
  commands read `client`. Environment variables of the other sections need not be set.
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
