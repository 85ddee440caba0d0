#pragma once
// Rows of a listing, as long as there is room for them. Pure, any thread.

#include <cstddef>
#include <cstdint>
#include <utility>

#include "shotspec/describe/fields_json.h"

namespace nightreel {

class RowList {
  public:
    explicit RowList(std::size_t bytes_max, std::size_t rows_max = SIZE_MAX)
        : bytes_max_(bytes_max), rows_max_(rows_max) {}

    // False when there is no room for it: the list is full. One row always has room.
    bool add(Json row) {
        const std::size_t bytes = row.dump().size() + 1;
        const bool full = rows_.size() >= rows_max_ || bytes_ + bytes > bytes_max_;
        if (full && !rows_.empty()) return false;
        bytes_ += bytes;
        rows_.push_back(std::move(row));
        return true;
    }

    bool empty() const { return rows_.empty(); }

    Json take() { return std::move(rows_); }

  private:
    std::size_t bytes_max_;
    std::size_t rows_max_;
    std::size_t bytes_ = 0;
    Json rows_ = Json::array();
};

}  // namespace nightreel
