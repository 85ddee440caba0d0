#pragma once
// A file of a model, as its card names it. Plain value, any thread.

#include <string>

#include "shotspec/base/digest.h"
#include "shotspec/describe/fields.h"

namespace nightreel {

struct ModelFile {
    std::string path;  // relative to the model's folder
    Digest digest;
};

template <class Visitor>
void describe(ModelFile& value, Visitor& field) {
    field("path",
          value.path,
          {.meaning = "Path of the file, relative to the model's folder.", .required = true});
    field("digest", value.digest, {.meaning = "SHA-256 of the file.", .required = true});
}

}  // namespace nightreel
