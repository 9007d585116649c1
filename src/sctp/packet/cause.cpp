#include "sctp/packet/cause.hpp"

#include <algorithm>

namespace parlor::sctp {
namespace {

constexpr std::size_t kMostInfo = 512;  // of a reason, in a packet that is to fit anywhere

}  // namespace

Cause read_cause(base::BytesView value) {
  const auto item = TlvReader(value).next();
  if (!item) return {};
  return {static_cast<CauseCode>(item->head), item->value};
}

base::Bytes write_cause(CauseCode code, base::BytesView info) {
  info = info.first(std::min(info.size(), kMostInfo));
  base::Bytes bytes(padded(kChunkHeaderSize + info.size()));
  base::ByteWriter writer(bytes);
  write_tlv(writer, static_cast<std::uint16_t>(code), info);
  return bytes;
}

std::string_view to_string(CauseCode code) {
  switch (code) {
    case CauseCode::none:
      return "no cause given";
    case CauseCode::invalid_stream:
      return "invalid stream identifier";
    case CauseCode::missing_parameter:
      return "missing mandatory parameter";
    case CauseCode::stale_cookie:
      return "stale cookie";
    case CauseCode::out_of_resource:
      return "out of resource";
    case CauseCode::unresolvable_address:
      return "unresolvable address";
    case CauseCode::unrecognized_chunk:
      return "unrecognized chunk type";
    case CauseCode::invalid_parameter:
      return "invalid mandatory parameter";
    case CauseCode::unrecognized_parameters:
      return "unrecognized parameters";
    case CauseCode::no_user_data:
      return "no user data";
    case CauseCode::cookie_while_shutting_down:
      return "cookie received while shutting down";
    case CauseCode::restart_with_new_addresses:
      return "restart of an association with new addresses";
    case CauseCode::user_abort:
      return "user-initiated abort";
    case CauseCode::protocol_violation:
      return "protocol violation";
  }
  return "unknown cause";
}

}  // namespace parlor::sctp
