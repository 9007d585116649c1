#pragma once
// `parlor bot` on the command line.

#include <functional>

namespace CLI {
class App;
}

namespace parlor::cli {

/// Adds the subcommand. The function that comes back runs it, once the command line has been parsed, and
/// gives the exit code: 0 when told to end, 1 when a bot ended otherwise, 2 for wrong options.
std::function<int()> add_bot_command(CLI::App& app);

}  // namespace parlor::cli
