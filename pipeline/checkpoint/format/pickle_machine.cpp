#include "pipeline/checkpoint/format/pickle_machine.h"

#include <algorithm>
#include <array>
#include <bit>

#include <fmt/format.h>

#include "pipeline/checkpoint/format/plain_name.h"
#include "shotspec/base/error.h"

namespace nightreel {
namespace {

struct StorageName {
    std::string_view global;
    ElementType type;
};

constexpr auto storage_names =
    std::to_array<StorageName>({{"torch.BoolStorage", ElementType::boolean},
                                {"torch.ByteStorage", ElementType::uint8},
                                {"torch.CharStorage", ElementType::int8},
                                {"torch.ShortStorage", ElementType::int16},
                                {"torch.HalfStorage", ElementType::float16},
                                {"torch.BFloat16Storage", ElementType::bfloat16},
                                {"torch.IntStorage", ElementType::int32},
                                {"torch.FloatStorage", ElementType::float32},
                                {"torch.LongStorage", ElementType::int64},
                                {"torch.DoubleStorage", ElementType::float64}});

constexpr std::string_view ordered_dictionary = "collections.OrderedDict";
constexpr std::string_view rebuild_tensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view rebuild_parameter = "torch._utils._rebuild_parameter";

const StorageName* storage_named(std::string_view global) {
    const auto* const found = std::ranges::find(storage_names, global, &StorageName::global);
    return found == storage_names.end() ? nullptr : found;
}

bool is_known(std::string_view global) {
    return global == ordered_dictionary || global == rebuild_tensor ||
           global == rebuild_parameter || storage_named(global) != nullptr;
}

}  // namespace

void PickleMachine::refuse(const std::string& what) const {
    throw Error(ErrorKind::bad_input,
                fmt::format("{}: pickle, byte {}: {}. Nightreel executes no pickled code: save the "
                            "tensors as safetensors on the machine where the file was made, "
                            "replace the file and convert the model with `nightreel models import`",
                            label_,
                            opcode_at_,
                            what));
}

const PickleValue& PickleMachine::run() {
    while (step()) {
    }
    if (stack_.size() != 1) refuse("it does not end with exactly one value");
    return *stack_.front();
}

bool PickleMachine::step() {
    opcode_at_ = at_;
    const auto opcode = static_cast<unsigned>(number(1));
    switch (opcode) {
        case 0x80: {  // PROTO
            const std::uint64_t protocol = number(1);
            if (protocol != 2)
                refuse(fmt::format("protocol {} is not supported, only 2", protocol));
            return true;
        }
        case '.':
            return false;  // STOP
        case 'c': {        // GLOBAL
            const std::string module(line());
            std::string global = fmt::format("{}.{}", module, line());
            if (has_control_characters(global)) refuse("a name is missing");
            if (!is_known(global)) {
                refuse(fmt::format("it refers to {}, which files of tensors do not use", global));
            }
            push({PickleGlobal{std::move(global)}});
            return true;
        }
        case 'R':
            reduce();
            return true;
        case 'b':
            build();
            return true;
        case 'Q':
            persistent();
            return true;  // BINPERSID
        default:
            break;
    }
    if (!step_number(opcode) && !step_container(opcode) && !step_memory(opcode)) {
        refuse(fmt::format("opcode 0x{:02x}, which files of tensors do not use", opcode));
    }
    return true;
}

bool PickleMachine::step_number(unsigned opcode) {
    switch (opcode) {
        case 'N':
            push({PickleNone{}});
            return true;
        case 0x88:
            push({true});
            return true;
        case 0x89:
            push({false});
            return true;
        case 'J':  // BININT
            push({static_cast<std::int64_t>(static_cast<std::int32_t>(number(4)))});
            return true;
        case 'K':
            push({static_cast<std::int64_t>(number(1))});
            return true;
        case 'M':
            push({static_cast<std::int64_t>(number(2))});
            return true;
        case 0x8a:
            push_long();
            return true;
        case 'G': {  // BINFLOAT, most significant byte first
            std::uint64_t bits = 0;
            for (int i = 0; i < 8; ++i) bits = (bits << 8U) | number(1);
            push({std::bit_cast<double>(bits)});
            return true;
        }
        case 'X': {  // BINUNICODE
            const auto bytes = static_cast<std::size_t>(number(4));
            push({std::string(text(bytes))});
            return true;
        }
        default:
            return false;
    }
}

// LONG1: two's complement, as many bytes as it says.
void PickleMachine::push_long() {
    const auto bytes = static_cast<std::size_t>(number(1));
    if (bytes > 8) refuse(fmt::format("a whole number of {} bytes", bytes));
    std::uint64_t value = number(bytes);
    if (bytes > 0 && bytes < 8 && ((value >> (8 * bytes - 1)) & 1U) != 0) {
        value |= ~std::uint64_t{0} << (8 * bytes);
    }
    push({static_cast<std::int64_t>(value)});
}

bool PickleMachine::step_container(unsigned opcode) {
    switch (opcode) {
        case '(':
            push({PickleMark{}});
            return true;
        case ')':
            push({PickleTuple{}});
            return true;
        case 't':
            push({PickleTuple{pop_to_mark()}});
            return true;
        case 0x85:
            push_tuple(1);
            return true;
        case 0x86:
            push_tuple(2);
            return true;
        case 0x87:
            push_tuple(3);
            return true;
        case ']':
            push({PickleList{}});
            return true;
        case 'a':  // APPEND
            (void)pop();
            (void)expect<PickleList>(stack_.empty() ? nullptr : stack_.back(), "a list");
            return true;
        case 'e':  // APPENDS
            (void)pop_to_mark();
            (void)expect<PickleList>(stack_.empty() ? nullptr : stack_.back(), "a list");
            return true;
        case '}':
            push({PickleDictionary{}});
            return true;
        case 's': {  // SETITEM
            const PickleValue* value = pop();
            const PickleValue* key = pop();
            top_dictionary().items.emplace_back(key, value);
            return true;
        }
        case 'u': {  // SETITEMS
            const PickleItems items = pop_to_mark();
            if (items.size() % 2 != 0) refuse("a key without a value");
            PickleDictionary& dictionary = top_dictionary();
            for (std::size_t i = 0; i < items.size(); i += 2) {
                dictionary.items.emplace_back(items[i], items[i + 1]);
            }
            return true;
        }
        default:
            return false;
    }
}

bool PickleMachine::step_memory(unsigned opcode) {
    switch (opcode) {
        case 'q':
        case 'r': {  // BINPUT, LONG_BINPUT
            const std::uint64_t index = number(opcode == 'q' ? 1 : 4);
            if (stack_.empty()) refuse("nothing to remember");
            memo_[index] = stack_.back();
            return true;
        }
        case 'h':
        case 'j': {  // BINGET, LONG_BINGET
            const auto found = memo_.find(number(opcode == 'h' ? 1 : 4));
            if (found == memo_.end()) refuse("it refers to an undefined memo entry");
            stack_.push_back(found->second);
            return true;
        }
        default:
            return false;
    }
}

// The functions that stand in a pickle of tensors, read as the data they would make.
void PickleMachine::reduce() {
    const auto& arguments = expect<PickleTuple>(pop(), "arguments");
    const auto& global = expect<PickleGlobal>(pop(), "a known function");
    if (global.name == ordered_dictionary && arguments.items.empty()) {
        push({PickleDictionary{}});
        return;
    }
    if (global.name == rebuild_tensor) {
        push(*rebuilt_tensor(arguments));
        return;
    }
    if (global.name == rebuild_parameter && !arguments.items.empty()) {
        push({expect<PickleTensor>(arguments.items.front(), "a tensor")});
        return;
    }
    refuse(fmt::format("{} with unexpected arguments", global.name));
}

const PickleValue* PickleMachine::rebuilt_tensor(const PickleTuple& arguments) {
    // Storage, offset, sizes, strides; then whether it needs a gradient and its hooks.
    if (arguments.items.size() < 4) refuse("a tensor of less than four facts");
    PickleTensor tensor;
    tensor.storage = expect<PickleStorage>(arguments.items[0], "a storage");
    tensor.offset = expect<std::int64_t>(arguments.items[1], "an offset");
    const auto numbers = [&](const PickleValue* value, std::string_view what) {
        std::vector<std::int64_t> list;
        for (const PickleValue* item : expect<PickleTuple>(value, what).items) {
            list.push_back(expect<std::int64_t>(item, what));
        }
        return list;
    };
    tensor.shape = numbers(arguments.items[2], "sizes");
    tensor.strides = numbers(arguments.items[3], "strides");
    values_.push_back({std::move(tensor)});
    return &values_.back();
}

// The state that a module gives its dictionary of tensors says which versions wrote it: of no use.
void PickleMachine::build() {
    (void)pop();
    (void)top_dictionary();
}

// ("storage", type, key, device, elements)
void PickleMachine::persistent() {
    const auto& facts = expect<PickleTuple>(pop(), "a storage").items;
    if (facts.size() != 5 || expect<std::string>(facts[0], "a storage") != "storage") {
        refuse("a reference to other than a storage");
    }
    const std::string& global = expect<PickleGlobal>(facts[1], "a storage's type").name;
    const StorageName* known = storage_named(global);
    if (known == nullptr) refuse(fmt::format("{} is not a storage type", global));
    const auto& key = expect<std::string>(facts[2], "a storage's name");
    if (has_control_characters(key)) refuse("invalid name of a storage");
    push({PickleStorage{known->type, key, expect<std::int64_t>(facts[4], "a storage's length")}});
}

std::uint64_t PickleMachine::number(std::size_t bytes) {
    const std::string_view found = text(bytes);
    std::uint64_t value = 0;
    for (std::size_t i = found.size(); i > 0; --i) {
        value = (value << 8U) | static_cast<unsigned char>(found[i - 1]);
    }
    return value;
}

std::string_view PickleMachine::text(std::size_t bytes) {
    if (bytes > pickle_.size() - at_) refuse("it ends in the middle of an instruction");
    const auto* start = reinterpret_cast<const char*>(pickle_.data()) + at_;
    at_ += bytes;
    return {start, bytes};
}

std::string_view PickleMachine::line() {
    const std::string_view rest(reinterpret_cast<const char*>(pickle_.data()) + at_,
                                pickle_.size() - at_);
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) refuse("a line without an end");
    at_ += end + 1;
    return rest.substr(0, end);
}

