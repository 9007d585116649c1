#include "signaling/ticket.hpp"

#include <array>
#include <cassert>

#include "signaling/code.hpp"

namespace parlor::signaling {
namespace {

constexpr std::uint8_t kTicketVersion = 5;
constexpr std::size_t kFixed = 1 + 8 + kCodeLength + 2 + 4 + 4 + 4 + 2 + 1 + 8 + 1;
constexpr std::size_t kMac = 16;
constexpr std::size_t text_size(std::size_t bytes) {
  return (bytes * 4 + 2) / 3;
}
static_assert(text_size(kFixed + kMaxTitleBytes + kMaxPackedRules + kMac) <= kMaxTicket);

}  // namespace

std::uint64_t application_of(std::string_view game, std::string_view build) {
  std::uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  const auto mix = [&](char c) { hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U; };
  for (char c : game) mix(c);
  mix('\0');
  for (char c : build) mix(c);
  return hash;
}

std::string seal(const Ticket& ticket, const Mac& mac, base::BytesView key) {
  assert(ticket.code.size() == kCodeLength);
  const std::string_view title =
      ticket.title.size() <= kMaxTitleBytes ? std::string_view(ticket.title) : std::string_view();
  std::array<std::byte, kFixed + kMaxTitleBytes + kMaxPackedRules + kMac> bytes{};
  base::ByteWriter out(bytes);
  out.u8(kTicketVersion);
  out.u64(ticket.life);
  out.bytes(base::as_bytes(ticket.code));
  out.u16(static_cast<std::uint16_t>(ticket.peer));
  out.u32(ticket.serial);
  out.u32(ticket.incarnation);
  out.u32(ticket.term);
  out.u16(static_cast<std::uint16_t>(ticket.host));
  out.u8(static_cast<std::uint8_t>(ticket.size));
  out.u64(ticket.application);
  out.u8(static_cast<std::uint8_t>(title.size()));
  out.bytes(base::as_bytes(title));
  pack(out, ticket.rules);
  const auto tag = mac(key, out.written());
  out.bytes(base::BytesView(tag).first(kMac));
  assert(out.ok());
  return base::to_base64url(out.written());
}

std::optional<Ticket> unseal(std::string_view text, const Mac& mac, base::BytesView key) {
  if (text.size() < text_size(kFixed + kMac) || text.size() > kMaxTicket) return std::nullopt;
  const auto bytes = base::from_base64url(text);
  if (!bytes || bytes->size() < kFixed + kMac) return std::nullopt;
  const base::BytesView payload = base::BytesView(*bytes).first(bytes->size() - kMac);
  const auto tag = mac(key, payload);
  if (!equal_secrets(base::BytesView(tag).first(kMac), base::BytesView(*bytes).last(kMac)))
    return std::nullopt;
  // Sealed by this key, though perhaps by another version of the server.
  if (payload[0] != std::byte{kTicketVersion}) return std::nullopt;
  base::ByteReader in(payload.subspan(1));
  Ticket ticket;
  ticket.life = *in.u64();
  ticket.code = base::as_text(*in.take(kCodeLength));
  ticket.peer = static_cast<PeerId>(*in.u16());
  ticket.serial = *in.u32();
  ticket.incarnation = *in.u32();
  ticket.term = *in.u32();
  ticket.host = static_cast<PeerId>(*in.u16());
  ticket.size = *in.u8();
  ticket.application = *in.u64();
  const std::size_t title_size = *in.u8();
  const auto title = in.take(title_size);
  if (!title) return std::nullopt;
  ticket.title = base::as_text(*title);
  auto rules = unpack_rules(in);
  if (!rules || in.remaining() > 0) return std::nullopt;
  ticket.rules = std::move(*rules);
  return ticket;
}

}  // namespace parlor::signaling
