#pragma once
// parlor::Room: who plays together. The one object a game needs, in the browser and the same natively
// (parlor/native.hpp has what programs without a screen need besides).
//
//   parlor::Room room({.game = "my-game", .name = "Ada", .entry = parlor::Join{"kamo-ridun"}});
//   void frame() {  // once per frame
//     room.update();
//     while (auto event = room.poll_event()) std::visit(handler, *event);
//     room.send_to_all(1, my_state);
//   }
//
// Single-threaded: every call from the thread that made the room; no callback ever runs game code. Nothing
// throws. What goes wrong later arrives as an event with a Reason and a sentence. docs/room.md is the manual.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "parlor/conditioner.hpp"
#include "parlor/settings.hpp"
#include "parlor/types.hpp"

namespace parlor {

/// Make a new room and be its host. With 256 living rooms from one address (`--max-rooms-per-site`) it ends
/// with rate_limited, when the server is full with server_full.
struct Create {
  int size = 8;         ///< most members, 2 to kMaxMembers, the maker included
  std::string title{};  ///< shown to members; may be empty, at most 64 code points
  /// Who joins must know it, at most kMaxPassword bytes. Empty: none. The server keeps a hash of it only.
  std::string password{};
  bool listed =
      false;  ///< those who look for rooms find it (parlor/room_list.hpp); otherwise it takes its code
  bool locked = false;  ///< takes nobody new until the host says otherwise
  Metadata metadata{};  ///< what the game says about it
};
/// Enter the room that has this code. Case, blanks and dashes in it do not matter. With a wrong code or
/// password, or banned, it ends with no_such_room; from one address that may happen 240 times at once and 4
/// times per second after that (`--failed-joins-per-minute`), beyond which every Join from there ends with
/// rate_limited, also one that is right.
struct Join {
  std::string code;
  std::string ticket{};  ///< from an earlier Joined: asks for the same PeerId again. May be empty.
  std::string password{};
};
/// Or QuickMatch (parlor/settings.hpp): into a room with others who look for the same. Searching tells how it
/// goes.
using Entry = std::variant<Create, Join, QuickMatch>;

/// A STUN or TURN server, as RTCIceServer has it.
struct IceServer {
  std::vector<std::string> urls;  ///< "stun:host:port", "turn:host:port?transport=udp"
  std::string username{};
  std::string credential{};
};

struct RoomOptions {
  /// ws:// or wss:// origin of a Parlor server, e.g. "wss://play.example.com". In the browser, empty means
  /// the server that the page came from; natively it has to be said.
  std::string server{};
  /// Which game: members of different games never meet. 1 to 32 of a-z, 0-9, '.', '_' and '-'.
  std::string game{};
  /// Which build of it: a room takes members of its maker's build only. 0 to 64 printable ASCII characters.
  std::string build{};
  /// How the others see this member: 1 to 32 code points that can be shown, not only blanks.
  std::string name{};
  Entry entry = Create{};
  std::vector<ChannelOptions> channels = {{"events", Delivery::reliable}, {"state", Delivery::unreliable}};
  /// When known before; otherwise the server is asked. Never anybody else's.
  std::vector<IceServer> ice_servers{};
};

struct Member {
  PeerId id = kNobody;
  std::string name;
};

// ---- events

/// I am in. The members already there follow as PeerJoined. After a QuickMatch it may come once more, with
/// another code, as long as I was alone in the room that it made: the server has found me another one that
/// fits, and the former is no more. Only for hosts that have not changed their room.
struct Joined {
  std::string code;    ///< to show and to share
  std::string ticket;  ///< keep it to come back as the same PeerId; a secret of this member
  std::string title;
  PeerId me = kNobody;
  PeerId host = kNobody;
  std::uint32_t term = 0;
  int size = 0;
};
struct PeerJoined {
  Member member;
};
/// The member closed its page, loads it anew, or lost the server. What goes straight to it may still arrive.
/// PeerBack follows, or PeerLeft when it does not come back within the server's grace time (30 s by default).
struct PeerAway {
  PeerId peer = kNobody;
};
/// It is there again.
struct PeerBack {
  Member member;
  /// Its program began anew: it knows nothing of what it was told before, and what was still on its way to it
  /// is gone. Greet it like one that joined.
  bool anew = false;
};
struct PeerLeft {
  PeerId peer = kNobody;
  /// peer_left, peer_lost, peer_kicked, link_failed, receiver_overflow; version_mismatch: its list of
  /// channels is another one; protocol_error: it sent what no member sends.
  Reason reason = Reason::none;
  std::string message;
};
/// Host and term as the server says. The first one is in Joined.
struct HostChanged {
  PeerId host = kNobody;
  std::uint32_t term = 0;
};
/// Before Joined, where the entry is a QuickMatch: at the beginning, and once per second. None comes while
/// the server is out of reach: the search goes on by itself on another connection, with the time it has left,
/// and the room ends with no_server only when there was none for 30 seconds.
struct Searching {
  std::chrono::milliseconds waited{};
  std::uint32_t others = 0;  ///< who search for the same now
};
/// The host has changed the room: Room::settings().
struct SettingsChanged {
  RoomSettings settings;
};
/// The server did not do what this host asked of it.
struct RequestRefused {
  std::string request;  ///< "update", "kick", "ban" or "transfer"
  std::string message;  ///< a sentence that says why
};
struct Message {
  PeerId from = kNobody;
  Channel channel = 0;
  Bytes bytes;
  std::uint32_t key = 0;  ///< of a channel of latest values
};
/// The way to a peer changed. From `none` to another: messages flow. To `none`: it is looked for another way.
struct PathChanged {
  PeerId peer = kNobody;
  Path from = Path::none;
  Path to = Path::none;
};
/// No way to this member was found within the time, or its last one died. It stays a member, and the link
/// goes on trying while the server is there.
struct LinkFailed {
  PeerId peer = kNobody;
  Reason reason = Reason::none;
  std::string message;
};
/// The connection to the server ended while playing. Members keep playing on the links they have; nobody new
/// can come. It is looked for again by itself, and ServerBack follows once it is found. So it does after it
/// was started anew, if it has kept its key (--state); without its key it does not know the room, which then
/// looks for it no more: there is no ServerBack.
struct ServerLost {
  Reason reason = Reason::none;
  std::string message;
};
/// What changed in the room meanwhile follows as PeerJoined, PeerAway, PeerLeft and HostChanged.
struct ServerBack {};
/// The last event: the room is over for me, or could not be entered.
struct Ended {
  Reason reason = Reason::none;
  std::string message;  ///< a sentence that says what happened and what to do
};
using Event =
    std::variant<Joined, PeerJoined, PeerAway, PeerBack, PeerLeft, HostChanged, Message, PathChanged,
                 LinkFailed, ServerLost, ServerBack, Ended, SettingsChanged, RequestRefused, Searching>;

// ---- statistics

/// Of one link, whichever way its messages go. Measured by the two ends themselves, once a second while the
/// game sends.
struct PeerStats {
  Path path = Path::none;
  /// From this program to the other and back, as a message has it now; the latest, none until measured.
  std::optional<std::chrono::microseconds> round_trip;
  /// How much round trips differ from one to the next, smoothed; none until there were two.
  std::optional<std::chrono::microseconds> jitter;
  /// Of the unreliable messages sent to me, 0 to 1, smoothed; none until 16 were sent.
  std::optional<double> loss;
  double send_bytes_per_second = 0;  ///< game payload, over the last two seconds
  double send_messages_per_second = 0;
  double receive_bytes_per_second = 0;
  double receive_messages_per_second = 0;
  std::uint64_t bytes_sent = 0;  ///< game payload, since the link began
  std::uint64_t bytes_received = 0;
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t wire_bytes_sent = 0;  ///< as the transport counts them, headers included; 0 until measured
  std::uint64_t wire_bytes_received = 0;
  std::size_t queued_bytes = 0;  ///< waiting to go out, or for an acknowledgement
  /// As WebRTC measures it below all that, without what programs add; none until measured.
  std::optional<std::chrono::microseconds> carrier_round_trip;
};

enum class RoomState : std::uint8_t { entering, playing, ended };
[[nodiscard]] std::string_view to_string(RoomState state);

class Room {
 public:
  /// Starts entering at once. Bad options end the room with an Ended{bad_options} event.
  explicit Room(RoomOptions options);
  ~Room();  ///< leaves, without waiting
  Room(Room&&) noexcept;
  Room& operator=(Room&&) noexcept;

