// links: parlor_signaling
// Several connections over two lobbies do anything in any order. What each of them hears is held against a
// model: nobody gets a word from outside its room, ids are unique in a room, sizes hold, counters agree,
// nothing follows a closing.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>
#include <map>
#include <set>

#include "signaling/code.hpp"
#include "signaling/lobby.hpp"

using namespace parlor;
using namespace parlor::signaling;

namespace {

constexpr std::size_t kLobbies = 2;
constexpr std::size_t kMaxConnections = 24;

void check(bool holds) {
  if (!holds) std::abort();
}

std::array<std::byte, 32> toy_mac(base::BytesView key, base::BytesView data) {
  std::array<std::byte, 32> tag{};
  std::uint64_t hash = 7;
  for (std::byte byte : key) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  for (std::byte byte : data) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  for (std::byte& byte : tag) {
    hash = (hash ^ 1) * 0x100000001b3U;
    byte = static_cast<std::byte>(hash >> 56);
  }
  return tag;
}

LobbyConfig config(std::size_t worker) {
  LobbyConfig made;
  made.worker = worker;
  made.workers = kLobbies;
  made.max_connections = 16;
  made.max_rooms = 6;
  made.rooms_per_site = 4;
  made.message_burst = 40;
  made.joins_per_minute = 20;
  made.grace = base::seconds(20);
  made.mac = toy_mac;
  return made;
}

/// What a connection must believe after all that it heard.
struct Seen {
  std::size_t lobby = 0;
  std::string code;  // of its room, or empty
  PeerId id = kNobody;
  int size = 0;
  std::set<PeerId> others;
  std::set<PeerId> away;  // of these
};

class World {
 public:
  explicit World(FuzzedDataProvider& in) : in_(in) {}

