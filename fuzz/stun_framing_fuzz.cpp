// links: parlor_stun
// The framing of streams: however a stream is cut into pieces, the same messages come out of it, and the
// buffer never grows.
//
// The first byte seeds the cuts; the rest is the stream.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/random.hpp"
#include "stun/stream_framer.hpp"

namespace {

namespace base = parlor::base;
using parlor::stun::StreamFramer;

void require(bool holds) {
  if (!holds) std::abort();
}

struct Frames {
  std::vector<base::Bytes> messages;
  bool broken = false;
};

/// Feeds pieces of at most `max_piece` bytes.
Frames frames_of(base::BytesView stream, base::SeededRandom& random, std::uint32_t max_piece) {
  Frames frames;
  StreamFramer framer;
  while (!stream.empty() && !framer.is_broken()) {
    const auto space = framer.space();
    require(!space.empty() && space.size() <= StreamFramer::kMaxMessage);
    const std::size_t piece =
        std::min({std::size_t{1} + random.below(max_piece), space.size(), stream.size()});
    std::copy_n(stream.begin(), piece, space.begin());
    framer.commit(piece);
    stream = stream.subspan(piece);
    while (const auto message = framer.next()) {
      require(message->size() >= 20 && message->size() <= StreamFramer::kMaxMessage);
      frames.messages.emplace_back(message->begin(), message->end());
    }
  }
  frames.broken = framer.is_broken();
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  base::SeededRandom random(data[0]);
  const base::BytesView stream = std::as_bytes(std::span(data, size)).subspan(1);
  const Frames fine = frames_of(stream, random, 7);
  const Frames coarse = frames_of(stream, random, 4'000);
  require(fine.messages == coarse.messages && fine.broken == coarse.broken);
  return 0;
}
