// links: parlor_signaling
// Codes as people type them: what is taken is canonical, is taken again however it is written, and has a
// home.

#include <cstdlib>

#include "signaling/code.hpp"

using namespace parlor::signaling;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto code = canonical_code({reinterpret_cast<const char*>(data), size});
  if (!code) return 0;
  check(code->size() == kCodeLength);
  check(canonical_code(*code) == code);
  check(canonical_code(shown_code(*code)) == code);
  for (std::size_t workers = 1; workers < 70; workers += 23) check(home_worker(*code, workers) < workers);
  return 0;
}
