#include "stun/rate_limit.hpp"

namespace parlor::stun {

std::uint64_t hash_site(const crypto::SipHashKey& key, const base::IpAddress& source) {
  const base::IpAddress plain = source.unmapped();
  const std::size_t size = plain.is_v6() ? 8 : 4;  // an IPv6 /64
  return crypto::siphash(key, std::as_bytes(std::span{plain.bytes()}).first(size));
}

}  // namespace parlor::stun
