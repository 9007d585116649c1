// A NAT of options that the seed decides, against RFC 4787 in another form: a list of all that was ever sent
// out. From it follows whose an external endpoint is, whether its mapping is alive, and who may come in by
// it.

#include "sim/for_seeds.hpp"
#include "sim/test_home.hpp"

namespace parlor::sim {
namespace {

using base::milliseconds;
using base::seconds;
using testing::Ear;
using testing::kDependences;

/// One datagram that went out, and where its receiver saw it come from.
struct Sent {
  base::Time at;
  base::SocketAddress internal;
  base::SocketAddress remote;
  base::SocketAddress external;
};

class Model {
 public:
  Model(const NatOptions& options) : options_(options) {}

  void note(const Sent& sent) {
    for (const Sent& before : sent_) {
      if (!alive(before, sent.at)) continue;
      if (before.internal == sent.internal && same_key(before.remote, sent.remote)) {
        EXPECT_EQ(before.external, sent.external) << "one mapping has one external endpoint";
      } else {
        EXPECT_NE(before.external, sent.external) << "two mappings have two";
      }
    }
    sent_.push_back(sent);
  }
  /// Where a datagram from `remote` to `external` has to arrive; nothing: nowhere.
  [[nodiscard]] std::optional<base::SocketAddress> receiver(base::Time now, const base::SocketAddress& remote,
                                                            const base::SocketAddress& external) const {
    std::optional<base::SocketAddress> owner;
    bool let_in = options_.filtering == Dependence::endpoint_independent;
    for (const Sent& sent : sent_) {
      if (!(sent.external == external) || now - sent.at >= options_.udp_timeout) continue;
      owner = sent.internal;
      if (sent.remote.ip == remote.ip &&
          (options_.filtering == Dependence::address_dependent || sent.remote.port == remote.port)) {
        let_in = true;
      }
    }
    return let_in ? owner : std::nullopt;
  }
  [[nodiscard]] const std::vector<Sent>& all() const { return sent_; }

 private:
  [[nodiscard]] bool same_key(const base::SocketAddress& a, const base::SocketAddress& b) const {
    if (options_.mapping == Dependence::endpoint_independent) return true;
    return a.ip == b.ip && (options_.mapping == Dependence::address_dependent || a.port == b.port);
  }
  /// The mapping of this one, kept alive by it or by a later one through the same external endpoint.
  [[nodiscard]] bool alive(const Sent& sent, base::Time now) const {
    base::Time last = sent.at;
    for (const Sent& other : sent_) {
      const bool same = other.external == sent.external && other.internal == sent.internal;
      if (same && other.at > last && other.at - last < options_.udp_timeout) last = other.at;
    }
    return now - last < options_.udp_timeout;
  }

  NatOptions options_;
  std::vector<Sent> sent_;
};

TEST(NatSeeds, DoesWhatItsOptionsSay) {
  for_seeds(1, 150, [](World& world) {
    base::SeededRandom random = world.random("scenario");
    NatOptions options;
    options.mapping = kDependences[random.below(3)];
    options.filtering = kDependences[random.below(3)];
    options.ports = static_cast<PortAllocation>(random.below(3));
    options.udp_timeout = seconds(30);
    options.first_port = 5000;
    options.last_port = 5040;
    Network internet(world);
    Nat& nat = internet.nat("home", options, "198.51.100.1");
    std::vector<std::unique_ptr<Ear>> inside;
    std::vector<std::unique_ptr<Ear>> outside;
    for (int host = 0; host < 2; ++host) {
      const std::string number = std::to_string(2 + host);
      Host& in = nat.lan().host("in" + number, {"192.168.0." + number});
      Host& out = internet.host("out" + number, {"203.0.113." + number});
      for (std::uint16_t port = 5000; port < 5002; ++port) {
        inside.push_back(std::make_unique<Ear>(in, base::SocketAddress{in.address(), port}));
        outside.push_back(std::make_unique<Ear>(out, base::SocketAddress{out.address(), port}));
      }
    }
    Model model(options);
    for (int i = 0; i < 200; ++i) {
      Ear& near = *inside[random.below(4)];
      Ear& far = *outside[random.below(4)];
      const std::size_t before = far.heard.size();
      if (random.below(2) == 0) {
        near.say(far.socket().local(), "out");
        world.run_for(milliseconds(1));
        ASSERT_EQ(far.heard.size(), before + 1) << "what goes out arrives";
        model.note({world.now() - milliseconds(1), near.socket().local(), far.socket().local(),
                    far.heard.back().from});
      } else if (!model.all().empty()) {
        const auto& known = model.all()[random.below(static_cast<std::uint32_t>(model.all().size()))];
        for (const auto& ear : inside) ear->heard.clear();
        const auto expected = model.receiver(world.now(), far.socket().local(), known.external);
        far.say(known.external, "in");
        world.run_for(milliseconds(1));
        for (const auto& ear : inside) {
          ASSERT_EQ(ear->heard.size(), expected == ear->socket().local() ? 1U : 0U)
              << ear->socket().local().to_string();
        }
      }
      world.run_for(milliseconds(random.below(9000)));
    }
  });
}

}  // namespace
}  // namespace parlor::sim
