#pragma once
// The relay's state and its steps. Split over relay.cpp (members, the public face), relay_take.cpp (what
// comes in: limits, refusals) and relay_give.cpp (what goes out: turns, windows, pauses). Internal to this
// folder.

#include <deque>
#include <unordered_map>
#include <vector>

#include "base/intrusive_list.hpp"
#include "base/token_bucket.hpp"
#include "relay/flow.hpp"
#include "relay/relay.hpp"

namespace parlor::relay {

/// How much somebody may send, and may have waiting.
struct Meter {
  Meter(const Rate& given, std::size_t limit)
      : rate(given.burst, given.per_second), burst(given.burst), max_waiting(limit) {}
  base::TokenBucket rate;
  std::uint32_t burst;
  std::size_t max_waiting;
  std::size_t waiting = 0;
};

/// An IPv6 /48 of which there are sites. An IPv4 /24 is many customers and has no meter of its own.
struct Neighbourhood {
  Neighbourhood(const base::IpAddress& its_ip, const Meter& its_meter) : ip(its_ip), meter(its_meter) {}
  base::IpAddress ip;
  Meter meter;
  std::size_t sites = 0;
};

struct Site {
  Site(const base::IpAddress& its_ip, const Meter& its_meter) : ip(its_ip), meter(its_meter) {}
  base::IpAddress ip;
  Meter meter;
  Neighbourhood* neighbourhood = nullptr;  ///< of IPv6
  std::size_t members = 0;
  base::Time left_at{};
  base::ListLink<Site> by_left;  // without members
};

struct Room {
  Room(RoomId its_id, const Meter& its_meter) : id(its_id), meter(its_meter) {}
  RoomId id;
  Meter meter;
  std::vector<Member*> seats;  // null where nobody sits; at most kMaxMembers
  std::size_t members = 0;
};

/// Those that a member's frames count for.
class Payers {
 public:
  void add(Meter& meter) { meters_[count_++] = &meter; }
  [[nodiscard]] Meter* const* begin() const { return meters_.data(); }
  [[nodiscard]] Meter* const* end() const { return meters_.data() + count_; }

 private:
  std::array<Meter*, 5> meters_{};  // of the member, room, site, neighbourhood, server
  std::size_t count_ = 0;
};

/// A refusal or a window that a member is to be told of.
struct Notice {
  Head head;               ///< of a refusal; a window is written when it goes out
  Refusal reason{};        ///< of a refusal
  bool is_window = false;  ///<
  bool of_flow = false;    ///< about a promised lane to a member that is there
  PeerId peer = kNobody;   ///< the receiver
  Lane lane = Lane::reliable;
};

struct Member {
  Member(Room& its_room, Site& its_site, const Meter& its_meter)
      : room(&its_room), site(&its_site), meter(its_meter) {}
  Room* room;
  Site* site;
  Meter meter;
  PeerId peer = kNobody;
  ConnectionId connection{};
  std::size_t seat = 0;
  std::size_t first = 0;  // with which recipient the next frame begins

  // As a receiver.
  std::vector<std::unique_ptr<Flow>> flows;  // by the sender's seat
  std::array<QueueSize, kLanes> waiting{};
  std::size_t waiting_frames = 0;
  Turns<Tier::control> control_turns;
  Turns<Tier::play> play_turns;
  Turns<Tier::bulk> bulk_turns;
  std::vector<Notice> notices;  // first comes first
  std::size_t absent_notices = 0;
  std::size_t allowance = 0;  // bytes that its socket takes
  std::size_t bulk_left = 0;
  std::int64_t control_credit = kControlBurst;  // what control may take before the others
  base::Time paused_at{};                       // bulk
  base::Time blocked_at{};
  base::ListLink<Member> by_ready;  // something waits and the socket takes it
  base::ListLink<Member> by_paused;
  base::ListLink<Member> by_blocked;  // frames wait and the socket does not take them

  [[nodiscard]] Flow* flow_of(const Member& sender) const {
    return sender.seat < flows.size() ? flows[sender.seat].get() : nullptr;
  }
};

struct Relay::Impl {
  explicit Impl(const RelayConfig& given);

  /// A frame on its way to one recipient.
  struct Offer {
    Flow& flow;
    const Recipient& recipient;
    const ClientFrame& frame;
    Payload& payload;  // shared by all recipients; made for the first that takes it
    std::size_t cost = 0;
  };

