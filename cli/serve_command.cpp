#include "serve_command.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/exit_code.hpp"
#include "config/config_file.hpp"
#include "config/options.hpp"
#include "config/resolve.hpp"
#include "server/server.hpp"

namespace parlor::cli {
namespace {

namespace fs = std::filesystem;

/// What the command line said, as text.
struct ServeArguments {
  std::map<std::string, std::vector<std::string>> values;  ///< by option name; empty when not given
  std::map<std::string, std::string> flags;
  std::string config_file;
  bool print_config = false;
};

int fail(const std::string& sentence) {
  std::fprintf(stderr, "parlor serve: %s\n", sentence.c_str());
  return kBadUsage;
}

std::optional<std::string> environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::vector<std::string> environment_names() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    names.emplace_back(text.substr(0, text.find('=')));
  }
  return names;
}

/// build/pages beside build/<preset>/bin, or share/parlor/pages beside an installed bin.
std::string default_pages() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  if (error) return "";
  for (const char* below : {"../../pages", "../share/parlor/pages"}) {
    const fs::path folder = fs::weakly_canonical(bin / below, error);
    if (!error && fs::is_directory(folder, error)) return folder.string();
  }
  return "";
}

/// Where systemd says, else where the XDG base directories say.
std::string default_state() {
  if (const auto folder = environment("STATE_DIRECTORY")) return folder->substr(0, folder->find(':'));
  if (const auto folder = environment("XDG_STATE_HOME"); folder && folder->starts_with('/'))
    return *folder + "/parlor";
  if (const auto home = environment("HOME"); home && home->starts_with('/'))
    return *home + "/.local/state/parlor";
  return "";
}

base::Result<std::string, std::string> read_config_file(const std::string& name) {
  std::ifstream file(name, std::ios::binary);
  std::string text;
  text.resize(config::kMaxConfigFile + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad() || (!file.eof() && file.fail()) || !fs::is_regular_file(name)) {
    return base::Unexpected{"cannot read the configuration file " + name + "."};
  }
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

int run_serve(const ServeArguments& arguments) {
  config::Sources sources;
  for (const auto& [name, values] : arguments.values) {
    if (!values.empty()) sources.flags[name] = values;
  }
  for (const auto& [name, value] : arguments.flags) {
    if (!value.empty()) sources.flags[name] = {value};
  }
  sources.environment = environment;
  sources.defaults.pages = default_pages();
  sources.defaults.state = default_state();
  sources.file_name =
      arguments.config_file.empty() ? environment("PARLOR_CONFIG").value_or("") : arguments.config_file;
  if (!sources.file_name.empty()) {
    auto text = read_config_file(sources.file_name);
    if (!text) return fail(text.error());
    sources.file_text = std::move(*text);
  }
  for (const std::string& sentence : config::unknown_variables(environment_names()))
    std::fprintf(stderr, "parlor serve: %s\n", sentence.c_str());
  const auto resolved = config::resolve(sources);
  if (!resolved) return fail(resolved.error());
  if (arguments.print_config) {
    std::fputs(config::print_config(*resolved).c_str(), stdout);
    return 0;
  }
  std::error_code error;
  if (!resolved->config.pages.empty() && !fs::is_directory(resolved->config.pages, error)) {
    return fail("--pages: there is no folder " + resolved->config.pages + ".");
  }
  return server::serve(resolved->config);
}

}  // namespace

std::function<int()> add_serve_command(CLI::App& app) {
  CLI::App* serve = app.add_subcommand("serve", "Serve pages, signaling and STUN until SIGTERM or Ctrl-C.");
  serve->footer(
      "Every option can also be given in the environment (--stun-rate is PARLOR_STUN_RATE; lists with "
      "commas) or in the\n"
      "file (stun-rate = 100). Flags win over the environment, that over the file, that over the defaults.");
  auto arguments = std::make_shared<ServeArguments>();
  serve
      ->add_option("--config", arguments->config_file,
                   "Read options from this TOML file. Also PARLOR_CONFIG.")
      ->type_name("FILE");
  serve->add_flag("--print-config", arguments->print_config,
                  "Print what holds and where each value comes from, and stop.");
  for (const config::Option& option : config::options()) {
    const std::string flag = "--" + option.name;
    if (option.kind == config::OptionKind::flag) {
      serve->add_flag(flag, arguments->flags[option.name], option.help)->group(option.section);
      continue;
    }
    const std::string shown = option.show(config::ServeConfig());
    const bool has_default = !shown.empty() && shown != "\"\"" && shown != "[]";
    CLI::Option* added =
        serve
            ->add_option(flag, arguments->values[option.name],
                         has_default ? option.help + " Default: " + shown + "." : option.help)
            ->group(option.section)
            ->type_name(option.value)
            ->allow_extra_args(false);
    // Said once more it is the configuration's matter, which says so in a sentence; the help must not show
    // dots.
    if (option.kind == config::OptionKind::one)
      added->expected(1)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  return [arguments] { return run_serve(*arguments); };
}

}  // namespace parlor::cli
