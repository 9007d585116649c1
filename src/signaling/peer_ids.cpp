#include "signaling/peer_ids.hpp"

namespace parlor::signaling {

std::uint16_t PeerIds::permuted(std::uint16_t number) const {
  unsigned left = number >> 8;
  unsigned right = number & 0xffU;
  for (unsigned round = 0; round < 4; ++round) {
    std::uint64_t mixed = key_ + (round << 8 | right) * 0x9e3779b97f4a7c15U;  // splitmix64's finish
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebU;
    const unsigned next = left ^ static_cast<unsigned>((mixed ^ (mixed >> 31)) & 0xffU);
    left = right;
    right = next;
  }
  return static_cast<std::uint16_t>(left << 8 | right);
}

}  // namespace parlor::signaling
