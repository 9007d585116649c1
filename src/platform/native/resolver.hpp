#pragma once
// The addresses of a host. The system's resolver may block for seconds: it runs on a thread of its own, and
// the answer comes back through the loop. Addresses, and names that mean this machine (RFC 6761 §6.3), need
// none.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "native/loop.hpp"

namespace parlor::platform::native {

/// One question: asked by its constructor, given up by its destructor. The answer comes from the loop, once;
/// none: the name is not known, or cannot be asked for.
class Resolution {
 public:
  using Callback = std::function<void(std::vector<base::IpAddress> found)>;
  /// Most addresses that are looked at.
  static constexpr std::size_t kMost = 16;

  Resolution(Loop& loop, const std::string& host, Callback callback);
  ~Resolution();
  Resolution(const Resolution&) = delete;
  Resolution& operator=(const Resolution&) = delete;

 private:
  struct Asker;
  class Lookup;
  Loop& loop_;
  std::string host_;
  std::shared_ptr<Asker> asker_;
};

/// First the family that comes first, then by turns (RFC 8305 §4).
[[nodiscard]] std::vector<base::IpAddress> by_turns(const std::vector<base::IpAddress>& addresses);

}  // namespace parlor::platform::native
