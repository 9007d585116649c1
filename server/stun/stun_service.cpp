#include "server/stun/stun_service.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "server/bound_socket.hpp"
#include "server/stun/stun_shared.hpp"
#include "server/stun/tcp_service.hpp"
#include "server/stun/udp_service.hpp"

namespace parlor::server {
namespace {

/// A free port for UDP may be taken for TCP or on the second address; then another one is tried.
constexpr int kPortTries = 32;

/// What may come at once, as seconds of the rate.
constexpr std::uint64_t kBurstSeconds = 5;

/// The responder and the limit that it points to, with one life.
struct Engine {
  Engine(const std::optional<stun::BehaviorAddresses>& behavior, std::shared_ptr<SharedRateTable> table)
      : limit(std::move(table)), responder(behavior, limit.get()) {}
  std::shared_ptr<SharedRateTable> limit;
  stun::Responder responder;
};

/// An address to serve, UDP and perhaps TCP, and its place in the behaviour tests.
struct Place {
  base::SocketAddress address;
  std::optional<stun::Origin> origin;
};

struct Sockets {
  std::vector<UdpEndpoint> udp;
  std::vector<TcpEndpoint> tcp;
};

/// The listen address that the second one complements: the first of its family.
std::optional<std::size_t> primary_of(const StunServiceConfig& config) {
  for (std::size_t i = 0; config.second && i < config.listen.size(); ++i) {
    if (config.listen[i].ip.is_v6() == config.second->ip.is_v6()) return i;
  }
  return std::nullopt;
}

/// What is wrong with the configuration; empty when nothing is.
std::string complaint_about(const StunServiceConfig& config) {
  if (config.listen.empty()) return "STUN has no address to listen on";
  if (!config.second) return {};
  const std::string second = config.second->to_string();
  const auto primary = primary_of(config);
  if (!primary) return "the second STUN address " + second + " is of a family that STUN does not listen on";
  const base::SocketAddress& first = config.listen[*primary];
  if (first.ip.is_unspecified() || config.second->ip.is_unspecified()) {
    return "with a second STUN address, both must be addresses of this machine, not a wildcard: " +
           first.to_string() + ", " + second;
  }
  if (first.ip == config.second->ip || (first.port != 0 && first.port == config.second->port)) {
    return "the second STUN address " + second + " must differ from " + first.to_string() +
           " in its IP address and in its port";
  }
  const bool translated = config.external_ip && config.external_ip->is_v6() == first.ip.is_v6();
  if (translated && !config.second_external_ip) {
    return "with an external IP address, the second STUN address " + second + " needs one too";
  }
  if (config.second_external_ip && config.second_external_ip->is_v6() != first.ip.is_v6()) {
    return "the second external IP address is not of the family of " + second;
  }
  return {};
}

/// With what to do, where somebody else has the port.
BindError with_advice(BindError error, const Place& place) {
  const bool is_second = place.origin && place.origin->second_port;
  if (error.code == EADDRINUSE)
    error.text += std::string("; choose another with ") + (is_second ? "--stun-second" : "--stun");
  return error;
}

base::Result<base::SocketAddress, BindError> open(const Place& place, const StunServiceConfig& config,
                                                  bool joins, Sockets& sockets) {
  const bool alone = std::all_of(config.listen.begin(), config.listen.end(),
                                 [](const base::SocketAddress& address) { return address.ip.is_v6(); });
  SocketPlan plan{SOCK_DGRAM, alone && place.address.ip.is_v6() && place.address.ip.is_unspecified(), joins};
  auto udp = bind_socket(place.address, plan);
  if (!udp) return base::Unexpected{with_advice(udp.error(), place)};
  const base::SocketAddress address = udp->address;
  sockets.udp.push_back({std::move(*udp), place.origin});
  if (config.tcp) {
    plan.type = SOCK_STREAM;
    auto tcp = bind_socket(address, plan);
    if (!tcp) return base::Unexpected{with_advice(tcp.error(), place)};
    sockets.tcp.push_back({std::move(*tcp), place.origin});
  }
  return address;
}

/// Opens everything; writes the real ports into `config`.
std::optional<BindError> open_all(StunServiceConfig& config, bool joins, Sockets& sockets) {
  const auto primary = primary_of(config);
  for (std::size_t i = 0; i < config.listen.size(); ++i) {
    const Place place{config.listen[i], i == primary ? std::optional{stun::Origin{}} : std::nullopt};
    const auto address = open(place, config, joins, sockets);
    if (!address) return address.error();
    config.listen[i] = *address;
  }
  if (!primary) return std::nullopt;
  const base::SocketAddress first = config.listen[*primary];
  const auto second = open({*config.second, stun::Origin{true, true}}, config, joins, sockets);
  if (!second) return second.error();
  if (second->port == first.port) return BindError{EADDRINUSE, "cannot find two free ports"};
  config.second = *second;
  for (const Place& place : {Place{{first.ip, second->port}, stun::Origin{false, true}},
                             Place{{second->ip, first.port}, stun::Origin{true, false}}}) {
    const auto address = open(place, config, joins, sockets);
    if (!address) return address.error();
  }
  return std::nullopt;
}

bool has_free_choice(const StunServiceConfig& config) {
  return (config.second && config.second->port == 0) ||
         std::any_of(config.listen.begin(), config.listen.end(),
                     [](const base::SocketAddress& address) { return address.port == 0; });
}

/// As open_all(), with other ports when the configuration leaves the choice to us and the first ones do not
/// fit.
std::optional<BindError> open_with_retries(StunServiceConfig& config, bool joins, Sockets& sockets) {
  std::optional<BindError> error;
  for (int i = 0; i < kPortTries; ++i) {
    StunServiceConfig attempt = config;
    sockets = {};
    error = open_all(attempt, joins, sockets);
    if (!error) config = std::move(attempt);
    if (!error || error->code != EADDRINUSE || !has_free_choice(config)) return error;
  }
  return error;
}

/// The four addresses as the world sees them.
std::optional<stun::BehaviorAddresses> behavior_of(const StunServiceConfig& config) {
  const auto primary = primary_of(config);
  if (!primary) return std::nullopt;
  const base::SocketAddress& first = config.listen[*primary];
  const bool translated = config.external_ip && config.external_ip->is_v6() == first.ip.is_v6();
  return stun::BehaviorAddresses{
      {translated ? *config.external_ip : first.ip, config.second_external_ip.value_or(config.second->ip)},
      {first.port, config.second->port}};
}

}  // namespace

StunCounters StunTally::snapshot() const {
  StunCounters counters;
  counters.received = received.value();
  counters.udp_answers = udp_answers.value();
  counters.tcp_answers = tcp_answers.value();
  counters.error_answers = error_answers.value();
  counters.not_stun = not_stun.value();
  counters.not_binding = not_binding.value();
  counters.bad_source = bad_source.value();
  counters.rate_limited = rate_limited.value();
  counters.send_failed = send_failed.value();
  counters.tcp_accepted = tcp_accepted.value();
  counters.tcp_refused = tcp_refused.value();
  counters.tcp_evicted = tcp_evicted.value();
  counters.tcp_timed_out = tcp_timed_out.value();
  counters.tcp_open = tcp_open.value();
  return counters;
}

class StunService::Impl {
 public:
  /// `config` has its real ports by now.
  Impl(boost::asio::io_context& io, StunServiceConfig config, Sockets sockets,
       std::shared_ptr<SharedRateTable> limit)
      : config_(std::move(config)), limit_(std::move(limit)), tally_(std::make_shared<StunTally>()) {
    const auto behavior = behavior_of(config_);
    const auto engine = std::make_shared<const Engine>(behavior, limit_);
    const std::shared_ptr<const stun::Responder> responder(engine, &engine->responder);
    // Only the tests of RFC 5780 make answers that are longer than a few addresses.
    const std::size_t max_answer = behavior ? UdpBatch::kStride : stun::Responder::kMaxPlainAnswer;
    udp_ = UdpService::make(io, std::move(sockets.udp), responder, tally_, max_answer);
    tcp_ = TcpService::make(io, std::move(sockets.tcp), responder, tally_,
                            {std::max<std::size_t>(config_.max_connections, 1),
                             std::max<std::size_t>(config_.connections_per_site, 1), config_.idle_deadline});
    udp_->start();
    tcp_->start();
  }

