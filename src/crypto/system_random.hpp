#pragma once
// The strong generator of the operating system, by way of OpenSSL: for ids, codes, keys and secrets.

#include "base/random.hpp"

namespace parlor::crypto {

/// Stateless on our side; any number may exist, on any thread. A generator that fails ends the program.
class SystemRandom final : public base::Random {
 public:
  void fill(std::span<std::byte> out) override;
};

}  // namespace parlor::crypto
