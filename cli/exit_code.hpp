#pragma once
// What the program ends with; 0 where all went well.

namespace parlor::cli {

inline constexpr int kBadUsage = 2;  ///< options that cannot be, as shells have it

}  // namespace parlor::cli
