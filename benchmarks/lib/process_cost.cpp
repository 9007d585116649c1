#include "process_cost.hpp"

#include <filesystem>
#include <fstream>
#include <string>

namespace bench {

namespace fs = std::filesystem;

std::uint64_t cpu_ns(int pid) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(pid) + "/task", error)) {
    std::ifstream file(task.path() / "schedstat");
    std::uint64_t ran = 0;
    if (file >> ran) sum += ran;
  }
  return sum;
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
