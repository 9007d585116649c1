#pragma once
// An ICE agent for one data stream with one component (RFC 8445), full or lite, with trickled candidates (RFC
// 8838), patience (RFC 8863) and consent (RFC 7675). A Machine: owns no socket, clock or randomness. It finds
// the ways between two peers, picks one, sees that it stays alive and moves to a better one.
//
// Whoever drives it tells it this machine's addresses (each is a socket's, or that of an allocation on a TURN
// server, which then is sent from there), hands it the STUN datagrams that come to them, and sends what it
// wants sent from the address it names. Data does not pass through it: route() says which way that goes.
//
// Not thread-safe. Memory is bounded by the limits below and Checklist::kMostPairs.

#include <deque>
#include <optional>
#include <tuple>
#include <variant>
#include <vector>

#include "ice/checklist.hpp"
#include "ice/gatherer.hpp"
#include "ice/types.hpp"

namespace parlor::ice {

struct AgentOptions {
  /// Only answers and never asks, as a host with a public address may (RFC 8445 §2.5). Always controlled.
  bool lite = false;
  /// Between two checks. RFC 8445 §14.2 has 50 ms; docs/deviations.md says why this is less.
  base::Duration pace = base::milliseconds(20);
  /// How long to wait for a first way, whatever has failed until then (RFC 8863 §3).
  base::Duration patience = base::milliseconds(39500);
};

enum class AgentState : std::uint8_t {
  starting,      ///< nothing is known of the other side
  checking,      ///< no way was found yet
  connected,     ///< there is a way, and it was heard of lately
  disconnected,  ///< there is one, but it is silent; it may come back
  failed,        ///< no way, or no consent for 30 s. Candidates that still come may change that
};

/// To be told to the other side.
struct CandidateFound {
  Candidate candidate;
};
/// No more of them will be found.
struct GatheringDone {};
/// Data goes another way from now on. Nothing: there is none any more.
struct RouteChanged {
  std::optional<Route> route;
};
struct StateChanged {
  AgentState state = AgentState::starting;
};
using AgentEvent = std::variant<CandidateFound, GatheringDone, RouteChanged, StateChanged>;

class Agent {
 public:
  static constexpr std::size_t kMostRemoteCandidates = 64;
  static constexpr std::size_t kMostTransactions = 160;
  static constexpr std::size_t kMostEarly = 16;
  static constexpr std::size_t kMostWaiting = 256;  ///< datagrams, and events

  /// `random` gives credentials, transaction ids and the tie-breaker. Outlives this.
  Agent(base::Time now, const AgentOptions& options, base::Random& random);
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // ---- this side
  [[nodiscard]] const Credentials& local_credentials() const { return local_; }
  [[nodiscard]] Role role() const { return role_; }
  /// Who made the offer controls, unless only the other one is full (RFC 8445 §6.1.1).
  void set_role(Role role);
  /// A host candidate. `preference`: among this machine's addresses, the higher the better.
  void add_address(base::Time now, const base::SocketAddress& base, std::uint16_t preference);
  /// An allocation on a TURN server. Datagrams from and to `relayed` go through it.
  void add_relayed(base::Time now, const base::SocketAddress& relayed, const base::SocketAddress& server,
                   std::uint16_t preference);
  /// That address is gone, and the pairs it was part of.
  void remove_address(base::Time now, const base::SocketAddress& base);
  void add_stun_server(base::Time now, const base::SocketAddress& server);
  /// No further address will be added: GatheringDone follows once all STUN servers have answered or not.
  void finish_gathering(base::Time now);
  [[nodiscard]] const std::vector<Candidate>& local_candidates() const { return candidates_; }
  [[nodiscard]] bool is_gathering_done() const { return gathering_done_; }

  // ---- the other side
  /// Of its description. Checks begin, and what came early counts.
  void set_remote(base::Time now, const Credentials& credentials, bool lite);
  [[nodiscard]] const std::optional<Credentials>& remote_credentials() const { return remote_; }
  void add_remote_candidate(base::Time now, Candidate candidate);

  /// New credentials on both sides (RFC 8445 §9). Data goes on as before until a new way was found. The other
  /// side's are to be set again.
  void restart(base::Time now);

  // ---- datagrams
  /// One for which is_stun() holds, which came from `remote` to this side's address `local`.
  void handle_datagram(base::Time now, const base::SocketAddress& local, const base::SocketAddress& remote,
                       base::BytesView bytes);
  /// Data from there was found authentic by the layer above.
  void handle_data(base::Time now, const base::SocketAddress& local, const base::SocketAddress& remote);
  /// Of a lite agent, which asks nobody, at most `claimed`.
  [[nodiscard]] AddressValidation validation(const base::SocketAddress& local,
                                             const base::SocketAddress& remote) const;
  /// What comes from elsewhere is not worth looking at.
  [[nodiscard]] bool knows(const base::SocketAddress& local, const base::SocketAddress& remote) const {
    return validation(local, remote) != AddressValidation::unknown;
  }
  void handle_timeout(base::Time now);
  std::optional<Transmit> poll_transmit();
  std::optional<AgentEvent> poll_event();
  [[nodiscard]] std::optional<base::Time> poll_timeout() const;

