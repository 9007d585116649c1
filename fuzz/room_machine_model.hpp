#pragma once
// What a room's game and its platform must be able to rely on, whatever its server and its carriers do:
// events about a peer come only while it is there, paths change from where they were, nothing follows the
// end, commands go only to carriers that are open. For the fuzz target of the machine.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <variant>

#include "room/machine.hpp"

namespace parlor::room {

inline constexpr Channel kChannels = 5;  // the game's; the link's own is behind them

inline void check(bool holds, int line = __builtin_LINE(), const char* file = __builtin_FILE()) {
  if (holds) return;
  std::fprintf(stderr, "%s:%d does not hold\n", file, line);
  std::abort();
}

/// What the game must believe after all the events that it took.
class Game {
 public:
  /// `matched`: it came by a quick match.
  explicit Game(bool matched) : matched_(matched) {}
  void take(const Event& event) {
    check(!ended_);
    std::visit([this](const auto& one) { on(one); }, event);
  }
  [[nodiscard]] bool ended() const { return ended_; }

 private:
  void on(const Joined& joined) {
    // Again after a quick match alone: that room was given up for another, and everybody in it left.
    check((!joined_ || (matched_ && paths_.empty() && !server_lost_ && joined.code != code_)) &&
          joined.me != kNobody);
    joined_ = true;
    code_ = joined.code;
    me_ = joined.me;
  }
  void on(const PeerJoined& peer) {
    check(joined_ && peer.member.id != me_ && peer.member.id != kNobody);
    check(paths_.emplace(peer.member.id, Path::none).second && paths_.size() < kMaxMembers);
  }
  void on(const PeerAway& away) { check(paths_.count(away.peer) == 1 && away_.insert(away.peer).second); }
  void on(const PeerBack& back) {
    const bool was_away = away_.erase(back.member.id) == 1;
    check(paths_.count(back.member.id) == 1 && (was_away || back.anew));
    check(!back.anew || paths_[back.member.id] == Path::none);
  }
  void on(const PeerLeft& peer) {
    away_.erase(peer.peer);
    check(paths_.erase(peer.peer) == 1 && !peer.message.empty());
  }
  void on(const HostChanged&) { check(joined_); }
  void on(const Message& message) {
    check(paths_.count(message.from) == 1);  // the path is mine to it: its to me may be there before
    check(message.bytes.size() <= kMaxReliableMessage);
  }
  void on(const PathChanged& change) {
    check(paths_.count(change.peer) == 1 && paths_[change.peer] == change.from && change.from != change.to);
    paths_[change.peer] = change.to;
  }
  void on(const LinkFailed& failed) { check(paths_.count(failed.peer) == 1 && !failed.message.empty()); }
  void on(const ServerLost& lost) {
    check(joined_ && !server_lost_ && !lost.message.empty());
    server_lost_ = true;
  }
  void on(const ServerBack&) {
    check(server_lost_);
    server_lost_ = false;
  }
  void on(const SettingsChanged& changed) {
    check(joined_ && changed.settings.size >= signaling::kMinRoomSize);
  }
  void on(const Searching&) { check(!joined_); }
  void on(const RequestRefused& refused) { check(joined_ && !refused.request.empty()); }
  void on(const Ended& ended) {
    check(ended.reason != Reason::none && !ended.message.empty());
    ended_ = true;
  }

  bool matched_;
  bool joined_ = false;
  std::string code_;
  bool server_lost_ = false;
  bool ended_ = false;
  PeerId me_ = kNobody;
  std::map<PeerId, Path> paths_;
  std::set<PeerId> away_;
};

/// What the platform must have at hand.
class Platform {
 public:
  void take(const Transmit& transmit) {
    std::visit([this](const auto& command) { on(command); }, transmit);
  }
  /// A carrier, mostly one that is there.
  CarrierId some(FuzzedDataProvider& in) const {
    if (carriers_.empty() || in.ConsumeIntegralInRange(0, 15) == 0)
      return CarrierId{in.ConsumeIntegral<std::uint8_t>()};
    auto at = carriers_.begin();
    std::advance(at, in.ConsumeIntegralInRange<std::size_t>(0, carriers_.size() - 1));
    return at->first;
  }
  void opened(CarrierId carrier) {
    if (const auto at = carriers_.find(carrier); at != carriers_.end()) at->second = true;
  }
  void socket_closed() { socket_ = false; }
  [[nodiscard]] bool idle() const { return carriers_.empty() && !socket_; }

 private:
  void on(const FetchIceServers& fetch) { check(fetch.url.substr(0, 4) == "http"); }
  void on(const OpenSocket&) {
    check(!socket_);
    socket_ = true;
  }
  void on(const SendFrame& send) { check(socket_ && send.text.size() <= signaling::kMaxFrame); }
  void on(const CloseSocket&) { socket_ = false; }
  void on(const OpenCarrier& open) {
    check(used_.insert(open.carrier).second && carriers_.emplace(open.carrier, false).second);
  }
  void on(const SetPolite& set) { check(carriers_.count(set.carrier) == 1); }
  void on(const CarrierSignal& signal) { check(carriers_.count(signal.carrier) == 1); }
  void on(const CarrierSend& send) {
    check(carriers_.count(send.carrier) == 1 && carriers_[send.carrier]);
    check(send.channel <= kChannels && send.payload.size() <= kMaxPiece);
  }
  void on(const RelaySend& send) {
    check(socket_ && !send.recipients.empty() && send.recipients.size() <= relay::kMaxRecipients);
    check(relay::parse_client_frame(write(send)).has_value());
  }
  void on(const RestartCarrier& restart) { check(carriers_.count(restart.carrier) == 1); }
  void on(const CloseCarrier& close) { check(carriers_.erase(close.carrier) == 1); }

  std::map<CarrierId, bool> carriers_;  // and whether it said that it is open
  std::set<CarrierId> used_;
  bool socket_ = false;
};

}  // namespace parlor::room
