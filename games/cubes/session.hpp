#pragma once
// The player's stay in a room: what the room says goes into the world, what the player's cube does goes to
// the others, and what a person should know becomes a notice for the page.

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cubes/state_pacer.hpp"
#include "cubes/tag.hpp"
#include "cubes/world.hpp"
#include "parlor/room.hpp"

namespace parlor::cubes {

/// The room's channels, in their order.
inline constexpr Channel kEvents = 0;
inline constexpr Channel kStates = 1;
inline constexpr Channel kProps = 2;
/// Members of another build do not meet: raise it with every change of what they tell each other.
inline constexpr std::string_view kBuild = "3";
inline constexpr std::string_view kGame = "cubes";
/// Who looks for a quick match meets those who look for a room of this size.
inline constexpr int kMatchSize = 8;
/// For so long it is looked for others before one waits as host of a room of one's own.
inline constexpr std::chrono::milliseconds kMatchPatience{5000};

enum class NoticeKind : std::uint8_t {
  entered,      ///< I am in; the page keeps code and ticket
  joined,       ///< somebody came
  away,         ///< somebody closed its page or lost the network, and may come back
  back,         ///< it did
  left,         ///< somebody went, for `reason`
  host,         ///< the host is another now
  connected,    ///< a member's messages flow (again)
  lost_path,    ///< a member's messages stopped; it is looked for another way
  link_failed,  ///< no way to a member
  server_lost,
  server_back,
  refused,  ///< what this host asked for was not done; `message` says why
  ticket,   ///< mine is another now: the page keeps it
  caught,   ///< somebody has to catch now: `id`, caught by `by`, or because somebody has to
  ended,    ///< it is over, for `reason`
};
[[nodiscard]] std::string_view to_string(NoticeKind kind);

struct Notice {
  NoticeKind kind = NoticeKind::ended;
  PlayerId id = 0;  ///< the member it is about, 0 when none
  PlayerId by = 0;  ///< caught only: who caught it; 0: nobody did
  std::string name{};
  Reason reason = Reason::none;
  std::string message{};  ///< the room's own sentence
  std::string code{};     ///< entered and ticket only
  std::string ticket{};   ///< entered and ticket only: a secret of this player
};

[[nodiscard]] inline PlayerId number(PeerId peer) {
  return static_cast<PlayerId>(peer);
}

/// A member's messages go another way from now on.
struct PathChange {
  base::Time at{};
  PlayerId id = 0;
  Path from = Path::none;
  Path to = Path::none;
};

class Session {
 public:
  /// Notices that nobody takes are kept up to this many; the oldest go first.
  static constexpr std::size_t kMostNotices = 256;

  /// Likewise, changes of paths.
  static constexpr std::size_t kMostPathChanges = 256;
  /// However often a member tells its colour, or who has to catch: mine gives way, and the player hears of a
  /// catch, at most once in so long.
  static constexpr base::Duration kLeastPause = base::milliseconds(500);
  /// So often the host says who has to catch.
  static constexpr base::Duration kRepeated = base::seconds(3);

  explicit Session(World& world) : world_(world) {}

  /// Each ends a stay that lasts.
  void create(std::string name, Create room);
  void join(std::string name, Join room);
  void search(std::string name);  ///< a quick match
  void leave();

  /// ws:// or wss:// origin, for stays that begin from now on. Empty, as in the beginning: the page's own.
  void set_server(std::string server) { server_ = std::move(server); }

  // For the host alone: what is not done becomes a notice `refused`.
  /// Asks for what differs from the room as it is, and for nothing when nothing does.
  void change(SettingsChange wanted);
  void kick(PlayerId id);
  void ban(PlayerId id);
  void make_host(PlayerId id);

  /// Takes what came and tells what is due. Once per frame, or as often as a hidden page can.
  void update(base::Time now);

  std::optional<Notice> poll_notice();
  /// A member's name that the label atlas does not show yet: the latest of each slot, in no order.
  struct Naming {
    render::LabelSlot slot;
    std::string name;
  };
  std::optional<Naming> poll_naming();

