#pragma once

namespace parlor::platform::web {

/// Does nothing. A reference to it makes the linker take exports.cpp out of the library: JavaScript's calls
/// are none that it sees.
void link_exports();

}  // namespace parlor::platform::web
