#include "process_cost.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <string>

namespace bench {

namespace fs = std::filesystem;

namespace {

/// The sum of the first fields (what ran, what waited) of all threads' schedstat.
std::array<std::uint64_t, 2> schedule(int pid) {
  std::array<std::uint64_t, 2> sum{};
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::ifstream file(task.path() / "schedstat");
    std::uint64_t ran = 0;
    std::uint64_t waited = 0;
    if (!(file >> ran >> waited)) continue;
    sum[0] += ran;
    sum[1] += waited;
  }
  return sum;
}

}  // namespace

std::uint64_t cpu_ns(int pid) {
  return schedule(pid)[0];
}

std::uint64_t waited_ns(int pid) {
  return schedule(pid)[1];
}

std::uint64_t memory_bytes(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/smaps_rollup");
  std::string word;
  std::uint64_t kib = 0;
  while (file >> word) {
    if (word == "Pss:" && file >> kib) return kib * 1024;
  }
  return 0;
}

}  // namespace bench
