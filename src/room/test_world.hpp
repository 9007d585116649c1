#pragma once
// Several room machines in virtual time: a real signaling::Lobby between them as the server, and carriers
// that negotiate, connect, fall silent, fail and close as a browser's peer connections do. Everything that
// happens is decided by the seed and the test.

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.hpp"
#include "base/time.hpp"
#include "relay/relay.hpp"
#include "room/machine.hpp"
#include "signaling/lobby.hpp"

namespace parlor::room::testing {

class TestWorld;

/// Long tests take so many times fewer seeds, or fewer members, where a program runs slowly.
#if defined(PARLOR_SLOWED)
inline constexpr std::uint64_t kSlowness = 50;
#elif defined(__EMSCRIPTEN__)
inline constexpr std::uint64_t kSlowness = 10;
#else
inline constexpr std::uint64_t kSlowness = 1;
#endif

/// One player: a machine, its socket, its carriers, and the events that the game took.
struct Player {
  std::string name;
  std::unique_ptr<Machine> machine;
  std::vector<Event> events;
  std::vector<base::Time> came;  ///< when each of them did, of those taken away too
  bool takes_events = true;      ///< false: a game that does not poll
  bool alive = true;             ///< false: its program was killed
  std::optional<signaling::ConnectionId> socket;
  bool connecting = false;
  bool shut_out = false;
  std::optional<base::Time> due;      ///< the machine's next timeout
  base::Time heard_until{};           ///< what comes from the server comes in order …
  base::Time said_until{};            ///< … and so does what goes there
  std::map<CarrierId, int> carriers;  ///< those that are open, by their number in the world
  std::size_t carriers_opened = 0;
  std::size_t uplink_holds = 0;  ///< bytes in its socket that the uplink has not taken yet

  template <class T>
  [[nodiscard]] std::vector<T> all() const {
    std::vector<T> found;
    for (const Event& event : events) {
      if (const auto* one = std::get_if<T>(&event)) found.push_back(*one);
    }
    return found;
  }
  [[nodiscard]] std::optional<PeerId> id_of(const std::string& other) const;
  [[nodiscard]] Path path_to(const std::string& other) const;
  /// The messages that came from `other`, as text.
  [[nodiscard]] std::vector<std::string> heard_from(PeerId other, Channel channel) const;
};

/// A stand-in for an RTCPeerConnection. A description is "offer U" or "answer U to:V": U names this side's
/// ICE credentials, V those that it answers.
struct TestCarrier {
  int player = 0;
  CarrierId id{};
  bool polite = false;
  bool waits = false;
  bool offering = false;
  bool have_local_offer = false;
  bool gone = false;
  bool opened = false;
  int connected_to = -1;  ///< by its number in the world; stays while they negotiate anew
  CarrierState state =
      CarrierState::failed;  ///< connected, disconnected or failed; failed until it connected
  std::string local;
  std::string remote;
  bool has_candidates = false;  ///< the other side's, of this round
  std::vector<std::size_t> buffered;
};

struct WorldOptions {
  std::uint64_t seed = 1;
  base::Duration to_server = base::milliseconds(20);  ///< one way
  base::Duration to_peer = base::milliseconds(30);    ///< one way
  base::Duration gathering = base::milliseconds(40);  ///< from a description to its candidate
  int candidates = 1;                                 ///< of each description
  bool serves_ice = true;                             ///< GET /v1/ice works
  bool relay = false;                                 ///< the server passes frames on
  bool rtc = true;                                    ///< false: no carrier ever finds the other
  relay::RelayConfig relay_config{};
  std::size_t socket_takes = 1 << 20;  ///< of the relay's frames, at a time
  std::size_t uplink = 0;              ///< bytes per second of frames to the server; 0: at once
  bool jitter = false;                 ///< up to 10 ms more each way, by the seed
  signaling::LobbyConfig lobby;
};

class TestWorld {
 public:
  explicit TestWorld(WorldOptions options = {});

  // ---- players
  Player& create(const std::string& name, int size = 8);
  Player& join(const std::string& name, const std::string& code, const std::string& ticket = "");
  Player& enter(const std::string& name, RoomOptions options);
  Player& operator[](std::size_t index) { return *players_.at(index); }
  /// `count` players in one room, all connected with each other; the first has made it.
  void mesh(int count);
  SendResult say(Player& player, PeerId to, const std::string& text, Channel channel = 0);
  SendResult say_all(Player& player, const std::string& text, Channel channel = 0);
  SendResult say_value(Player& player, PeerId to, std::uint32_t key, const std::string& text,
                       Channel channel);
  /// Carries out what a command to its machine asked for.
  void drain(Player& player);
  /// Its program is gone without a word; the server notices at once.
  void crash(Player& player);