  void step() {
    switch (in_.ConsumeIntegralInRange(0, 11)) {
      case 0:
      case 1:
        open();
        break;
      case 2:
        close();
        break;
      case 3:
        now_ += base::milliseconds(in_.ConsumeIntegralInRange(-500, 20'000));
        break;
      case 4:
        timeouts();
        break;
      case 5:
        refuse();
        break;
      case 6:
        frame(in_.ConsumeRandomLengthString(200));
        break;
      case 7:
        if (in_.ConsumeIntegral<std::uint8_t>() == 0) shut_down();
        break;
      default:
        frame(write(message()));
        break;
    }
    drain();
    check_agreement();
  }

 private:
  std::optional<ConnectionId> somebody() {
    if (open_.empty()) return std::nullopt;
    auto it = open_.begin();
    std::advance(it, in_.ConsumeIntegralInRange<std::size_t>(0, open_.size() - 1));
    return it->first;
  }
  std::string some_code() {
    if (codes_.empty() || in_.ConsumeIntegralInRange(0, 7) == 0) return "kamoridun";
    return codes_[in_.ConsumeIntegralInRange<std::size_t>(0, codes_.size() - 1)];
  }
  std::string some_ticket() {
    if (tickets_.empty() || in_.ConsumeBool()) return in_.ConsumeBool() ? "" : "nonsense";
    return tickets_[in_.ConsumeIntegralInRange<std::size_t>(0, tickets_.size() - 1)];
  }
  std::string some_password() { return in_.ConsumeBool() ? "" : "secret"; }
  PeerId some_peer() {
    if (ids_.empty()) return PeerId{1};
    return ids_[in_.ConsumeIntegralInRange<std::size_t>(0, ids_.size() - 1)];
  }
  Hello hello() { return {1, in_.ConsumeIntegralInRange(0, 7) == 0 ? "chess" : "cubes", "", "Ada"}; }

  ClientMessage message() {
    switch (in_.ConsumeIntegralInRange(0, 15)) {
      case 0:
        return hello();
      case 1:
        return CreateRoom{in_.ConsumeIntegralInRange(2, 4), "", some_password(), in_.ConsumeBool(),
                          in_.ConsumeBool()};
      case 2:
      case 3:
        return JoinRoom{some_code(), some_ticket(), in_.ConsumeBool(), some_password()};
      case 8: {
        SettingsChange change;
        if (in_.ConsumeBool()) change.size = in_.ConsumeIntegralInRange(2, 4);
        if (in_.ConsumeBool()) change.password = some_password();
        if (in_.ConsumeBool()) change.listed = in_.ConsumeBool();
        if (in_.ConsumeBool()) change.locked = in_.ConsumeBool();
        return UpdateRoom{change};
      }
      case 9:
      case 10:
        return KickMember{some_peer(), in_.ConsumeBool()};
      case 11:
        return TransferHost{some_peer()};
      case 12:
        return ListRooms{};
      case 13:
      case 14: {
        QuickMatch want;
        if (in_.ConsumeBool()) want.rating = in_.ConsumeIntegralInRange(-500, 500);
        want.size = in_.ConsumeIntegralInRange(2, 3);
        want.patience = std::chrono::milliseconds(in_.ConsumeIntegralInRange(0, 3000));
        return FindMatch{want};
      }
      case 4:
        return LeaveRoom{};
      case 5:
        return Offer{some_peer(), "o"};
      case 6:
        return Candidate{some_peer(), "c", "0", 0, "u"};
      case 7:
        return EndOfCandidates{some_peer()};
      default:
        return Ping{in_.ConsumeIntegral<std::uint32_t>()};
    }
  }

  void open() {
    if (open_.size() >= kMaxConnections) return;
    const ConnectionId id{next_id_++};
    const std::size_t lobby = in_.ConsumeIntegralInRange<std::size_t>(0, kLobbies - 1);
    const auto address = base::IpAddress::v4({192, 0, 2, in_.ConsumeIntegralInRange<std::uint8_t>(1, 3)});
    UpgradeRequest request;
    const int kind = in_.ConsumeIntegralInRange(0, 4);
    if (kind > 0) request.hello = hello();
    if (kind == 2) request.create = CreateRoom{in_.ConsumeIntegralInRange(2, 4), ""};
    if (kind == 3) request.join = JoinRoom{some_code(), ""};
    open_[id].lobby = lobby;
    lobbies_[lobby].handle_open(now_, id, address, {},
                                kind == 4 ? parse_upgrade_query(in_.ConsumeRandomLengthString(80)) : request);
  }
  void close() {
    if (const auto id = somebody()) {
      lobbies_[open_[*id].lobby].handle_close(now_, *id, in_.ConsumeBool());
      open_.erase(*id);
    }
  }
  void refuse() {
    if (const auto id = somebody()) {
      if (in_.ConsumeBool()) return lobbies_[open_[*id].lobby].handle_activity(now_, *id);
      lobbies_[open_[*id].lobby].handle_refusal(
          now_, *id, in_.ConsumeBool() ? ErrorCode::too_large : ErrorCode::slow_reader);
    }
  }
  void frame(const std::string& text) {
    rooms_may_be_rebuilt_ = rooms_may_be_rebuilt_ || text.find("resume") != std::string::npos;
    if (const auto id = somebody()) {
      speaker_ = *id;
      lobbies_[open_[*id].lobby].handle_frame(now_, *id, text);
    }
  }
  void timeouts() {
    for (Lobby& lobby : lobbies_) {
      lobby.handle_timeout(now_);
      drain();
      const auto next = lobby.poll_timeout();
      check(!next || *next > now_);
    }
  }
  void shut_down() {
    const std::size_t lobby = in_.ConsumeIntegralInRange<std::size_t>(0, kLobbies - 1);
    lobbies_[lobby].shut_down(now_);
    drain();
    for (const auto& [id, seen] : open_) check(seen.lobby != lobby);
  }

  void drain() {
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t i = 0; i < kLobbies; ++i) {
        while (auto out = lobbies_[i].poll_transmit()) {
          if (auto* text = std::get_if<SendText>(&*out)) heard(i, *text);
          if (auto* closing = std::get_if<CloseConnection>(&*out)) {
            check(open_.erase(closing->connection) == 1);
          }
          if (auto* move = std::get_if<MoveConnection>(&*out)) {
            check(move->worker != i && open_.count(move->connection) == 1 &&
                  open_[move->connection].code.empty());
            open_[move->connection].lobby = move->worker;
            lobbies_[move->worker].adopt(now_, move->connection, std::move(move->guest), move->errand);
            moved = true;
          }
          if (const auto* share = std::get_if<ShareDirectory>(&*out)) {
            lobbies_[1 - i].handle_directory(now_, *share);
          }
        }
        while (lobbies_[i].poll_event()) {
        }
      }
    }
  }

