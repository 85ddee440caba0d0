#include "pipeline/model/tensor/residency.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

namespace nightreel {
namespace {

struct PageRange {
    std::size_t file = 0;
    std::byte* begin = nullptr;
    std::byte* end = nullptr;
};

std::size_t page_bytes() {
    return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// Whole pages. The ones at the ends may belong to neighbours too, for which being read early or
// again is no harm. Tensors of one block mostly lie side by side: ranges that touch are one.
std::vector<PageRange> pages_of(const StoredPart& part,
                                std::string_view prefix,
                                const WhichTensors& which) {
    std::vector<PageRange> ranges;
    const std::size_t page = page_bytes();
    for (auto at = part.places().lower_bound(prefix);
         at != part.places().end() && at->first.starts_with(prefix);
         ++at) {
        if (which && !which(at->first)) continue;
        const TensorFile& file = part.file_of(at->second);
        const auto all = file.mapping()->bytes();
        const auto bytes = file.bytes_of(at->second.tensor);
        if (bytes.empty()) continue;
        const auto start = static_cast<std::size_t>(bytes.data() - all.data());
        const std::size_t first = start / page * page;
        const std::size_t past =
            std::min(all.size(), (start + bytes.size() + page - 1) / page * page);
        // madvise takes no pointer to const, though it writes nothing.
        auto* base = const_cast<std::byte*>(all.data());
        ranges.push_back({at->second.file, base + first, base + past});
    }
    std::sort(ranges.begin(), ranges.end(), [](const PageRange& a, const PageRange& b) {
        return std::pair(a.file, a.begin) < std::pair(b.file, b.begin);
    });
    std::vector<PageRange> joined;
    for (const PageRange& range : ranges) {
        const bool touches =
            !joined.empty() && joined.back().file == range.file && range.begin <= joined.back().end;
        if (!touches) {
            joined.push_back(range);
            continue;
        }
        joined.back().end = std::max(joined.back().end, range.end);
    }
    return joined;
}

std::size_t size_of(const PageRange& range) {
    return static_cast<std::size_t>(range.end - range.begin);
}

}  // namespace

PageCache page_cache_for(const StoredPart& part) {
    std::uint64_t bytes = 0;
    for (const TensorFile& file : part.files()) bytes += file.mapping()->bytes().size();
    const auto machine = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                         static_cast<std::uint64_t>(page_bytes());
    return bytes > machine / 2 ? PageCache::drop : PageCache::keep;
}

void read_pages(const StoredPart& part, std::string_view prefix, const WhichTensors& which) {
    const std::vector<PageRange> ranges = pages_of(part, prefix, which);
    // Advice is a wish: where the system does not follow it, touching the pages reads them.
    for (const PageRange& range : ranges) ::madvise(range.begin, size_of(range), MADV_WILLNEED);
    const std::size_t page = page_bytes();
    for (const PageRange& range : ranges) {
        const volatile std::byte* bytes = range.begin;
        for (std::size_t at = 0; at < size_of(range); at += page) (void)bytes[at];
    }
}

void release_pages(const StoredPart& part,
                   std::string_view prefix,
                   PageCache cache,
                   const WhichTensors& which) {
    for (const PageRange& range : pages_of(part, prefix, which)) {
        ::madvise(range.begin, size_of(range), MADV_DONTNEED);
        if (cache == PageCache::keep) continue;
        const TensorFile& file = part.files()[range.file];
        const int descriptor = ::open(file.file().c_str(), O_RDONLY | O_CLOEXEC);
        if (descriptor < 0) continue;  // the cache stays as it is: slower, not wrong
        const auto start = range.begin - file.mapping()->bytes().data();
        ::posix_fadvise(descriptor, start, static_cast<off_t>(size_of(range)), POSIX_FADV_DONTNEED);
        ::close(descriptor);
    }
}

void release_freed_memory() {
    ::malloc_trim(0);
}

}  // namespace nightreel
