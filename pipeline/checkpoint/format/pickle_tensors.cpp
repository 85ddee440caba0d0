#include "pipeline/checkpoint/format/pickle_tensors.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "pipeline/checkpoint/format/file_faults.h"
#include "pipeline/checkpoint/format/pickle_machine.h"
#include "pipeline/checkpoint/format/zip_directory.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

constexpr std::uint64_t pickle_bytes_max = 100'000'000;  // names and shapes alone

class Archive {
  public:
    Archive(std::span<const std::byte> file, const std::string& label)
        : file_(file), label_(label), entries_(read_zip_directory(file, label)) {
        for (const auto& item : entries_) {
            // Entries lie in a folder that is named after the file; .data/ is none of it.
            constexpr std::string_view pickle = "/data.pkl";
            if (item.first.ends_with(pickle)) {
                folder_ = item.first.substr(0, item.first.size() - pickle.size() + 1);
            }
        }
        if (folder_.empty()) refuse("a zip archive without data.pkl: not written by torch.save");
        if (const ZipEntry* order = find("byteorder")) {
            const auto bytes = file_.subspan(order->begin, order->bytes);
            const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            if (text != "little")
                refuse(fmt::format("byteorder: {} is not supported, only little", text));
        }
    }

    std::span<const std::byte> pickle() const {
        const ZipEntry& entry = *find("data.pkl");
        if (entry.bytes > pickle_bytes_max) {
            refuse(fmt::format(
                "data.pkl has {} bytes; the limit is {}", entry.bytes, pickle_bytes_max));
        }
        return file_.subspan(entry.begin, entry.bytes);
    }

    StoredTensor place(const std::string& name, const PickleTensor& tensor) const {
        const ElementTypeFacts& type = facts_of(tensor.storage.type);
        const ZipEntry* entry = find("data/" + tensor.storage.key);
        if (entry == nullptr) {
            refuse(fmt::format("{}: its storage data/{} is missing", name, tensor.storage.key));
        }
        check_shape(name, tensor);
        const auto bytes = bytes_of_shape(tensor.shape, type.bytes);
        std::uint64_t begin = 0;
        if (!bytes || tensor.offset < 0 ||
            __builtin_mul_overflow(static_cast<std::uint64_t>(tensor.offset), type.bytes, &begin) ||
            begin > entry->bytes || *bytes > entry->bytes - begin) {
            refuse(
                fmt::format("{}: shape or size is wrong: [{}] of {} from element {} on is outside "
                            "its storage of {} bytes",
                            name,
                            fmt::join(tensor.shape, ", "),
                            type.name,
                            tensor.offset,
                            entry->bytes));
        }
        return {tensor.storage.type, tensor.shape, entry->begin + begin, *bytes};
    }

    [[noreturn]] void refuse(const std::string& what) const {
        throw Error(ErrorKind::bad_input, label_ + ": " + what);
    }

  private:
    const ZipEntry* find(const std::string& name) const {
        const auto found = entries_.find(folder_ + name);
        return found == entries_.end() ? nullptr : &found->second;
    }

    // Rows one after the other, which is what mapped bytes are read as.
    void check_shape(const std::string& name, const PickleTensor& tensor) const {
        bool is_sound =
            tensor.shape.size() <= tensor_rank_max && tensor.shape.size() == tensor.strides.size();
        bool is_empty = false;
        for (const std::int64_t size : tensor.shape) {
            is_sound = is_sound && size >= 0;
            is_empty = is_empty || size == 0;
        }
        if (!is_sound) {
            refuse(fmt::format("{}: shape [{}] and strides [{}] do not fit together",
                               name,
                               fmt::join(tensor.shape, ", "),
                               fmt::join(tensor.strides, ", ")));
        }
        std::uint64_t stride = 1;
        for (std::size_t i = tensor.shape.size(); i > 0 && !is_empty; --i) {
            const auto size = static_cast<std::uint64_t>(tensor.shape[i - 1]);
            if (size > 1 && static_cast<std::uint64_t>(tensor.strides[i - 1]) != stride) {
                refuse(
                    fmt::format("{}: strides [{}]: not contiguous; save it with .contiguous() on "
                                "the machine where the file was made",
                                name,
                                fmt::join(tensor.strides, ", ")));
            }
            if (__builtin_mul_overflow(stride, size, &stride))
                return;  // too large: refused by size
        }
    }

    std::span<const std::byte> file_;
    const std::string& label_;
    ZipDirectory entries_;
    std::string folder_;
};

bool begins_with(std::span<const std::byte> file, std::string_view magic) {
    return file.size() >= magic.size() &&
           std::string_view(reinterpret_cast<const char*>(file.data()), magic.size()) == magic;
}

}  // namespace

StoredTensors read_pickle_tensors(std::span<const std::byte> file, const std::string& label) {
    const std::string placeholder = placeholder_in(file);
    if (!placeholder.empty()) throw Error(ErrorKind::bad_input, label + ": " + placeholder);
    if (!begins_with(file, "PK\x03\x04")) {
        throw Error(ErrorKind::bad_input,
                    label +
                        ": not a zip archive as written by torch.save since version 1.6; save the "
                        "tensors as safetensors on the machine where the file was made, replace "
                        "the file and convert the model with `nightreel models import`");
    }
    const Archive archive(file, label);
    PickleMachine machine(archive.pickle(), label);
    const PickleValue& result = machine.run();
    const auto* dictionary = std::get_if<PickleDictionary>(&result.what);
    if (dictionary == nullptr) archive.refuse("does not contain a dictionary of tensors");
    StoredTensors tensors;
    for (const auto& [key, value] : dictionary->items) {
        const auto* name = std::get_if<std::string>(&key->what);
        if (name == nullptr) archive.refuse("a key that is not a string; expected tensor names");
        // A name goes into messages and other files' headers as it is.
        if (!std::ranges::all_of(*name, [](char c) { return c > ' ' && c < '\x7f'; })) {
            archive.refuse("a tensor name with characters other than printable ASCII");
        }
        const auto* tensor = std::get_if<PickleTensor>(&value->what);
        if (tensor == nullptr) {
            archive.refuse(
                fmt::format("{}: not a tensor; expected a dictionary of tensors only, without "
                            "nested dictionaries or training state",
                            *name));
        }
        tensors.insert_or_assign(*name, archive.place(*name, *tensor));
    }
    return tensors;
}

}  // namespace nightreel