  // ---- members (relay.cpp)
  void advance(base::Time now);
  void enter(RoomId room_id, PeerId peer, ConnectionId connection, const base::IpAddress& ip);
  void leave(Member& member);
  void shut_down();
  [[nodiscard]] Member* find(ConnectionId connection) const;
  [[nodiscard]] static Member* find(const Room& room, PeerId peer);
  Site& site_of(const base::IpAddress& ip);
  Neighbourhood* join_neighbourhood(const base::IpAddress& ip);
  void forget(Site& site);
  void forget_idle_sites();
  /// Drops everything in the flow.
  void clear(Flow& flow);
  void remove_flow(Member& receiver, const Member& sender);

  // ---- what comes in (relay_take.cpp)
  /// What it took, see kHandlingCost.
  std::size_t take(Member& sender, BytesView bytes);
  void take_for_all(Member& sender, const ClientFrame& frame, std::size_t first);
  void take_for(Member& sender, Member* receiver, const Recipient& recipient, const ClientFrame& frame,
                Payload& payload);
  void offer_promised(const Offer& offer);
  void offer_dispensable(const Offer& offer);
  void offer_latest(const Offer& offer, const Frame& old);
  /// Drops what is in the way of a frame on a lane that promises nothing. False: it has no place.
  bool make_place(const Offer& offer);
  void put(const Offer& offer);
  [[nodiscard]] Frame frame_of(const Offer& offer) const;
  [[nodiscard]] Payers meters_of(Member& sender);
  [[nodiscard]] bool has_memory(Member& sender, std::size_t bytes);
  [[nodiscard]] bool is_over_budget(Member& sender, std::size_t bytes);
  /// For what it was refused, and some more.
  [[nodiscard]] base::Duration wait_for(Member& sender, std::size_t bytes);
  void pay(Member& sender, std::size_t bytes);
  /// Refuses a message on a promised lane, and what follows it.
  void stop(const Offer& offer, Refusal reason, base::Duration wait);
  void refuse_absent(Member& sender, const Recipient& recipient, Lane lane);
  void refuse(Member& sender, Refusal reason);
  void notify(Member& sender, Notice notice);

  // ---- what waits
  void hold(Flow& flow, Lane lane, std::size_t cost);
  void release(Flow& flow, Lane lane, std::size_t cost);
  Frame pop(Flow& flow, Lane lane);
  void drop_first(Flow& flow, Lane lane, Drop why);
  void drop(Drop why, std::size_t count = 1) { counters.dropped[static_cast<std::size_t>(why)] += count; }
  [[nodiscard]] const QueueSize& limit(Lane lane) const { return config.queues[index_of(lane)]; }
  [[nodiscard]] QueueSize receiver_limit(Lane lane) const {
    return {limit(lane).bytes * kReceiverShare, limit(lane).frames * kReceiverShare};
  }

  // ---- what goes out (relay_give.cpp)
  void wake(Member& member);
  std::optional<RelayTransmit> give(Member& member);
  std::optional<RelayTransmit> give_notice(Member& member);
  std::optional<RelayTransmit> give_bulk(Member& member);
  template <Tier tier>
  std::optional<RelayTransmit> give_frame(Member& member, Turns<tier>& turns);
  [[nodiscard]] std::optional<Lane> next_lane(Flow& flow, Tier tier);
  void pause_bulk(Member& member);
  void end_pauses();
  void note_blocked(Member& member);
  void end_patience();
  void update_window(Flow& flow, Lane lane);
  void tell_window(Flow& flow, Lane lane);
  void open_windows(Member& receiver, Lane lane);

  RelayConfig config;
  bool off;
  base::Time now_{};
  Meter meter;  // of the server
  std::unordered_map<ConnectionId, std::unique_ptr<Member>> members;
  std::unordered_map<RoomId, Room> rooms;
  std::unordered_map<base::IpAddress, Site, base::IpAddressHash> sites;
  std::unordered_map<base::IpAddress, Neighbourhood, base::IpAddressHash> neighbourhoods;
  base::IntrusiveList<Site, &Site::by_left> idle_sites;  // longest first
  std::size_t idle_site_count = 0;
  base::IntrusiveList<Member, &Member::by_ready> ready;      // in turn
  base::IntrusiveList<Member, &Member::by_paused> paused;    // longest first
  base::IntrusiveList<Member, &Member::by_blocked> blocked;  // longest first
  std::deque<RelayEvent> events;
  const Payload empty = std::make_shared<const std::string>();
  RelayCounters counters;
};

}  // namespace parlor::relay