  // ---- trouble
  void kill_server();
  /// Another process with the same key; whoever looks for it finds it.
  void restart_server(std::byte key = {});
  /// This player's sockets break and do not open, or do so again.
  void shut_out(Player& player, bool out = true);
  /// The server takes connections and says nothing any more.
  void mute_server() { muted_ = true; }
  /// Its socket breaks; both ends notice.
  void cut_socket(Player& player);
  /// … only this end does: the server goes on giving to it, into nothing.
  void half_close_socket(Player& player);
  /// Its page is closed, with the little that it can still say.
  void close_page(Player& player);
  /// Nothing gets through between these two, silently.
  void cut(const Player& one, const Player& other);
  void heal(const Player& one, const Player& other);
  [[nodiscard]] bool has_relay() const { return options_.relay; }
  /// Both ends see the carrier between these two closed.
  void close_between(const Player& one, const Player& other);
  /// All its carriers fail, on its side.
  void fail_carriers(Player& player);
  /// Messages handed to this player's carriers stay in their buffers.
  void stall(const Player& player, bool stalled);

  // ---- time
  void run(base::Duration duration);
  /// Until the condition holds; false when it does not within the time.
  [[nodiscard]] bool run_until(const std::function<bool()>& condition,
                               base::Duration limit = base::seconds(60));
  [[nodiscard]] bool connected() const;  ///< everybody alive with everybody alive
  [[nodiscard]] base::Time now() const { return now_; }

  /// How many messages the server has refused.
  [[nodiscard]] std::uint64_t refused() const;
  /// What every machine asked for, one line each.
  [[nodiscard]] const std::string& log() const { return log_; }
  /// Of the server's socket and the carriers: what was asked for so often.
  [[nodiscard]] int count(const Player& player, const std::string& what) const;

 private:
  using Task = std::function<void()>;

  void after(base::Duration delay, Task task);
  void from_server(Player& player, std::function<void(Machine&, base::Time)> input);
  void to_server(Player& player, Task task);
  base::Duration server_delay();
  base::Duration peer_delay();
  int index_of(const Player& player) const;
  [[nodiscard]] bool reachable(int one, int other) const;
  void note(const Player& player, const std::string& what);

  // The server.
  void drain_lobby();
  void open_socket(Player& player, const std::string& url);
  Player* player_of(signaling::ConnectionId connection);

  // The platform.
  void carry_out(Player& player, const FetchIceServers& fetch);
  void carry_out(Player& player, const OpenSocket& open);
  void carry_out(Player& player, const SendFrame& send);
  void carry_out(Player& player, const CloseSocket& close);
  void carry_out(Player& player, const OpenCarrier& open);
  void carry_out(Player& player, const SetPolite& set);
  void carry_out(Player& player, const CarrierSignal& signal);
  void carry_out(Player& player, const CarrierSend& send);
  void carry_out(Player& player, const RestartCarrier& restart);
  void carry_out(Player& player, const CloseCarrier& close);
  void handle(Player& player, const std::function<void(Machine&, base::Time)>& input);

  // The carriers (test_carrier.cpp).
  TestCarrier* carrier_of(Player& player, CarrierId id);
  void tell(int carrier, Signal signal);
  void tell_state(int carrier, CarrierState state);
  void describe(int carrier, bool offer);
  void make_offer(int carrier);
  void take_description(int carrier, const Description& description);
  void take_candidate(int carrier, const IceCandidate& candidate);
  void check(int carrier);
  void connect(int one, int other);
  /// What the sender's transport still has for the other goes out.
  void send_held(int from, int to);
  void silence(int carrier);
  [[nodiscard]] int other_end(int carrier) const;  ///< −1: none
  void deliver(int from, int to, Channel channel, Bytes bytes);
  void sent(int from, Channel channel, std::size_t bytes);
  void start_server();
  void drain_relay();
  void look_at_uplink(Player& player);
  void carry_out(Player& player, const RelaySend& send);

  WorldOptions options_;
  base::SeededRandom random_;
  base::Time now_ = base::time_from(base::seconds(1000));
  std::map<std::pair<base::Time, std::uint64_t>, Task> tasks_;
  std::uint64_t tasks_made_ = 0;
  std::unique_ptr<signaling::Lobby> lobby_;  // gone once killed
  std::unique_ptr<relay::Relay> relay_;      // … and so is this
  std::uint64_t sockets_made_ = 0;
  std::vector<std::unique_ptr<Player>> players_;
  std::deque<TestCarrier> carriers_;  // references to them stay good
  int credentials_made_ = 0;
  std::map<std::string, int> by_credentials_;  // whose local ones they are or were
  std::set<std::pair<int, int>> cuts_;         // player numbers, the lower first
  std::set<int> stalled_;
  std::set<signaling::ConnectionId> half_closed_;  // that the server has not noticed
  bool muted_ = false;
  std::map<std::pair<int, int>, std::vector<Task>>
      held_;  // reliable messages on cut paths, by carrier numbers
  std::string log_;
};

}  // namespace parlor::room::testing
