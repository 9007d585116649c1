#pragma once
// Comparison of secrets without telling by its duration where they differ.

#include "base/bytes.hpp"

namespace parlor::crypto {

/// Whether both are equal. Its time depends on the lengths only, which are taken to be public.
[[nodiscard]] bool constant_time_equal(base::BytesView a, base::BytesView b);

}  // namespace parlor::crypto
