// links: parlor_dtls
// Somebody who sends what it likes to a transport that is connected: what is not genuine changes nothing,
// what is genuine is given once, and nothing is read beyond. The first byte says whether the records are
// damaged copies of genuine ones or nothing but noise.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/openssl_transport.hpp"
#include "dtls/record.hpp"

namespace {

using namespace parlor::dtls;
using parlor::base::Bytes;
using parlor::base::BytesView;

void check(bool holds) {
  if (!holds) std::abort();
}

class Attacked {
 public:
  explicit Attacked(int kind) {
    if (kind == 0) {
      for (auto& end : ends_) end = make_fake_transport(random_, {.fingerprint = kFingerprint});
      connect(kFingerprint);
    } else {
      static const auto context = Context::make();
      const auto preference = kind == 1 ? CipherPreference::fewest_bytes : CipherPreference::least_work;
      for (auto& end : ends_) end = make_transport(context, {.preference = preference});
      connect(context->fingerprint());
    }
  }

  /// A record of alice's that says its own number.
  [[nodiscard]] Bytes genuine() {
    const std::array<std::byte, 1> plain{static_cast<std::byte>(sealed_++)};
    Bytes record(plain.size() + ends_[0]->overhead());
    check(ends_[0]->seal(plain, record) == record.size());
    return record;
  }

  /// `number`: of the genuine record that it is; -1 where it is none, or was given already.
  void receive(Bytes datagram, int number) {
    std::span<std::byte> rest = datagram;
    while (const auto data = ends_[1]->take(now_, rest)) {
      check(data->size() == 1);
      const int given = std::to_integer<int>((*data)[0]);
      check(given == number && given_.insert(given).second);
    }
    check(rest.empty());
    std::array<std::byte, 1200> out{};
    while (ends_[1]->poll_transmit(now_, out) != 0) continue;
    check(!ends_[1]->poll_event());
    check(ends_[1]->state() == State::connected);
  }

 private:
  static constexpr Fingerprint kFingerprint{std::byte{1}};

  void connect(const Fingerprint& fingerprint) {
    for (auto& end : ends_) end->set_remote_fingerprints(now_, std::array<Fingerprint, 1>{fingerprint});
    ends_[0]->start(now_, Role::client);
    ends_[1]->start(now_, Role::server);
    std::array<std::byte, 1200> buffer{};
    for (bool goes_on = true; goes_on;) {
      goes_on = false;
      for (std::size_t from = 0; from < 2; ++from) {
        std::span<std::byte> rest =
            std::span<std::byte>(buffer).first(ends_[from]->poll_transmit(now_, buffer));
        goes_on = goes_on || !rest.empty();
        check(!ends_[1 - from]->take(now_, rest));
      }
    }
    for (auto& end : ends_) {
      check(end->state() == State::connected);
      while (end->poll_event()) continue;
    }
  }

  parlor::base::Time now_ = parlor::base::time_from(parlor::base::seconds(1));
  parlor::base::SeededRandom random_{1};
  std::array<std::unique_ptr<Transport>, 2> ends_;
  unsigned sealed_ = 0;
  std::set<int> given_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parlor::base::ByteReader reader(std::as_bytes(std::span(data, size)));
  const auto first = reader.u8();
  if (!first) return 0;
  // A real handshake takes too long to be made for every input.
  Attacked attacked(*first % 64 == 63 ? 1 : *first % 64 == 62 ? 2 : 0);
  if (*first >= 128) {
    while (const auto length = reader.u8()) {
      const auto noise = reader.take(*length);
      if (!noise) break;
      attacked.receive(Bytes(noise->begin(), noise->end()), -1);
    }
    return 0;
  }
  for (int number = 0; number < 200; ++number) {
    const auto at = reader.u8();
    const auto change = reader.u8();
    if (!change) break;
    Bytes record = attacked.genuine();
    record[*at % record.size()] ^= static_cast<std::byte>(*change);
    attacked.receive(record, *change == 0 ? number : -1);
    attacked.receive(record, -1);
  }
  return 0;
}