  [[nodiscard]] const StunServiceConfig& config() const { return config_; }
  [[nodiscard]] const std::shared_ptr<SharedRateTable>& limit() const { return limit_; }
  [[nodiscard]] StunCounters counters() const { return tally_->snapshot(); }
  void stop() {
    udp_->stop();
    tcp_->stop();
  }

 private:
  const StunServiceConfig config_;
  const std::shared_ptr<SharedRateTable> limit_;
  const std::shared_ptr<StunTally> tally_;
  std::shared_ptr<UdpService> udp_;
  std::shared_ptr<TcpService> tcp_;
};

StunService::Started StunService::start(boost::asio::io_context& io, StunServiceConfig config,
                                        base::Random& random) {
  if (std::string complaint = complaint_about(config); !complaint.empty()) return base::Unexpected{complaint};
  Sockets sockets;
  if (const auto error = open_with_retries(config, false, sockets)) return base::Unexpected{error->text};
  std::shared_ptr<SharedRateTable> limit;
  if (config.rate_per_second != 0) {
    const std::uint64_t burst = std::uint64_t{config.rate_per_second} * kBurstSeconds;
    limit = std::make_shared<SharedRateTable>(
        stun::RateLimitConfig{
            .per_second = config.rate_per_second,
            .burst = static_cast<std::uint32_t>(std::min<std::uint64_t>(burst, UINT32_MAX))},
        random);
  }
  return std::unique_ptr<StunService>(
      new StunService(std::make_shared<Impl>(io, std::move(config), std::move(sockets), std::move(limit))));
}

StunService::Started StunService::join(boost::asio::io_context& io, const StunService& first) {
  StunServiceConfig config = first.impl_->config();
  Sockets sockets;
  if (const auto error = open_with_retries(config, true, sockets)) return base::Unexpected{error->text};
  return std::unique_ptr<StunService>(new StunService(
      std::make_shared<Impl>(io, std::move(config), std::move(sockets), first.impl_->limit())));
}

StunService::StunService(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

StunService::~StunService() {
  stop();
}

std::vector<base::SocketAddress> StunService::bound() const {
  return impl_->config().listen;
}

std::optional<base::SocketAddress> StunService::second() const {
  return impl_->config().second;
}

StunCounters StunService::counters() const {
  return impl_->counters();
}

void StunService::stop() {
  impl_->stop();
}

}  // namespace parlor::server