  [[nodiscard]] AgentState state() const { return state_; }
  [[nodiscard]] std::optional<Route> route() const;
  /// Of the way that is used; as checks measure it.
  [[nodiscard]] std::optional<base::Duration> round_trip() const;
  /// All of them, for people who look for faults.
  [[nodiscard]] const std::vector<Pair>& pairs() const { return checklist_.pairs(); }

 private:
  struct Transaction {
    stun::TransactionId id{};
    PairId pair = 0;
    bool check = false;  ///< decides about the pair, and is sent again; else it asks one that had succeeded
    bool use_candidate = false;
    Role role = Role::controlling;  ///< that it was asked with
    base::Time sent_at{};
    base::Time next{};       ///< of a check: when it is sent again, or given up
    bool triggered = false;  ///< once more then, whatever the tries
    int tries = 0;
  };
  // A check of the other side from before its description was here.
  struct Early {
    base::SocketAddress local;
    base::SocketAddress remote;
    std::string ufrag;
    std::uint32_t priority = 0;
    bool use_candidate = false;
  };
  // What was used before a restart.
  struct Former {
    Credentials local;
    std::optional<Credentials> remote;
    std::optional<Route> route;
    base::Time until{};
  };

  // agent.cpp
  void see(base::Time now) { now_ = std::max(now_, now); }
  void add_candidate(Candidate candidate);
  bool make_room_for_candidate();
  void pair_up(const Candidate& local, const Candidate& remote);
  [[nodiscard]] std::string foundation_of(CandidateType type, const base::IpAddress& base,
                                          const base::IpAddress& server);
  void check_gathering();
  void send(const base::SocketAddress& local, const base::SocketAddress& remote, base::Bytes bytes);
  void say(AgentEvent event);
  void set_state(AgentState state);

  // agent_answer.cpp: what the other side asks
  void handle_request(const base::SocketAddress& local, const base::SocketAddress& remote,
                      const stun::Message& message);
  bool settle_roles(const stun::Message& message, Role theirs, std::uint64_t tie_breaker,
                    const base::SocketAddress& local, const base::SocketAddress& remote);
  void switch_role(Role role);
  void hear_check(const Early& check);

  // agent_check.cpp: what this side asks
  void handle_response(const base::SocketAddress& local, const base::SocketAddress& remote,
                       const stun::Message& message);
  void handle_success(const Transaction& transaction, Pair& pair, const stun::Message& message);
  void handle_error(const Transaction& transaction, Pair& pair, const stun::Message& message);
  [[nodiscard]] bool may_check() const { return remote_ && !options_.lite; }
  void check_next();
  void send_check(Pair& pair);
  void probe(Pair& pair);
  void ask(Pair& pair, bool check);
  void resend(Transaction& transaction);
  void advance_checks();
  [[nodiscard]] std::optional<base::Time> check_deadline() const;

  // agent_select.cpp: which way is used, and whether it is alive
  void choose();
  [[nodiscard]] bool is_worth_moving(const Pair& from, const Pair& to) const;
  [[nodiscard]] const Pair* best_controlling() const;
  [[nodiscard]] const Pair* best_controlled() const;
  [[nodiscard]] bool is_settled(const Pair& pair) const;
  [[nodiscard]] bool is_usable(const Pair& pair) const;
  [[nodiscard]] bool is_alive(const Pair& pair) const;
  [[nodiscard]] bool is_backup(const Pair& pair) const;
  [[nodiscard]] std::optional<base::Time> probe_due(const Pair& pair) const;
  [[nodiscard]] base::Time expiry(const Pair& pair) const;
  void advance_selection();
  void update_state();
  [[nodiscard]] bool has_valid() const;
  [[nodiscard]] std::optional<base::Time> selection_deadline() const;

  AgentOptions options_;
  base::Random& random_;
  base::Time now_{};
  AgentState state_ = AgentState::starting;
  Role role_ = Role::controlled;
  std::uint64_t tie_breaker_ = 0;

  // This side.
  Credentials local_;
  std::vector<Candidate> candidates_;
  std::vector<std::tuple<CandidateType, base::IpAddress, base::IpAddress>> foundations_;
  Gatherer gatherer_;
  bool all_addresses_ = false;
  bool gathering_done_ = false;

  // The other one.
  std::optional<Credentials> remote_;
  bool remote_lite_ = false;
  std::vector<Candidate> remote_candidates_;
  std::vector<Early> early_;
  int peer_reflexive_ = 0;  ///< of its candidates, how many there have been

  // Checks.
  Checklist checklist_;
  std::vector<Transaction> transactions_;
  base::Time next_check_at_{};
  base::Time next_triggered_at_{};  ///< when a check may be sent again next as the other side's has come
  base::Time round_at_{};           ///< when the checklist began, or began again
  base::Time patient_until_{};

  // The way that is used.
  PairId selected_ = 0;
  bool nominating_ = false;  ///< of the controlling side: it was picked for good, until there is a better one
  base::Time selected_at_{};
  std::optional<base::Time> first_valid_at_;
  std::optional<Former> former_;
  std::optional<Route> said_route_;

  std::deque<Transmit> transmits_;
  std::deque<AgentEvent> events_;
};

}  // namespace parlor::ice
