#include "signaling/ticket.hpp"

#include <array>
#include <cassert>

#include "signaling/code.hpp"

namespace parlor::signaling {
namespace {

constexpr std::uint8_t kTicketVersion = 2;
constexpr std::size_t kPayload = 1 + 8 + kCodeLength + 2 + 4 + 4 + 4;
constexpr std::size_t kMac = 16;
constexpr std::size_t kText = ((kPayload + kMac) * 4 + 2) / 3;
static_assert(kText <= kMaxTicket);

/// Takes the same time wherever the first difference is.
bool equal(base::BytesView a, base::BytesView b) {
  volatile unsigned difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    difference = difference | std::to_integer<unsigned>(a[i] ^ b[i]);
  }
  return difference == 0;
}

}  // namespace

std::string seal(const Ticket& ticket, const Mac& mac, base::BytesView key) {
  assert(ticket.code.size() == kCodeLength);
  std::array<std::byte, kPayload + kMac> bytes{};
  base::ByteWriter out(bytes);
  out.u8(kTicketVersion);
  out.u64(ticket.life);
  out.bytes(base::as_bytes(ticket.code));
  out.u16(static_cast<std::uint16_t>(ticket.peer));
  out.u32(ticket.serial);
  out.u32(ticket.incarnation);
  out.u32(ticket.term);
  const auto tag = mac(key, out.written());
  out.bytes(base::BytesView(tag).first(kMac));
  assert(out.ok() && out.size() == bytes.size());
  return base::to_base64url(bytes);
}

std::optional<Ticket> unseal(std::string_view text, const Mac& mac, base::BytesView key) {
  if (text.size() != kText) return std::nullopt;
  const auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() != kPayload + kMac) return std::nullopt;
  const base::BytesView payload = base::BytesView(*bytes).first(kPayload);
  const auto tag = mac(key, payload);
  if (!equal(base::BytesView(tag).first(kMac), base::BytesView(*bytes).subspan(kPayload)))
    return std::nullopt;
  if (payload[0] != std::byte{kTicketVersion}) return std::nullopt;
  base::ByteReader in(payload.subspan(1));
  Ticket ticket;
  ticket.life = *in.u64();
  ticket.code = base::as_text(*in.take(kCodeLength));
  ticket.peer = static_cast<PeerId>(*in.u16());
  ticket.serial = *in.u32();
  ticket.incarnation = *in.u32();
  ticket.term = *in.u32();
  return ticket;
}

}  // namespace parlor::signaling
