#pragma once
// Which record numbers have come already, and which are too old to tell (RFC 6347 §4.1.2.6): so that what a
// stranger recorded is of no use to him. 192 numbers behind the newest, three times what the RFC prefers,
// since UDP is reordered by more than 64 packets where it comes in bursts. The ring of blocks is RFC 6479's.

#include <array>
#include <cstdint>

namespace parlor::dtls {

class ReplayWindow {
 public:
  /// That many numbers are told apart at least, the newest included.
  static constexpr std::uint64_t kSize = 192;

  /// To be asked before a record is opened, since that is cheaper.
  [[nodiscard]] bool is_new(std::uint64_t sequence) const;
  /// To be called once it is known to be genuine: a forged one must not move the window.
  void mark(std::uint64_t sequence);

 private:
  static constexpr std::uint64_t kBlocks = kSize / 64 + 1;  // of which one is only partly in use

  [[nodiscard]] static std::uint64_t bit(std::uint64_t sequence) {
    return std::uint64_t{1} << (sequence % 64);
  }

  std::array<std::uint64_t, kBlocks> seen_{};
  std::uint64_t newest_ = 0;  // of those seen, whose 0 is the first
};

}  // namespace parlor::dtls
