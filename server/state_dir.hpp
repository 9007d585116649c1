#pragma once
// The folder that outlives a restart. It holds the key that signs tickets, readable by the server's user
// alone.

#include <array>
#include <cstddef>
#include <string>

#include "base/random.hpp"
#include "base/result.hpp"

namespace parlor::server {

using TicketKey = std::array<std::byte, 32>;

/// The key in `folder`/ticket.key. Makes folder and key when they are not there; of two servers that do so at
/// once, both get the same. The error is a sentence.
[[nodiscard]] base::Result<TicketKey, std::string> load_ticket_key(const std::string& folder,
                                                                   base::Random& random);
/// Whether anything stands where the key belongs: a server that cannot use it must not go on with another.
[[nodiscard]] bool has_ticket_key(const std::string& folder);

}  // namespace parlor::server