  /// Lets the network run: call it once per frame, before poll_event().
  void update();
  /// The next thing that happened, or nothing. Drain it every frame: what is not taken is kept, within limits
  /// (65,536 events, 16 MiB of messages), beyond which unreliable messages go first and then the link that
  /// floods.
  std::optional<Event> poll_event();

  /// `bytes` is copied. To a single peer.
  /// `key`: on a channel of latest values, which one this is.
  SendResult send(PeerId to, Channel channel, BytesView bytes, std::uint32_t key = 0);
  /// To every other member. A reliable message is taken for all or, with would_block, for none; a member that
  /// LinkFailed was told of holds up nobody: when its queue is full, it ends with PeerLeft{link_failed}. The
  /// worst result of all; `no_such_peer` when alone.
  SendResult send_to_all(Channel channel, BytesView bytes, std::uint32_t key = 0);
  /// To the host; `no_such_peer` when that is me.
  SendResult send_to_host(Channel channel, BytesView bytes, std::uint32_t key = 0);

  /// Ends the room: the others are told, Ended{left} follows. Harmless when already over.
  void leave();

  // ---- for the host alone
  /// SettingsChanged follows, for every member. What is absent in it stays as it is.
  RequestResult update_settings(const SettingsChange& change);
  /// Ends the membership of a member: its room ends with `kicked`, its ticket is worth nothing any more, and
  /// it may join again like anybody.
  RequestResult kick(PeerId peer);
  /// The same, and for the room's life neither its ticket nor its address (IPv4, IPv6 /64) gets in again.
  /// Where other members are at that address, as in a classroom, its ticket alone does not; when one who came
  /// from there after the ban has to be banned, too, nobody new does any more. Whoever comes from another
  /// address with the code is somebody new to the server: lock the room, or change its password.
  RequestResult ban(PeerId peer);
  /// Another member, one that is not away, is to be host. HostChanged follows, with a new term.
  RequestResult make_host(PeerId peer);

