#pragma once
// `parlor serve` on the command line.

#include <functional>

namespace CLI {
class App;
}

namespace parlor::cli {

/// Adds the subcommand. The function that comes back runs it, once the command line has been parsed, and
/// gives the exit code.
std::function<int()> add_serve_command(CLI::App& app);

}  // namespace parlor::cli
