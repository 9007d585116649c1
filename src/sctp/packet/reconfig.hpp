#pragma once
// RE-CONFIG (RFC 6525 §3, §4): the end of streams, so that their numbers can be used anew. Of its parameters
// those that data channels need (RFC 8831 §6.7): requests to reset outgoing or incoming streams, and
// responses. The others are read far enough to be denied.

#include <optional>
#include <vector>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

/// Counts requests, from the initial TSN on.
using RequestNumber = base::SerialNumber<std::uint32_t>;

enum class ReconfigResult : std::uint32_t {
  nothing_to_do = 0,
  performed = 1,
  denied = 2,
  wrong_ssn = 3,
  already_in_progress = 4,
  bad_sequence_number = 5,
  in_progress = 6,
};

/// "My streams end here."
struct OutgoingReset {
  RequestNumber request;
  RequestNumber
      response;  ///< of the incoming request that it answers, else the one before the next that is expected
  Tsn last_assigned;              ///< the last TSN that they used
  std::vector<StreamId> streams;  ///< none: all
};
/// "End your streams."
struct IncomingReset {
  RequestNumber request;
  std::vector<StreamId> streams;  ///< none: all
};
/// Something else that was asked.
struct OtherRequest {
  RequestNumber request;
};
struct ReconfigResponse {
  RequestNumber response;
  ReconfigResult result{};
};

/// At most one of each kind, in one of the combinations of §3.1, two responses apart.
struct Reconfig {
  std::optional<OutgoingReset> outgoing;
  std::optional<IncomingReset> incoming;
  std::vector<ReconfigResponse> responses;  ///< at most two
  std::optional<OtherRequest> other;
};

/// Nothing where a parameter is cut off, unknown or of a kind that does not belong there, or there is none or
/// more than two.
[[nodiscard]] std::optional<Reconfig> read_reconfig(base::BytesView value);
/// The value of such a chunk: responses, then requests.
[[nodiscard]] base::Bytes write_reconfig(const Reconfig& reconfig);

}  // namespace parlor::sctp
