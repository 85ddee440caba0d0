#pragma once
// Which pages of mapped weights are in memory: read ahead of their use, given back after it. A
// network that is larger than its budget runs block by block that way, with the same bytes as
// results, for only where weights lie differs. Any thread.

#include <functional>
#include <string_view>

#include "pipeline/checkpoint/layout/stored_part.h"
#include "pipeline/plan/memory_plan.h"

namespace nightreel {

// What becomes of the system's cache of pages that are given back.
enum class PageCache {
    keep,  // the next pass finds them there
    drop,  // a file larger than the machine's memory would only push out everything else
};

PageCache page_cache_for(const StoredPart& part);

// Of the tensors whose names begin with a prefix, which are meant; none given: all.
using WhichTensors = std::function<bool(std::string_view name)>;

// Returns when they are in memory.
void read_pages(const StoredPart& part, std::string_view prefix, const WhichTensors& which = {});

// Views stay valid: a page that is looked at again is read again.
void release_pages(const StoredPart& part,
                   std::string_view prefix,
                   PageCache cache,
                   const WhichTensors& which = {});

// Gives memory that was freed, but lies between what is still held, back to the system. Converted
// weights that come and go between tensors that stay would otherwise leave gaps in the heap, more
// with every block. Its next use costs fresh pages.
void release_freed_memory();

}  // namespace nightreel
