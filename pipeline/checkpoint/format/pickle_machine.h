#pragma once
// The stack machine that reads a pickle of tensors as data; see pickle_tensors.h. One thread.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "pipeline/checkpoint/format/stored_tensor.h"

namespace nightreel {

struct PickleValue;
using PickleItems = std::vector<const PickleValue*>;

struct PickleNone {};

struct PickleMark {};

struct PickleGlobal {
    std::string name;  // "torch._utils._rebuild_tensor_v2"
};

struct PickleTuple {
    PickleItems items;
};

struct PickleList {};  // what it holds is of no use to us

struct PickleDictionary {
    std::vector<std::pair<const PickleValue*, const PickleValue*>> items;
};

struct PickleStorage {
    ElementType type = ElementType::float32;
    std::string key;  // the name of its entry in the archive
    std::int64_t elements = 0;
};

struct PickleTensor {
    PickleStorage storage;
    std::int64_t offset = 0;  // in elements
    std::vector<std::int64_t> shape;
    std::vector<std::int64_t> strides;
};

struct PickleValue {
    std::variant<PickleNone,
                 PickleMark,
                 bool,
                 std::int64_t,
                 double,
                 std::string,
                 PickleGlobal,
                 PickleTuple,
                 PickleList,
                 PickleDictionary,
                 PickleStorage,
                 PickleTensor>
        what;
};

class PickleMachine {
  public:
    PickleMachine(std::span<const std::byte> pickle, const std::string& label)
        : pickle_(pickle), label_(label) {}

    // What the pickle leaves on the stack; it belongs to the machine.
    const PickleValue& run();

    [[noreturn]] void refuse(const std::string& what) const;

  private:
    bool step();  // false at STOP
    bool step_number(unsigned opcode);
    bool step_container(unsigned opcode);
    bool step_memory(unsigned opcode);
    void reduce();
    void build();
    void persistent();
    void push_long();
    const PickleValue* rebuilt_tensor(const PickleTuple& arguments);

    std::uint64_t number(std::size_t bytes);
    std::string_view text(std::size_t bytes);
    std::string_view line();
    void push(PickleValue value);
    PickleValue* pop();
    PickleItems pop_to_mark();
    PickleDictionary& top_dictionary();
    void push_tuple(std::size_t count);

    template <class T>
    const T& expect(const PickleValue* value, std::string_view what) const;

    std::span<const std::byte> pickle_;
    const std::string& label_;
    std::size_t at_ = 0;
    std::size_t opcode_at_ = 0;
    std::deque<PickleValue> values_;  // owns all; an address stays
    std::vector<PickleValue*> stack_;
    std::map<std::uint64_t, PickleValue*> memo_;
};

}  // namespace nightreel
