#pragma once
// What a file is by its name: its media type, and whether its name holds a hash of its content.

#include <string_view>

namespace parlor::http {

/// The value of Content-Type; "application/octet-stream" for what is not known.
[[nodiscard]] std::string_view content_type(std::string_view path);

/// "name.<8 or more hexadecimal digits>.ext": the content behind such a name never changes.
[[nodiscard]] bool has_hashed_name(std::string_view path);

}  // namespace parlor::http
