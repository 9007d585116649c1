#include "relay/relay.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "relay/relay_impl.hpp"

namespace parlor::relay {
namespace {

/// So long a site is remembered that has no member left: long enough for its budget to be full again.
constexpr base::Duration kSiteMemory = base::seconds(60);

[[maybe_unused]] bool is_usable(const RelayConfig& config) {
  bool usable = true;
  for (const Rate& rate : {config.sender_rate, config.room_rate, config.site_rate, config.neighbourhood_rate,
                           config.server_rate}) {
    usable = usable && rate.burst >= kMaxFrameCost && rate.burst <= 1U << 30 && rate.per_second <= 1U << 30;
  }
  for (const std::size_t waiting : {config.sender_waiting, config.room_waiting, config.site_waiting,
                                    config.neighbourhood_waiting, config.server_waiting}) {
    usable = usable && waiting >= kMaxFrameCost;
  }
  for (std::size_t i = 0; i < kLanes; ++i) {
    const std::size_t payload =
        Lane{static_cast<std::uint8_t>(i)} == Lane::control ? kMaxControlPayload : kMaxPayload;
    usable = usable && config.queues[i].bytes >= kFrameCost + kMaxHeader + payload;
    usable = usable && config.queues[i].frames > 0;
  }
  return usable && config.bulk_burst > 0 && config.bulk_pause > base::Duration{} &&
         config.patience > base::Duration{};
}

}  // namespace

std::string_view to_string(Drop drop) {
  switch (drop) {
    case Drop::stale:
      return "stale";
    case Drop::displaced:
      return "displaced";
    case Drop::over_budget:
      return "over_budget";
    case Drop::no_memory:
      return "no_memory";
    case Drop::keys:
      return "keys";
    case Drop::refused:
      return "refused";
    case Drop::stopped:
      return "stopped";
    case Drop::absent:
      return "absent";
    case Drop::gone:
      return "gone";
    case Drop::outside:
      break;
  }
  return "outside";
}

Relay::Impl::Impl(const RelayConfig& given)
    : config(given), off(!given.on), meter(given.server_rate, given.server_waiting) {
  assert(is_usable(config));
}

void Relay::Impl::advance(base::Time now) {
  now_ = std::max(now_, now);
  end_pauses();
  end_patience();
}

// ---- members

Member* Relay::Impl::find(ConnectionId connection) const {
  const auto found = members.find(connection);
  return found == members.end() ? nullptr : found->second.get();
}

Member* Relay::Impl::find(const Room& room, PeerId peer) {
  const auto found = std::find_if(room.seats.begin(), room.seats.end(), [&](const Member* member) {
    return member != nullptr && member->peer == peer;
  });
  return found == room.seats.end() ? nullptr : *found;
}

void Relay::Impl::enter(RoomId room_id, PeerId peer, ConnectionId connection, const base::IpAddress& ip) {
  assert(find(connection) == nullptr && peer != kNobody);
  const auto known = rooms.find(room_id);
  Member* former = known == rooms.end() ? nullptr : find(known->second, peer);
  if (former != nullptr) leave(*former);

  Room& room =
      rooms.try_emplace(room_id, room_id, Meter(config.room_rate, config.room_waiting)).first->second;
  Site& site = site_of(ip.site());
  auto member = std::make_unique<Member>(room, site, Meter(config.sender_rate, config.sender_waiting));
  member->peer = peer;
  member->connection = connection;
  member->bulk_left = config.bulk_burst;
  const auto free = std::find(room.seats.begin(), room.seats.end(), nullptr);
  member->seat = static_cast<std::size_t>(free - room.seats.begin());
  if (free == room.seats.end()) room.seats.push_back(nullptr);
  assert(room.seats.size() <= static_cast<std::size_t>(kMaxMembers));
  room.seats[member->seat] = member.get();
  ++room.members;
  ++site.members;
  members[connection] = std::move(member);
  counters.members = members.size();
  counters.rooms = rooms.size();
}

void Relay::Impl::leave(Member& member) {
  Room& room = *member.room;
  for (const auto& flow : member.flows) {
    if (flow == nullptr) continue;
    clear(*flow);
    counters.waiting_notices -= std::erase_if(flow->sender->notices, [&](const Notice& notice) {
      return notice.of_flow && notice.peer == member.peer;
    });
  }
  room.seats[member.seat] = nullptr;
  for (Member* other : room.seats) {
    if (other != nullptr) remove_flow(*other, member);
  }
  if (--member.site->members == 0) {
    member.site->left_at = now_;
    idle_sites.push_back(*member.site);
    ++idle_site_count;
  }
  counters.waiting_notices -= member.notices.size();
  ready.erase(member);
  paused.erase(member);
  blocked.erase(member);
  if (--room.members == 0) rooms.erase(RoomId{room.id});
  members.erase(ConnectionId{member.connection});
  counters.members = members.size();
  counters.rooms = rooms.size();
}

void Relay::Impl::clear(Flow& flow) {
  for (std::size_t i = 0; i < kLanes; ++i) {
    while (!flow.queues[i].empty()) drop_first(flow, Lane{static_cast<std::uint8_t>(i)}, Drop::gone);
  }
}

void Relay::Impl::remove_flow(Member& receiver, const Member& sender) {
  Flow* flow = receiver.flow_of(sender);
  if (flow == nullptr) return;
  clear(*flow);
  receiver.control_turns.remove(*flow);
  receiver.play_turns.remove(*flow);
  receiver.bulk_turns.remove(*flow);
  receiver.flows[sender.seat].reset();
  for (const Lane lane : {Lane::reliable, Lane::bulk}) open_windows(receiver, lane);
}

Site& Relay::Impl::site_of(const base::IpAddress& ip) {
  forget_idle_sites();
  const auto [known, is_new] = sites.try_emplace(ip, ip, Meter(config.site_rate, config.site_waiting));
  Site& site = known->second;
  if (is_new) site.neighbourhood = join_neighbourhood(ip);
  if (site.by_left.linked) {
    idle_sites.erase(site);
    --idle_site_count;
  }
  counters.sites = sites.size();
  return site;
}

Neighbourhood* Relay::Impl::join_neighbourhood(const base::IpAddress& ip) {
  if (!ip.unmapped().is_v6()) return nullptr;
  const base::IpAddress network = ip.neighbourhood();
  const Meter its_meter(config.neighbourhood_rate, config.neighbourhood_waiting);
  Neighbourhood& joined = neighbourhoods.try_emplace(network, network, its_meter).first->second;
  ++joined.sites;
  counters.neighbourhoods = neighbourhoods.size();
  return &joined;
}

void Relay::Impl::forget_idle_sites() {
  while (idle_sites.front() != nullptr &&
         (idle_site_count > kMaxIdleSites || idle_sites.front()->left_at + kSiteMemory <= now_)) {
    forget(*idle_sites.front());
  }
}

void Relay::Impl::forget(Site& site) {
  idle_sites.erase(site);
  --idle_site_count;
  Neighbourhood* around = site.neighbourhood;
  if (around != nullptr && --around->sites == 0) neighbourhoods.erase(base::IpAddress(around->ip));
  sites.erase(base::IpAddress(site.ip));  // a copy: the key must outlive the site
  counters.neighbourhoods = neighbourhoods.size();
}

void Relay::Impl::shut_down() {
  off = true;
  counters.waiting_notices = 0;
  for (const auto& [connection, member] : members) {
    member->notices.clear();
    member->absent_notices = 0;
    for (const auto& flow : member->flows) {
      if (flow != nullptr) clear(*flow);
    }
  }
}

// ---- the public face

Relay::Relay(const RelayConfig& config) : impl_(std::make_unique<Impl>(config)) {}
Relay::~Relay() = default;

void Relay::handle_member(base::Time now, RoomId room, PeerId peer, ConnectionId connection,
                          const base::IpAddress& address) {
  impl_->advance(now);
  impl_->enter(room, peer, connection, address);
}

void Relay::handle_gone(base::Time now, RoomId room, PeerId peer) {
  impl_->advance(now);
  const auto found = impl_->rooms.find(room);
  if (found == impl_->rooms.end()) return;
  if (Member* member = Impl::find(found->second, peer)) impl_->leave(*member);
}

std::size_t Relay::handle_frame(base::Time now, ConnectionId connection, BytesView bytes) {
  impl_->advance(now);
  ++impl_->counters.frames_in;
  impl_->counters.bytes_in += bytes.size();
  Member* sender = impl_->find(connection);
  if (sender != nullptr) return impl_->take(*sender, bytes);
  impl_->drop(Drop::outside);
  return kHandlingCost;
}

void Relay::handle_writable(base::Time now, ConnectionId connection, std::size_t bytes) {
  impl_->advance(now);
  Member* member = impl_->find(connection);
  if (member == nullptr) return;
  member->allowance = bytes;
  if (bytes > 0) impl_->blocked.erase(*member);
  impl_->wake(*member);
}

void Relay::handle_timeout(base::Time now) {
  impl_->advance(now);
}

void Relay::shut_down(base::Time now) {
  impl_->advance(now);
  impl_->shut_down();
}

std::optional<RelayTransmit> Relay::poll_transmit() {
  while (Member* member = impl_->ready.front()) {
    auto transmit = member->allowance > 0 ? impl_->give(*member) : std::nullopt;
    impl_->ready.erase(*member);
    if (!transmit) {
      impl_->note_blocked(*member);
      continue;
    }
    member->allowance -= std::min(member->allowance, transmit->size());
    impl_->counters.bytes_out += transmit->size();
    impl_->wake(*member);  // behind the others
    return transmit;
  }
  return std::nullopt;
}

std::optional<RelayEvent> Relay::poll_event() {
  if (impl_->events.empty()) return std::nullopt;
  const RelayEvent event = impl_->events.front();
  impl_->events.pop_front();
  return event;
}

std::optional<base::Time> Relay::poll_timeout() const {
  // The pause is constant, so who has paused longest is due first; and so is patience.
  base::Earliest due;
  if (const Member* first = impl_->paused.front()) due.add(first->paused_at + impl_->config.bulk_pause);
  if (const Member* first = impl_->blocked.front()) due.add(first->blocked_at + impl_->config.patience);
  return due.get();
}

const RelayCounters& Relay::counters() const {
  return impl_->counters;
}

}  // namespace parlor::relay
