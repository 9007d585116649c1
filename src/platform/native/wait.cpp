// What is in parlor/native.hpp.

#include <algorithm>
#include <thread>

#include "native/loop.hpp"
#include "native/tls.hpp"
#include "parlor/native.hpp"

namespace parlor {

using platform::native::Loop;

bool wait(std::chrono::milliseconds most) {
  most = std::max(most, std::chrono::milliseconds(0));
  if (const auto loop = Loop::existing()) return loop->wait(most);
  std::this_thread::sleep_for(most);  // without a room nothing can come
  return false;
}

void run_for(std::chrono::milliseconds time) {
  time = std::max(time, std::chrono::milliseconds(0));
  if (const auto loop = Loop::existing()) return loop->run_for(time);
  std::this_thread::sleep_for(time);
}

bool trust_ca_file(const std::string& file) {
  return platform::native::trust_ca_file(file);
}

}  // namespace parlor
