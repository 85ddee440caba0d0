#include "worker/work_folders.h"

#include "pipeline/plan/roots/root_marker.h"
#include "pipeline/store/disk_fault.h"

namespace nightreel {
namespace {

// Free space that a worker's own folder must keep, for completions and logs.
constexpr std::uint64_t state_free_bytes_min = std::uint64_t{16} << 20;

WorkFolder store_folder(const WorkerConfig& config) {
    return {
        .name = store_root, .path = config.store, .free_bytes_min = config.store_free_bytes_min};
}

void expect(const WorkFolder& folder) {
    if (folder.identity.empty()) return;
    try {
        if (!folder.is_marked && is_in_use(folder.path) && read_root_marker(folder.path).empty()) {
            write_root_marker(folder.path, folder.identity);
        }
        expect_root(folder.name, folder.path, folder.identity);
    } catch (const Error& error) {
        throw FolderFault(error.kind(), error.what());
    }
}

}  // namespace

WorkFolders work_folders_of(const WorkerConfig& config, const std::vector<wire::FarmRoot>& roots) {
    WorkFolders folders{store_folder(config),
                        {.path = config.state, .free_bytes_min = state_free_bytes_min}};
    for (const wire::FarmRoot& root : roots) {
        if (root.name == store_root) {
            folders.front().identity = root.identity;
            folders.front().is_marked = root.is_marked;
            continue;
        }
        const auto own = config.roots.find(root.name);
        folders.push_back({.name = root.name,
                           .path = own == config.roots.end() ? root.path : own->second,
                           .identity = root.identity,
                           .is_marked = root.is_marked});
    }
    return folders;
}

void expect_folders(const WorkFolders& folders) {
    for (const WorkFolder& folder : folders) expect(folder);
}

void expect_room(const WorkFolders& folders) {
    for (const WorkFolder& folder : folders) {
        expect(folder);
        const std::string fault = disk_fault(folder.path, folder.free_bytes_min);
        if (!fault.empty()) throw FolderFault(ErrorKind::unavailable, fault);
    }
}

std::string fault_of(const WorkFolders& folders) {
    try {
        expect_room(folders);
        return {};
    } catch (const FolderFault& fault) {
        return fault.what();
    }
}

void at_folders(const WorkFolders& folders, const std::function<void()>& work) {
    expect_folders(folders);
    try {
        work();
    } catch (const Error&) {
        expect_folders(folders);
        throw;
    }
}

RootMarks marks_of(const WorkFolders& folders) {
    RootMarks marks;
    for (const WorkFolder& folder : folders) {
        if (!folder.identity.empty()) marks[folder.name] = folder.identity;
    }
    return marks;
}

}  // namespace nightreel
