#pragma once
// What holds for every Transport is checked with the real handshake, with both suites, and with the fake one.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/test_openssl_end.hpp"

namespace parlor::dtls {

enum class TransportKind : std::uint8_t { fake, chacha, aes };

class AnyTransport : public testing::TestWithParam<TransportKind> {
 protected:
  static constexpr int kAlice = TestWorld::kAlice;
  static constexpr int kBob = TestWorld::kBob;

  std::unique_ptr<TransportEnd> make_end() {
    if (GetParam() == TransportKind::fake) {
      const FakeTransportOptions options{.fingerprint = {std::byte(made_++ + 1)}};
      return std::make_unique<TransportEnd>(make_fake_transport(random_, options), options.fingerprint);
    }
    return make_real_end({.preference = GetParam() == TransportKind::aes ? CipherPreference::least_work
                                                                         : CipherPreference::fewest_bytes});
  }
  void anew() { world_ = std::make_unique<TestWorld>(make_end(), make_end()); }
  void SetUp() override { anew(); }

  TestWorld& world() { return *world_; }
  TransportEnd& alice() { return static_cast<TransportEnd&>(world_->end(kAlice)); }
  TransportEnd& bob() { return static_cast<TransportEnd&>(world_->end(kBob)); }
  void give(TransportEnd& to, const Bytes& datagram) { to.handle_datagram(world_->now(), datagram); }

  base::SeededRandom random_{1};
  int made_ = 0;
  std::unique_ptr<TestWorld> world_;
};

using Strings = std::vector<std::string>;

}  // namespace parlor::dtls
