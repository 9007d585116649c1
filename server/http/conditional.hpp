#pragma once
// If-None-Match (RFC 9110 §13.1.2): does the client have this page already?

#include <string_view>

namespace parlor::http {

/// `etag` with its quotes. Compares weakly, as §13.1.2 says; a list that is malformed matches as far as it
/// can be read.
[[nodiscard]] bool if_none_match(std::string_view header, std::string_view etag);

}  // namespace parlor::http