  void heard(std::size_t lobby, const SendText& sent) {
    const auto found = open_.find(sent.connection);
    check(found != open_.end() && found->second.lobby == lobby);
    Seen& me = found->second;
    const auto message = parse_server_message(*sent.text);
    check(message.has_value());
    if (const auto* joined = std::get_if<JoinedRoom>(&*message)) {
      if (!me.code.empty()) {
        // The room that a match has made, in which nobody else was, is given up for another.
        check(me.others.empty() && me.code != *canonical_code(joined->code));
        me = Seen{lobby, {}, kNobody, 0, {}, {}};
      }
      me.code = *canonical_code(joined->code);
      check(home_worker(me.code, kLobbies) == lobby);
      me.id = joined->you;
      me.size = joined->size;
      for (const MemberInfo& member : joined->members) {
        check(me.others.insert(member.id).second);
        if (member.away) me.away.insert(member.id);
      }
      check(me.others.count(me.id) == 0);
      // A room that everybody was away from for too long, and that one has brought back, may wait for its
      // host.
      check(joined->host == me.id || me.others.count(joined->host) == 1 || rooms_may_be_rebuilt_);
      codes_.push_back(me.code);
      tickets_.push_back(joined->ticket);
      ids_.push_back(joined->you);
    } else if (std::holds_alternative<LeftRoom>(*message)) {
      me = Seen{lobby, {}, kNobody, 0, {}, {}};  // or it searched
    } else if (const auto* updated = std::get_if<UpdatedRoom>(&*message)) {
      check(!me.code.empty());
      me.size = updated->settings.size;
      tickets_.push_back(updated->ticket);
    } else if (std::holds_alternative<SearchingMatch>(*message) ||
               std::holds_alternative<RoomsFound>(*message)) {
      check(me.code.empty());
    } else if (const auto* came = std::get_if<PeerJoinedRoom>(&*message)) {
      check(!me.code.empty() && came->member.id != me.id && me.others.insert(came->member.id).second);
    } else if (const auto* gone = std::get_if<PeerLeftRoom>(&*message)) {
      check(me.others.erase(gone->peer) == 1);
      me.away.erase(gone->peer);
    } else if (const auto* away = std::get_if<PeerAwayRoom>(&*message)) {
      check(me.others.count(away->peer) == 1 && me.away.insert(away->peer).second);
    } else if (const auto* back = std::get_if<PeerBackRoom>(&*message)) {
      check(me.others.count(back->member.id) == 1 && !back->member.away);
      me.away.erase(back->member.id);
    } else if (const auto* host = std::get_if<HostOfRoom>(&*message)) {
      check(host->host == me.id || me.others.count(host->host) == 1 || rooms_may_be_rebuilt_);
    } else {
      // What comes to whoever speaks waited for it while it was away.
      const bool waited = sent.connection == speaker_;
      relayed<Offer>(me, *message, waited);
      relayed<Candidate>(me, *message, waited);
      relayed<EndOfCandidates>(me, *message, waited);
    }
  }
  template <class T>
  void relayed(const Seen& receiver, const ServerMessage& message, bool waited) {
    const auto* one = std::get_if<T>(&message);
    if (one == nullptr) return;
    check(!receiver.code.empty() && receiver.others.count(one->peer) == 1);
    if (waited) return;
    const auto sender = open_.find(speaker_);
    check(sender != open_.end() && sender->second.code == receiver.code && sender->second.id == one->peer);
  }

  /// Everybody's picture of its room is the same, and the counters are what the pictures add up to.
  void check_agreement() {
    std::array<std::size_t, kLobbies> connections{};
    std::array<std::size_t, kLobbies> members{};
    std::map<std::string, std::set<PeerId>> rooms;
    for (const auto& [id, seen] : open_) {
      ++connections[seen.lobby];
      if (seen.code.empty()) continue;
      ++members[seen.lobby];
      check(rooms[seen.code].insert(seen.id).second);
    }
    std::array<std::size_t, kLobbies> room_counts{};
    for (const auto& [code, present] : rooms) ++room_counts[home_worker(code, kLobbies)];
    for (const auto& [id, seen] : open_) {
      if (seen.code.empty()) continue;
      std::set<PeerId> there = seen.others;
      there.insert(seen.id);
      check(there.size() <= static_cast<std::size_t>(seen.size));
      for (const PeerId away : seen.away) there.erase(away);
      check(there == rooms[seen.code]);
    }
    for (std::size_t i = 0; i < kLobbies; ++i) {
      const LobbyCounters& counters = lobbies_[i].counters();
      check(counters.connections == connections[i]);
      check(counters.members - counters.away == members[i]);
      // There may be rooms in which everybody is away.
      check(counters.rooms >= room_counts[i] && counters.rooms <= room_counts[i] + counters.away);
    }
  }

  FuzzedDataProvider& in_;
  base::SeededRandom random_{1};
  base::Time now_ = base::time_from(base::seconds(10));
  std::array<Lobby, kLobbies> lobbies_{Lobby(config(0), random_), Lobby(config(1), random_)};
  std::map<ConnectionId, Seen> open_;
  std::vector<std::string> codes_;
  std::vector<std::string> tickets_;
  std::vector<PeerId> ids_;
  ConnectionId speaker_{};
  bool rooms_may_be_rebuilt_ = false;
  std::uint64_t next_id_ = 1;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  World world(in);
  while (in.remaining_bytes() > 0) world.step();
  return 0;
}
