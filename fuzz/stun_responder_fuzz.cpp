// links: parlor_stun
// The responder: answers are well-formed, carry the request's id, go where somebody can be, are hardly longer
// than their request, and are the same for the same input.
//
// The first bytes choose the source, the transport and the server's configuration; the rest is the datagram.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/random.hpp"
#include "stun/attributes.hpp"
#include "stun/message.hpp"
#include "stun/responder.hpp"

namespace {

namespace base = parlor::base;
using namespace parlor::stun;

constexpr std::size_t kChoices = 24;

void require(bool holds) {
  if (!holds) std::abort();
}

base::SocketAddress source_from(const std::uint8_t* choices) {
  std::array<std::uint8_t, 16> ip{};
  std::memcpy(ip.data(), choices, ip.size());
  const auto port = static_cast<std::uint16_t>(choices[16] << 8 | choices[17]);
  if ((choices[18] & 1) != 0) return {base::IpAddress::v6(ip), port};
  return {base::IpAddress::v4({ip[0], ip[1], ip[2], ip[3]}), port};
}

void check_answer(const BindingRequest& request, const BindingAnswer& answer, base::BytesView out) {
  const bool silent = answer.outcome != Outcome::success && answer.outcome != Outcome::error;
  require(silent == (answer.size == 0));
  if (silent) return;
  require(answer.size <= out.size() && answer.port != 0 && request.source.port != 0);
  require(answer.size <= std::max(Responder::kMaxPlainAnswer, request.bytes.size() + 96));
  const auto asked = Message::parse_with_classic(request.bytes);
  const auto said = Message::parse_with_classic(out.first(answer.size));
  require(asked && said);
  require(asked->is(MessageClass::request, Method::binding));
  require(std::equal(asked->cookie_and_id().begin(), asked->cookie_and_id().end(),
                     said->cookie_and_id().begin()));
  if (answer.outcome == Outcome::error) {
    const auto error = said->read<ErrorCode>();
    require(said->is(MessageClass::error, Method::binding));
    require(error && (error->code == kUnknownAttribute || error->code == kBadRequest));
    return;
  }
  require(said->is(MessageClass::success, Method::binding));
  const auto mapped = said->is_classic() ? said->read<MappedAddress>() : said->read<XorMappedAddress>();
  require(mapped && mapped->ip == request.source.ip.unmapped() && mapped->port == request.source.port);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static base::SeededRandom random(1);
  static RateTable<PlainCell> limit({.per_second = 50, .burst = 50, .sources = 256}, random);
  static const BehaviorAddresses behavior{
      {base::IpAddress::v4({198, 51, 100, 1}), base::IpAddress::v4({203, 0, 113, 1})}, {3478, 3479}};
  static base::Time now = base::time_from(base::seconds(1));
  if (size < kChoices) return 0;
  const std::uint8_t flags = data[18];
  now += base::microseconds(data[19]);

  BindingRequest request;
  request.source = source_from(data);
  request.transport = (flags & 2) != 0 ? Transport::tcp : Transport::udp;
  if ((flags & 4) != 0) request.to = Origin{(flags & 8) != 0, (flags & 16) != 0};
  request.bytes = std::as_bytes(std::span(data, size)).subspan(kChoices);

  std::array<std::byte, 2048> out{};
  const Responder limited(std::nullopt, &limit);
  check_answer(request, limited.respond(now, request, out), out);

  const Responder free((flags & 32) != 0 ? std::optional(behavior) : std::nullopt);
  const BindingAnswer answer = free.respond(now, request, out);
  check_answer(request, answer, out);
  require(answer.outcome != Outcome::rate_limited);

  std::array<std::byte, 2048> again{};
  const BindingAnswer second = free.respond(now + base::seconds(1), request, again);
  require(second.size == answer.size &&
          std::equal(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(answer.size), again.begin()));
  return 0;
}