  [[nodiscard]] const RoomSettings& settings() const;  ///< as the server told last
  [[nodiscard]] RoomState state() const;
  [[nodiscard]] std::string_view code() const;  ///< empty before Joined
  /// The latest ticket: Joined::ticket, until a change of host or a lost connection brought another. Keep it
  /// to come back as the same PeerId, also after the page was loaded anew. Empty before Joined.
  [[nodiscard]] std::string_view ticket() const;
  [[nodiscard]] PeerId me() const;  ///< kNobody before Joined
  [[nodiscard]] PeerId host() const;
  [[nodiscard]] std::uint32_t term() const;
  /// The others as of now, in the order they came: may be ahead of events that were not taken yet.
  [[nodiscard]] const std::vector<Member>& peers() const;
  [[nodiscard]] std::optional<PeerStats> stats(PeerId peer) const;
  /// What became of the way to this member, a line for each step: seconds since the link began, a code and a
  /// sentence, "+1.250 s rtc_open: WebRTC's channels are open.". The first 8 steps and the last 24; nothing
  /// for who is no member.
  [[nodiscard]] std::vector<std::string> explain(PeerId peer) const;

  /// Makes the network worse from now on, changes how, or (with nothing) takes that off again: for trying a
  /// game out. Nothing reliable is lost by a change. Refused as a whole when a value is out of its limits.
  ConditionsResult set_conditioner(const std::optional<Conditions>& conditions);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace parlor