void PickleMachine::push(PickleValue value) {
    values_.push_back(std::move(value));
    stack_.push_back(&values_.back());
}

PickleValue* PickleMachine::pop() {
    if (stack_.empty()) refuse("it takes from an empty stack");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
}

PickleItems PickleMachine::pop_to_mark() {
    PickleItems items;
    for (;;) {
        const PickleValue* value = pop();
        if (std::holds_alternative<PickleMark>(value->what)) break;
        items.push_back(value);
    }
    std::ranges::reverse(items);
    return items;
}

PickleDictionary& PickleMachine::top_dictionary() {
    auto* dictionary =
        stack_.empty() ? nullptr : std::get_if<PickleDictionary>(&stack_.back()->what);
    if (dictionary == nullptr) refuse("a key or a state for what is no dictionary");
    return *dictionary;
}

void PickleMachine::push_tuple(std::size_t count) {
    PickleTuple tuple;
    for (std::size_t i = 0; i < count; ++i) tuple.items.push_back(pop());
    std::ranges::reverse(tuple.items);
    push({std::move(tuple)});
}

template <class T>
const T& PickleMachine::expect(const PickleValue* value, std::string_view what) const {
    const T* found = value == nullptr ? nullptr : std::get_if<T>(&value->what);
    if (found == nullptr) refuse(fmt::format("expected {}", what));
    return *found;
}

}  // namespace nightreel
