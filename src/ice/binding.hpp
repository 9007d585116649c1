#pragma once
// Connectivity checks on the wire: Binding requests with the attributes of ICE, and their answers (RFC 8445
// §7.1, §16.1; RFC 8489 §9.1 for the short-term credentials). What they mean is the agent's to say.

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ice/types.hpp"
#include "stun/message.hpp"

namespace parlor::ice {

inline constexpr int kRoleConflict = 487;  // RFC 8445 §7.3.1.1

/// A datagram is for the STUN machine and not for DTLS (RFC 7983 §7): its first byte and the cookie say so.
[[nodiscard]] bool is_stun(base::BytesView datagram);

/// Whose check this is, without looking further: the ufrag of the side that it was sent to. For whoever has
/// several agents at one port. Nothing for what is no Binding request with a username of ICE.
[[nodiscard]] std::optional<std::string_view> ufrag_of(base::BytesView datagram);

struct CheckRequest {
  std::uint32_t priority = 0;  ///< of the peer-reflexive candidate that may come of it
  Role role = Role::controlling;
  std::uint64_t tie_breaker = 0;
  bool use_candidate = false;
};

/// `from`, `to`: the two sides' credentials.
[[nodiscard]] base::Bytes write_request(const stun::TransactionId& id, const Credentials& from,
                                        const Credentials& to, const CheckRequest& request);
/// A Binding request to a STUN server: no credentials.
[[nodiscard]] base::Bytes write_server_request(const stun::TransactionId& id);
[[nodiscard]] base::Bytes write_success(const stun::Message& request, std::string_view password,
                                        const base::SocketAddress& seen_from);
[[nodiscard]] base::Bytes write_error(const stun::Message& request, std::string_view password, int code,
                                      std::string_view reason,
                                      std::span<const stun::AttributeType> unknown = {});

struct Usernames {
  std::string_view to;  ///< the ufrag of who gets the request …
  std::string_view from;
};
[[nodiscard]] std::optional<Usernames> read_usernames(const stun::Message& request);
/// Nothing where an attribute that a check must have is missing or malformed.
[[nodiscard]] std::optional<CheckRequest> read_request(const stun::Message& request);
/// Those that who does not know them must not answer without (RFC 8489 §6.3.1).
[[nodiscard]] std::vector<stun::AttributeType> unknown_attributes(const stun::Message& message);
/// Came from who knows this password, whole and unchanged.
[[nodiscard]] bool is_authentic(const stun::Message& message, std::string_view password);

}  // namespace parlor::ice
