#pragma once
// What a worker has to offer: the models in its roots. Reads disks; one thread at a time.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "scheduler/protocol/worker_messages.h"

namespace nightreel {

// Whether two offers say the same, whoever says it.
bool is_same(const wire::Offers& a, const wire::Offers& b);

// The models of some roots, first root first. A card is read again only after it has changed.
class ModelShelf {
  public:
    explicit ModelShelf(std::vector<std::string> roots) : roots_(std::move(roots)) {}

    std::vector<wire::OfferedModel> models();

  private:
    struct Seen {
        std::filesystem::file_time_type changed;
        std::uint64_t bytes = 0;
        wire::OfferedModel model;
    };

    std::vector<std::string> roots_;
    std::map<std::filesystem::path, Seen> seen_;  // by card
};

}  // namespace nightreel
