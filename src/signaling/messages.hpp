#pragma once
// The signaling protocol's messages, version 1, declared once for both ends: docs/signaling.md is their
// specification.
//
// A message is one JSON object in one WebSocket text frame, told apart by its "type". parse_* turn text from
// a stranger into values that cannot be invalid (sizes, characters and ranges are checked), write() turns a
// value into text. No sockets, no state. Fields that a version-1 reader does not know are ignored, so that a
// later version may add some.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "parlor/room_list.hpp"
#include "parlor/settings.hpp"
#include "parlor/types.hpp"

namespace parlor::signaling {

inline constexpr int kProtocolVersion = 1;

// Limits of what a message may hold. A frame longer than kMaxFrame closes the connection.
inline constexpr std::size_t kMaxFrame = 64 * 1024;
/// Against the limit of its rate, a message counts once, and once more for every so many bytes in it: what
/// honest clients send counts once, and nobody can fill another's send queue with large ones.
inline constexpr std::size_t kMessageUnit = 2048;
[[nodiscard]] constexpr std::uint32_t message_cost(std::size_t bytes) {
  return static_cast<std::uint32_t>(1 + bytes / kMessageUnit);
}
inline constexpr std::size_t kMaxSdp = 16 * 1024;
inline constexpr std::size_t kMaxCandidate = 1024;
inline constexpr std::size_t kMaxMid = 64;
inline constexpr std::size_t kMaxUfrag = 256;      // RFC 8839 §5.4
inline constexpr std::size_t kMaxGame = 32;        // [a-z0-9._-]
inline constexpr std::size_t kMaxBuild = 64;       // printable ASCII
inline constexpr std::size_t kMaxNamePoints = 32;  // code points that may be shown (base/utf8.hpp)
inline constexpr std::size_t kMaxTitlePoints = 64;
inline constexpr std::size_t kMaxTicket = 2048;  // printable ASCII
inline constexpr std::size_t kMaxIceServers = 16;
inline constexpr std::size_t kMaxIceUrls = 8;      // of one server
inline constexpr std::size_t kMaxIceText = 512;    // a url, a user name, a credential
inline constexpr std::size_t kMaxErrorText = 512;  // an error's sentence
inline constexpr std::size_t kMaxUpgradeQuery = 4096;
inline constexpr int kMaxVersion = 65535;
inline constexpr int kMinRoomSize = 2;

// What a game, a build, a name and a title may be, within their limits.
[[nodiscard]] bool is_game(std::string_view text);
[[nodiscard]] bool is_build(std::string_view text);
[[nodiscard]] bool is_name(std::string_view text);
[[nodiscard]] bool is_title(std::string_view text);          ///< may be empty
[[nodiscard]] bool is_password_text(std::string_view text);  ///< may be empty
[[nodiscard]] bool is_metadata_key(std::string_view key);
[[nodiscard]] bool is_metadata(const Metadata& metadata);
[[nodiscard]] bool is_list_query(const ListQuery& query);
[[nodiscard]] bool is_match(const QuickMatch& match);

/// What an `error` message can say. The text on the wire is to_string()'s.
enum class ErrorCode : std::uint8_t {
  bad_json,             ///< not JSON, or not an object. Closes.
  bad_message,          ///< a known type with a missing, mistyped or out-of-range field
  unknown_type,         ///< ignored otherwise, so that a later client can ask what this server knows
  unsupported_version,  ///< hello's version is not spoken here. Closes.
  hello_first,          ///< anything before hello. Closes.
  bad_name,             ///< a name or title that may not be shown
  already_in_room,
  not_in_room,
  /// Also for a wrong password, a room of another game, and who is banned: a code alone tells nothing.
  no_such_room,
  room_full,
  build_mismatch,
  no_such_peer,  ///< `to` is not another member of the room
  rate_limited,
  server_full,
  server_shutdown,  ///< Closes, with 1001.
  replaced,         ///< another connection showed this member's ticket. Closes.
  slow_reader,      ///< the connection did not take what was sent to it. Closes.
  too_large,        ///< a frame above kMaxFrame. Closes.
  not_text,         ///< a binary frame, where the server passes none on. Closes.
  timed_out,        ///< no hello within the time, or nothing heard for too long. Closes.
  kicked,           ///< the host has removed this member. Closes.
  banned,           ///< the host has removed this member, and does not let it in again. Closes.
  not_host,         ///< only the host may do that
  room_locked,      ///< it takes nobody new
};
inline constexpr std::size_t kErrorCodes = 24;  ///< how many there are
[[nodiscard]] std::string_view to_string(ErrorCode code);
[[nodiscard]] std::optional<ErrorCode> error_code_from(std::string_view text);
/// A sentence for people that says what happened and, where there is something, what to do.
[[nodiscard]] std::string_view sentence(ErrorCode code);
/// The WebSocket close code that goes with an error that closes: 4000 + its number, fixed on the wire; for
/// server_shutdown 1001. Errors that otherwise leave the connection open have one for when they close it (a
/// flood, a bad upgrade request).
[[nodiscard]] std::uint16_t close_code(ErrorCode code);
/// The other way. Nothing for a close code that no error has.
[[nodiscard]] std::optional<ErrorCode> error_code_from_close(std::uint16_t close);
/// Whether this error always ends the connection.
[[nodiscard]] bool closes(ErrorCode code);

struct IceServer {
  std::vector<std::string> urls;
  std::string username;
  std::string credential;
  friend bool operator==(const IceServer&, const IceServer&) = default;
};

// ---- both ways: between two members, `peer` is `to` on the way to the server and `from` on the way from it

struct Offer {
  PeerId peer = kNobody;
  std::string sdp;
  friend bool operator==(const Offer&, const Offer&) = default;
};
struct Answer {
  PeerId peer = kNobody;
  std::string sdp;
  friend bool operator==(const Answer&, const Answer&) = default;
};
/// An RTCIceCandidate. An empty `mid` is absent.
struct Candidate {
  PeerId peer = kNobody;
  std::string candidate;
  std::string mid;
  std::optional<std::uint16_t> mline_index;
  std::string ufrag;
  friend bool operator==(const Candidate&, const Candidate&) = default;
};
struct EndOfCandidates {
  PeerId peer = kNobody;
  friend bool operator==(const EndOfCandidates&, const EndOfCandidates&) = default;
};

// ---- client to server

struct Hello {
  int version = kProtocolVersion;
  std::string game;
  std::string build;
  std::string name;
  friend bool operator==(const Hello&, const Hello&) = default;
};
struct CreateRoom {
  int size = 8;
  std::string title;
  std::string password{};  ///< empty: none
  bool listed = false;
  bool locked = false;
  Metadata metadata{};
  friend bool operator==(const CreateRoom&, const CreateRoom&) = default;
};
struct JoinRoom {
  std::string code;  ///< canonical: lower case, without blanks and dashes
  std::string ticket;
  /// The program that got the ticket goes on, on another socket: it knows what it knew. Needs a ticket.
  bool resume = false;
  std::string password{};
  friend bool operator==(const JoinRoom&, const JoinRoom&) = default;
};
struct LeaveRoom {
  friend bool operator==(const LeaveRoom&, const LeaveRoom&) = default;
};
/// Which rooms are there? Takes no room to ask.
struct ListRooms {
  ListQuery query;
  friend bool operator==(const ListRooms&, const ListRooms&) = default;
};
struct FindMatch {
  QuickMatch want;
  friend bool operator==(const FindMatch&, const FindMatch&) = default;
};
// What the host may do.
struct UpdateRoom {
  SettingsChange change;
  friend bool operator==(const UpdateRoom&, const UpdateRoom&) = default;
};
struct KickMember {
  PeerId peer = kNobody;
  bool ban = false;  ///< and for the room's life it does not get in again
  friend bool operator==(const KickMember&, const KickMember&) = default;
};
struct TransferHost {
  PeerId peer = kNobody;  ///< is to be host
  friend bool operator==(const TransferHost&, const TransferHost&) = default;
};
/// Browsers cannot send WebSocket pings: this is theirs. The server echoes `id` in a Pong.
struct Ping {
  std::uint32_t id = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};
using ClientMessage =
    std::variant<Hello, CreateRoom, JoinRoom, LeaveRoom, Offer, Answer, Candidate, EndOfCandidates, Ping,
                 UpdateRoom, KickMember, TransferHost, ListRooms, FindMatch>;

// ---- server to client

struct MemberInfo {
  PeerId id = kNobody;
  std::string name;
  std::uint32_t incarnation = 1;  ///< which life of the member's program this is
  bool away = false;              ///< its socket is gone; it may come back within the grace time
  friend bool operator==(const MemberInfo&, const MemberInfo&) = default;
};
struct Welcome {
  int version = kProtocolVersion;
  std::vector<IceServer> ice_servers;
  bool relay = false;  ///< game frames may be sent through this server (docs/relay.md)
  friend bool operator==(const Welcome&, const Welcome&) = default;
};
struct JoinedRoom {
  std::string code;  ///< as it is shown, with its dash
  std::string title;
  std::string ticket;
  PeerId you = kNobody;
  PeerId host = kNobody;
  std::uint32_t term = 0;
  int size = 0;
  std::vector<MemberInfo> members;  ///< the others, longest-present first
  std::uint32_t incarnation = 1;    ///< mine
  bool rebuilt = false;  ///< by another process of the server: others may still be on their way back
  bool has_password = false;
  bool listed = false;
  bool locked = false;
  Metadata metadata{};
  friend bool operator==(const JoinedRoom&, const JoinedRoom&) = default;
};
struct PeerJoinedRoom {
  MemberInfo member;
  friend bool operator==(const PeerJoinedRoom&, const PeerJoinedRoom&) = default;
};
/// The member's socket is gone: it closed its page, loads it anew, or lost the network.
struct PeerAwayRoom {
  PeerId peer = kNobody;
  friend bool operator==(const PeerAwayRoom&, const PeerAwayRoom&) = default;
};
/// It is there again: with the same incarnation it goes on as if nothing had been, with a higher one its
/// program began anew.
struct PeerBackRoom {
  MemberInfo member;
  friend bool operator==(const PeerBackRoom&, const PeerBackRoom&) = default;
};
enum class LeaveReason : std::uint8_t {
  left,     ///< said leave, or closed its socket with 1000
  lost,     ///< it was away and did not come back within the grace time; its links may live on
  removed,  ///< the server closed it: a flood, a malformed frame
  kicked,   ///< by the host
  banned,   ///< by the host, for the room's life
};
[[nodiscard]] std::string_view to_string(LeaveReason reason);
/// A reason that this reader does not know reads as lost.
struct PeerLeftRoom {
  PeerId peer = kNobody;
  LeaveReason reason = LeaveReason::left;
  friend bool operator==(const PeerLeftRoom&, const PeerLeftRoom&) = default;
};
struct HostOfRoom {
  PeerId host = kNobody;
  std::uint32_t term = 0;
  std::string ticket{};  ///< in the place of the one before: it knows the term. May be empty.
  friend bool operator==(const HostOfRoom&, const HostOfRoom&) = default;
};
/// The host has changed the room, or whom it lets in.
struct UpdatedRoom {
  RoomSettings settings;
  std::string ticket{};  ///< in the place of the one before: it knows the settings. May be empty.
  friend bool operator==(const UpdatedRoom&, const UpdatedRoom&) = default;
};
struct LeftRoom {  ///< the answer to leave: a later create or join is in order
  friend bool operator==(const LeftRoom&, const LeftRoom&) = default;
};
/// The answer to list.
struct RoomsFound {
  std::vector<ListedRoom> rooms;  ///< at most kMaxListed
  int total = 0;
  friend bool operator==(const RoomsFound&, const RoomsFound&) = default;
};
/// On the way to a match: at the beginning, then once per second. JoinedRoom follows.
struct SearchingMatch {
  std::uint32_t waited_ms = 0;
  std::uint32_t others = 0;  ///< who search for the same now
  friend bool operator==(const SearchingMatch&, const SearchingMatch&) = default;
};
struct Pong {
  std::uint32_t id = 0;
  friend bool operator==(const Pong&, const Pong&) = default;
};
/// A code that this reader does not know reads as bad_message, with the sender's sentence.
struct Error {
  ErrorCode code = ErrorCode::bad_message;
  std::string message;         ///< a sentence
  std::string about;           ///< the type of the message that caused it, when there was one
  std::uint32_t retry_ms = 0;  ///< of rate_limited: it may be said again after so long; 0: that is not told
  friend bool operator==(const Error&, const Error&) = default;
};
using ServerMessage = std::variant<Welcome, JoinedRoom, PeerJoinedRoom, PeerAwayRoom, PeerBackRoom,
                                   PeerLeftRoom, HostOfRoom, LeftRoom, Offer, Answer, Candidate,
                                   EndOfCandidates, Pong, Error, UpdatedRoom, RoomsFound, SearchingMatch>;

// ---- text

/// What was wrong with a frame: the code and sentence for the error message, and the `type` when it could be
/// read.
struct ParseError {
  ErrorCode code = ErrorCode::bad_message;
  std::string message;
  std::string about;
};

[[nodiscard]] base::Result<ClientMessage, ParseError> parse_client_message(std::string_view text);
/// For the client. A message of a type that it does not know is `unknown_type`: to be ignored.
[[nodiscard]] base::Result<ServerMessage, ParseError> parse_server_message(std::string_view text);
/// The body of GET /v1/ice: an object with the `ice_servers` of a welcome.
[[nodiscard]] base::Result<std::vector<IceServer>, ParseError> parse_ice_servers(std::string_view text);
[[nodiscard]] std::string write(const ClientMessage& message);
[[nodiscard]] std::string write(const ServerMessage& message);

/// The hello and, optionally, create or join, that ride in the query of the upgrade request:
///   /v1?version=1&game=cubes&build=1&name=Ada&create=8[&title=T]   or   …&join=kamo-ridun
/// Percent-encoded UTF-8 ("+" reads as a blank); tickets never go here. Without any of these names there is
/// no hello in it; `version`, `game` and `name` are needed as soon as there is one.
struct UpgradeRequest {
  std::optional<Hello> hello;
  std::optional<CreateRoom> create;
  std::optional<JoinRoom> join;
};
/// `query` is what stands behind the "?", or empty.
[[nodiscard]] base::Result<UpgradeRequest, ParseError> parse_upgrade_query(std::string_view query);
[[nodiscard]] std::string write_upgrade_query(const UpgradeRequest& request);

}  // namespace parlor::signaling
