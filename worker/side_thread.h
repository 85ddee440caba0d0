#pragma once
// Runs one job at a time beside the owner's loop and wakes its poll when the job has ended. What
// the job touches is the job's alone until then. Owned by one thread.

#include <exception>
#include <functional>
#include <thread>

namespace nightreel {

class SideThread {
  public:
    SideThread();
    // Waits for a job that still runs.
    ~SideThread();
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;

    void start(std::function<void()> job);

    bool busy() const { return thread_.joinable(); }

    // True, once, when the job has ended; throws what the job threw.
    bool take_end();

    // Readable when the job has ended.
    int descriptor() const { return ended_; }

  private:
    int ended_;
    std::exception_ptr thrown_;
    std::thread thread_;
};

}  // namespace nightreel
