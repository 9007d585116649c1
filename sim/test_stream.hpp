#pragma once
// Two ends of a stream in a test, and what happened to each.

#include <memory>
#include <optional>

#include "sim/stream.hpp"
#include "sim/test_internet.hpp"

namespace parlor::sim::testing {

/// Bytes that say where they stand.
inline base::Bytes pattern(std::size_t count, std::size_t from = 0) {
  base::Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>((from + i) * 31 % 251);
  return bytes;
}

/// One end of a stream, which writes down what happens to it.
struct End {
  std::shared_ptr<Stream> stream;
  base::Bytes got;
  bool opened = false;
  bool peer_closed = false;
  std::optional<StreamEnd> ended;
  base::Time ended_at{};
  base::Bytes to_send;  // given to the stream as it takes it
  std::size_t given = 0;

  StreamHandlers handlers(World& world, bool answers_close = true) {
    StreamHandlers all;
    all.opened = [this] {
      opened = true;
      feed();
    };
    all.received = [this](base::BytesView bytes) { got.insert(got.end(), bytes.begin(), bytes.end()); };
    all.writable = [this] { feed(); };
    all.peer_closed = [this, answers_close] {
      peer_closed = true;
      if (answers_close) stream->close();
    };
    all.ended = [this, &world](StreamEnd how) {
      EXPECT_FALSE(ended) << "told once";
      ended = how;
      ended_at = world.now();
    };
    return all;
  }
  void feed() {
    if (stream) given += stream->send(base::BytesView(to_send).subspan(given));
  }
};

struct Pair {
  explicit Pair(const LinkOptions& path = delay_of(base::milliseconds(50)), const StreamOptions& options = {},
                std::uint64_t seed = 1)
      : world(seed) {
    internet.set_between(alice.interface(), server.interface(), path);
    server.accepted_streams = options;
    server.listen(80, [this](const std::shared_ptr<Stream>& stream) {
      far.stream = stream;
      stream->set_handlers(far.handlers(world));
      far.feed();
    });
    near.stream = alice.connect(endpoint("203.0.113.1", 80), near.handlers(world), options);
  }
  [[nodiscard]] bool open() {
    return world.run_until([&] { return near.opened && far.stream; }, base::seconds(30));
  }
  void cut() { internet.cut(alice.interface(), server.interface()); }
  void mend() { internet.mend(alice.interface(), server.interface()); }

  World world;
  Network internet{world};
  Host& alice = internet.host("alice", {"192.0.2.1"});
  Host& server = internet.host("server", {"203.0.113.1"});
  End near;
  End far;
};

}  // namespace parlor::sim::testing
