#pragma once
// The causes in an ABORT or an ERROR (RFC 9260 §3.3.10): a code and what belongs to it.

#include <optional>
#include <string_view>

#include "sctp/packet/packet.hpp"

namespace parlor::sctp {

struct Cause {
  CauseCode code = CauseCode::none;
  base::BytesView info;  ///< not owned; of user_abort and protocol_violation a text
};

/// The first cause of the chunk's value; `none` where there is none or it does not fit.
[[nodiscard]] Cause read_cause(base::BytesView value);
/// A value with one cause. What is longer than fits into a chunk is cut off.
[[nodiscard]] base::Bytes write_cause(CauseCode code, base::BytesView info);

/// In words, for logs and events.
[[nodiscard]] std::string_view to_string(CauseCode code);

}  // namespace parlor::sctp
