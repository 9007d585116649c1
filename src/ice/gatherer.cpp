#include "ice/gatherer.hpp"

#include <algorithm>

#include "ice/binding.hpp"
#include "stun/attributes.hpp"

namespace parlor::ice {
namespace {

// RFC 8445 §14.2: never more often than every 5 ms, all transactions together.
constexpr base::Duration kApart = base::milliseconds(5);
// RFC 8489 §6.2.1 begins at 500 ms; docs/deviations.md says why this is less.
constexpr base::Duration kFirstAgain = base::milliseconds(250);
// Sent at 0, 0.25, 0.75, 1.75 and 3.75 s, given up at 7.75 s.
constexpr int kMostAsked = 5;

bool is_usable(const base::SocketAddress& base, const base::SocketAddress& server) {
  return base.ip.is_v6() == server.ip.is_v6() && base.ip.is_loopback() == server.ip.is_loopback();
}

}  // namespace

void Gatherer::ask(base::Time now, const base::SocketAddress& base, const base::SocketAddress& server,
                   base::Random& random) {
  if (!is_usable(base, server)) return;
  Asking asking{
      .base = base, .server = server, .next = now + kApart * static_cast<std::int64_t>(asking_.size())};
  random.fill(asking.id);
  asking_.push_back(asking);
}

void Gatherer::add_base(base::Time now, const base::SocketAddress& base, base::Random& random) {
  if (bases_.size() >= kMostBases || std::ranges::find(bases_, base) != bases_.end()) return;
  bases_.push_back(base);
  for (const base::SocketAddress& server : servers_) ask(now, base, server, random);
}

void Gatherer::add_server(base::Time now, const base::SocketAddress& server, base::Random& random) {
  if (servers_.size() >= kMostServers || std::ranges::find(servers_, server) != servers_.end()) return;
  servers_.push_back(server);
  for (const base::SocketAddress& base : bases_) ask(now, base, server, random);
}

void Gatherer::remove_base(const base::SocketAddress& base) {
  std::erase(bases_, base);
  std::erase_if(asking_, [&](const Asking& asking) { return asking.base == base; });
}

void Gatherer::restart(base::Time now, base::Random& random) {
  asking_.clear();
  for (const base::SocketAddress& base : bases_) {
    for (const base::SocketAddress& server : servers_) ask(now, base, server, random);
  }
}

bool Gatherer::handle_response(const stun::Message& message, const base::SocketAddress& local,
                               const base::SocketAddress& remote, std::optional<Seen>& seen) {
  const auto it = std::ranges::find(asking_, message.transaction_id(), &Asking::id);
  if (it == asking_.end()) return false;
  // Anybody may send answers: it has to come from where it was asked.
  if (it->base != local || it->server != remote) return true;
  if (message.message_class() == stun::MessageClass::success) {
    auto mapped = message.read<stun::XorMappedAddress>();
    if (!mapped) mapped = message.read<stun::MappedAddress>();  // from a server of RFC 3489
    if (mapped && mapped->ip.is_v6() == local.ip.is_v6() && mapped->port != 0 && !mapped->ip.is_unspecified())
      seen = Seen{.base = local, .server = remote, .mapped = *mapped};
  }
  asking_.erase(it);
  return true;
}

std::optional<Transmit> Gatherer::poll(base::Time now) {
  for (auto it = asking_.begin(); it != asking_.end();) {
    if (it->next > now) {
      ++it;
    } else if (it->tries == kMostAsked) {
      it = asking_.erase(it);
    } else {
      it->next = now + kFirstAgain * (1 << it->tries);
      ++it->tries;
      return Transmit{.local = it->base, .remote = it->server, .bytes = write_server_request(it->id)};
    }
  }
  return std::nullopt;
}

std::optional<base::Time> Gatherer::deadline() const {
  base::Earliest earliest;
  for (const Asking& asking : asking_) earliest.add(asking.next);
  return earliest.get();
}

}  // namespace parlor::ice
