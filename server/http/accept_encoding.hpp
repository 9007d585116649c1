#pragma once
// Which of the stored encodings of a page a client wants: Accept-Encoding (RFC 9110 §12.5.3).

#include <cstdint>
#include <string_view>

namespace parlor::http {

enum class Encoding : std::uint8_t { identity, gzip, br };

/// The value of Content-Encoding; empty for identity.
[[nodiscard]] std::string_view to_string(Encoding encoding);

struct StoredEncodings {
  bool gzip = false;
  bool br = false;
};

/// The stored encoding with the highest q-value, br before gzip before identity among equals. Identity when
/// nothing stored is acceptable: a page that a client can refuse to read is worth more to it than a 406.
[[nodiscard]] Encoding choose_encoding(std::string_view accept_encoding, StoredEncodings stored);

}  // namespace parlor::http
