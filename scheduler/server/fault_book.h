#pragma once
// Requests that were in hand when the farm broke. The process ends then and replays; a peer that
// asks again would end it again, so what did so twice in a row is refused from then on. Kept in a
// small file beside the journal, written only when the farm breaks. Owned by the event loop.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nightreel {

class FaultBook {
  public:
    static constexpr int ends_tolerated = 2;
    static constexpr std::size_t entries_max = 64;

    // Reads what is there; lines that cannot be read are passed over, because a damaged list must
    // not keep the scheduler from starting.
    explicit FaultBook(std::filesystem::path file);

    bool refuses(std::string_view peer, std::string_view request) const;

    // Durable when it returns. Throws Error{unavailable} when it cannot be written.
    void note(std::string_view peer, std::string_view request);

  private:
    struct Entry {
        std::string digest;
        int ends = 0;
    };

    std::filesystem::path file_;
    std::vector<Entry> entries_;  // oldest first
};

}  // namespace nightreel
