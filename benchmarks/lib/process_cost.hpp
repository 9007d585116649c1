#pragma once
// What a process has used, by the operating system's accounting.

#include <cstdint>

namespace bench {

/// CPU time of all threads in nanoseconds: what ran, not what the clock ticks sampled
/// (/proc/PID/task/*/schedstat).
std::uint64_t cpu_ns(int pid);
/// How long its threads could have run and had no core, from the same place: other work was on the machine.
std::uint64_t waited_ns(int pid);
/// Memory of the process that is nobody else's, plus its share of what it shares, in bytes (Pss of
/// smaps_rollup).
std::uint64_t memory_bytes(int pid);

}  // namespace bench