  /// Makes the network worse, in this stay and later ones; nothing takes that off. What is out of its limits
  /// changes nothing. With `stalls`, nothing goes or comes for kShortestStall to kLongestStall every
  /// kStallEvery, and then all at once, as on a busy Wi-Fi (wifi_stalls in docs/sim.md).
  ConditionsResult set_conditioner(const std::optional<Conditions>& conditions, bool stalls = false);
  static constexpr base::Duration kStallEvery = base::seconds(5);
  static constexpr base::Duration kShortestStall = base::milliseconds(100);
  static constexpr base::Duration kLongestStall = base::milliseconds(300);
  [[nodiscard]] const std::optional<Conditions>& conditions() const { return conditions_; }
  [[nodiscard]] bool stalls() const { return stalls_; }
  /// What changed since the last call, the oldest first.
  std::vector<PathChange> take_path_changes() { return std::exchange(path_changes_, {}); }

  /// As the player has been told of it: the room itself may be a frame ahead.
  [[nodiscard]] std::string_view state() const { return !room_ ? "solo" : inside_ ? "playing" : "entering"; }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }  ///< the others
  [[nodiscard]] bool is_away(PeerId peer) const;
  /// Who has to catch the others; 0: nobody.
  [[nodiscard]] PlayerId it() const { return tag_.it(); }
  /// Who caught the one who has to catch; 0: nobody did.
  [[nodiscard]] PlayerId caught_by() const {
    const auto current = tag_.current();
    return current ? current->by : PlayerId{0};
  }
  /// Nothing while in no room.
  [[nodiscard]] const Room* room() const { return room_ ? &*room_ : nullptr; }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const RoomSettings& settings() const { return settings_; }
  /// How a quick match goes; nothing when none is looked for.
  [[nodiscard]] const std::optional<Searching>& searching() const { return searching_; }
  [[nodiscard]] bool server_lost() const { return server_lost_; }

 private:
  void enter(std::string name, Entry entry);
  void arrive();
  void finish();
  void notify(Notice notice);
  void asked(RequestResult result);
  void name_label(PlayerId id, const std::string& name);
  [[nodiscard]] const Member* find(PeerId peer) const;
  [[nodiscard]] std::string name_of(PeerId peer) const;

  void on(const Joined& joined);
  void on(const PeerJoined& joined);
  void on(const PeerAway& away);
  void on(const PeerBack& back);
  void on(const PeerLeft& left);
  void on(const HostChanged& changed);
  void on(const Message& message);
  void on(const PathChanged& changed);
  void on(const LinkFailed& failed);
  void on(const ServerLost& lost);
  void on(const ServerBack& back);
  void on(const Ended& ended);
  void on(const SettingsChanged& changed);
  void on(const RequestRefused& refused);
  void on(const Searching& searching);

  void stall();
  void settle_colour();
  void greet();
  void tell();
  void play_tag();
  void announce_catch();
  void tell_all(std::vector<PeerId>& list) const;
  void tell_props();

  World& world_;
  std::optional<Room> room_;
  std::string server_;
  std::string name_;
  RoomSettings settings_;
  std::optional<Searching> searching_;
  base::Time now_{};
  bool inside_ = false;
  bool server_lost_ = false;
  bool arriving_ = false;  // the members that were there already are being told
  std::vector<Member> members_;
  std::vector<PeerId> to_greet_;     // members that have not heard our colour
  std::vector<PeerId> to_tell_it_;   // members that have not heard from us who has to catch
  std::vector<PeerId> known_paths_;  // members that were connected once
  std::vector<PeerId> away_;         // members that may come back
  std::optional<Conditions> conditions_;
  bool stalls_ = false;
  bool stalled_ = false;
  base::Time next_stall_{};  // when it begins, or the one that lasts ends
  int stall_count_ = 0;
  std::vector<PathChange> path_changes_;
  StatePacer pacer_;
  Tag tag_;
  std::optional<Catch> announced_;  // the catch that the player has heard of, and …
  std::optional<base::Time> announced_at_;
  base::Time repeated_at_{};
  bool unsettled_ = false;  // somebody told a colour
  std::optional<base::Time> settled_at_;
  std::string ticket_;
  std::deque<Notice> notices_;
  std::vector<Naming> namings_;  // one of each slot: a hidden page takes none, however long it is
};

}  // namespace parlor::cubes
