// links: parlor_dtls
// Somebody who takes part in the handshake as it likes: datagrams of a real one that are changed, lost, said
// twice or later, and others of its own making, to either role. No data comes of it unless both are
// connected, output stays bounded, and deadlines lie ahead.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/openssl_transport.hpp"

namespace {

using namespace parlor::dtls;
using parlor::base::Bytes;

constexpr std::size_t kMostKept = 64;

void check(bool holds) {
  if (!holds) std::abort();
}

class World {
 public:
  explicit World(std::uint8_t how) {
    static const auto context = Context::make();
    TransportOptions options;
    options.mtu = (how & 2) != 0 ? kSmallestMtu : 1200;
    FakeTransportOptions fake;
    fake.fingerprint = context->fingerprint();
    for (auto& end : ends_) {
      end = (how & 1) != 0 ? make_fake_transport(random_, fake) : make_transport(context, options);
      if ((how & 4) == 0) tell(*end, context->fingerprint());
    }
    fingerprint_ = context->fingerprint();
    ends_[0]->start(now_, Role::client);
    ends_[1]->start(now_, Role::server);
    drain();
  }

  /// One of those that were said, the latest first, to whom it was meant for or to who said it.
  void pass(std::uint8_t back, std::uint8_t at, std::uint8_t change, bool to_sender) {
    if (said_.empty()) return;
    auto [from, datagram] = said_[said_.size() - 1 - back % said_.size()];
    if (change != 0) datagram[(at * datagram.size()) / 256] ^= static_cast<std::byte>(change);
    receive(to_sender ? from : 1 - from, std::move(datagram));
  }
  void receive(std::size_t to, Bytes datagram) {
    Transport& end = *ends_[to];
    std::span<std::byte> rest = datagram;
    while (end.take(now_, rest)) check(end.state() == State::connected);
    check(rest.empty());
    drain();
  }
  void wait(std::uint8_t steps) {
    now_ += parlor::base::milliseconds(steps * 10);
    for (auto& end : ends_) {
      if (const auto at = end->poll_timeout(); at && *at <= now_) end->handle_timeout(now_);
      const auto next = end->poll_timeout();
      check(!next || *next > now_);
    }
    drain();
  }
  void send(std::size_t from) {
    Bytes record(10 + ends_[from]->overhead());
    record.resize(ends_[from]->seal(Bytes(10), record));
    check(record.empty() == (ends_[from]->state() != State::connected));
    if (!record.empty()) keep(from, std::move(record));
  }
  void introduce() {
    for (auto& end : ends_) tell(*end, fingerprint_);
    receive(0, {});
    receive(1, {});
  }
  void close(std::size_t side) {
    ends_[side]->close(now_);
    drain();
  }

 private:
  void tell(Transport& end, const Fingerprint& fingerprint) {
    end.set_remote_fingerprints(now_, std::array<Fingerprint, 1>{fingerprint});
  }
  void drain() {
    std::array<std::byte, 1200> out{};
    for (const std::size_t side : {0U, 1U}) {
      int datagrams = 0;
      while (const std::size_t size = ends_[side]->poll_transmit(now_, out)) {
        check(++datagrams <= 32);
        keep(side, Bytes(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)));
      }
      while (ends_[side]->poll_event()) continue;
    }
  }
  void keep(std::size_t from, Bytes datagram) {
    if (said_.size() == kMostKept) said_.erase(said_.begin());
    said_.emplace_back(from, std::move(datagram));
  }

  parlor::base::Time now_ = parlor::base::time_from(parlor::base::seconds(1));
  parlor::base::SeededRandom random_{1};
  std::array<std::unique_ptr<Transport>, 2> ends_;
  Fingerprint fingerprint_{};
  std::vector<std::pair<std::size_t, Bytes>> said_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parlor::base::ByteReader reader(std::as_bytes(std::span(data, size)));
  const auto first = reader.u8();
  if (!first) return 0;
  World world(*first);
  for (int steps = 0; steps < 100; ++steps) {
    const auto what = reader.u8();
    const auto how = reader.u8();
    if (!how) break;
    switch (*what % 8) {
      case 0:
        world.wait(*how);
        break;
      case 1:
        world.send(*how % 2);
        break;
      case 2:
        if (*how == 7) world.introduce();
        if (*how == 77 || *how == 78) world.close(*how % 2);
        break;
      case 3: {
        const auto bytes = reader.take(*how);
        if (bytes) world.receive(*what / 8 % 2, Bytes(bytes->begin(), bytes->end()));
        break;
      }
      case 4: {
        const auto at = reader.u8();
        const auto change = reader.u8();
        if (change) world.pass(*how, *at, *change, (*what & 8) != 0);
        break;
      }
      default:
        world.pass(*how % 4, 0, 0, false);
    }
  }
  return 0;
}
