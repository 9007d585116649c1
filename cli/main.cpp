// The command line program `parlor`.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>

#include "bot_command.hpp"
#include "cli/exit_code.hpp"
#include "serve_command.hpp"

namespace {

using parlor::cli::kBadUsage;

int run(int argc, char** argv) {
  CLI::App app("Parlor: peer-to-peer multiplayer for WebGL games.", "parlor");
  app.set_version_flag("--version", "parlor " PARLOR_VERSION, "Print the version and stop.");
  app.set_help_flag("--help,-h", "Print this help and stop.");
  const auto serve = parlor::cli::add_serve_command(app);
  const auto bot = parlor::cli::add_bot_command(app);
  if (argc < 2) {
    std::fputs(app.help().c_str(), stderr);
    return kBadUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    const char* command = app.got_subcommand("bot") ? "parlor bot" : "parlor";
    std::fprintf(stderr,
                 "%s: %s\nparlor --help, parlor serve --help and parlor bot --help say what there is.\n",
                 command, error.what());
    return kBadUsage;
  }
  if (app.got_subcommand("serve")) return serve();
  if (app.got_subcommand("bot")) return bot();
  return kBadUsage;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "parlor: %s\n", error.what());
    return 1;
  }
}
