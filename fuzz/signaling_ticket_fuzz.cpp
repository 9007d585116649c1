// links: parlor_signaling
// Tickets that strangers show: none is taken that was not sealed with the key, and one that was reads back as
// it was written. The first byte says which: text as it came, or a ticket's fields.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "signaling/code.hpp"
#include "signaling/ticket.hpp"

using namespace parlor;
using namespace parlor::signaling;

namespace {

constexpr std::array<std::byte, 32> kKey{std::byte{1}, std::byte{2}};

/// No secret, and quick. `forgiving`: the same tag for everything, so that whatever comes gets past it.
std::array<std::byte, 32> toy_mac(base::BytesView key, base::BytesView data, bool forgiving) {
  std::array<std::byte, 32> tag{};
  if (forgiving) return tag;
  std::uint64_t hash = 7;
  for (std::byte byte : key) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  for (std::byte byte : data) hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3U;
  for (std::byte& byte : tag) {
    hash = (hash ^ 1) * 0x100000001b3U;
    byte = static_cast<std::byte>(hash >> 56);
  }
  return tag;
}

const Mac kStrict = [](auto key, auto data) { return toy_mac(key, data, false); };
const Mac kForgiving = [](auto key, auto data) { return toy_mac(key, data, true); };

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  switch (in.ConsumeIntegralInRange(0, 2)) {
    case 0: {  // as a client shows it
      const std::string text = in.ConsumeRemainingBytesAsString();
      const auto ticket = unseal(text, kStrict, kKey);
      check(!ticket || seal(*ticket, kStrict, kKey) == text);
      break;
    }
    case 1: {  // what stands in one, should its seal ever be right
      const std::string bytes = in.ConsumeRemainingBytesAsString() + std::string(16, '\0');
      const auto ticket = unseal(base::to_base64url(base::as_bytes(bytes)), kForgiving, kKey);
      check(!ticket || unseal(seal(*ticket, kForgiving, kKey), kForgiving, kKey) == ticket);
      break;
    }
    default: {
      base::SeededRandom random(in.ConsumeIntegral<std::uint64_t>());
      Ticket ticket;
      ticket.life = in.ConsumeIntegral<std::uint64_t>();
      ticket.code = random_code(random);
      ticket.peer = PeerId{in.ConsumeIntegralInRange<std::uint16_t>(1, UINT16_MAX)};
      ticket.serial = in.ConsumeIntegral<std::uint32_t>();
      ticket.incarnation = in.ConsumeIntegral<std::uint32_t>();
      ticket.term = in.ConsumeIntegral<std::uint32_t>();
      ticket.rules.revision = in.ConsumeIntegral<std::uint32_t>();
      ticket.rules.listed = in.ConsumeBool();
      ticket.rules.locked = in.ConsumeBool();
      if (in.ConsumeBool()) ticket.rules.password = PasswordHash{};
      for (std::size_t i = in.ConsumeIntegralInRange<std::size_t>(0, kMaxBans); i > 0; --i) {
        ticket.rules.bans.push_back({in.ConsumeIntegral<std::uint32_t>(), {}});
      }
      Metadata metadata{{in.ConsumeRandomLengthString(8), in.ConsumeIntegral<std::int64_t>()},
                        {in.ConsumeRandomLengthString(8), in.ConsumeRandomLengthString(40)}};
      if (is_metadata(metadata)) ticket.rules.metadata = std::move(metadata);
      const std::string text = seal(ticket, kStrict, kKey);
      check(text.size() <= kMaxTicket);
      check(unseal(text, kStrict, kKey) == ticket);
      std::string changed = text;
      const std::size_t at = in.ConsumeIntegralInRange<std::size_t>(0, text.size() - 1);
      changed[at] = static_cast<char>(changed[at] ^ in.ConsumeIntegralInRange(1, 127));
      check(!unseal(changed, kStrict, kKey));
    }
  }
  return 0;
}
