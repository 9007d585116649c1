#include "server/server.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "crypto/hmac.hpp"
#include "crypto/system_random.hpp"
#include "server/descriptor_shares.hpp"
#include "server/log.hpp"
#include "server/sockets.hpp"
#include "server/state_dir.hpp"
#include "server/worker.hpp"

namespace parlor::server {
namespace {

constexpr base::Duration kPatience = base::seconds(3);  ///< for the last words at a shutdown
constexpr int kCannotStart = 1;

struct StartFault {
  std::string sentence;
};

/// `value` times `given` by `standard`.
std::uint32_t scaled(std::uint32_t value, std::uint32_t given, std::uint32_t standard) {
  const std::uint64_t product = std::uint64_t{value} * given / standard;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(product, 1, UINT32_MAX));
}

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

/// [::] serves IPv4 too, unless IPv4 is served on that port already.
bool beside_ipv4(const config::ServeConfig& config, const base::SocketAddress& address) {
  return address.ip.is_v6() &&
         std::any_of(config.listen.begin(), config.listen.end(), [&](const base::SocketAddress& other) {
           return !other.ip.is_v6() && other.port == address.port && other.port != 0;
         });
}

DescriptorShares shares_of(const config::ServeConfig& config, std::size_t workers) {
  const DescriptorShares shares =
      share_descriptors(raise_file_limit(), {config.max_connections, workers, !config.no_stun});
  if (shares.connections < config.max_connections) {
    log_event(LogLevel::warn, "fewer_connections",
              {{"wanted", std::to_string(config.max_connections)},
               {"possible", std::to_string(shares.connections)},
               {"reason", "the limit of open files"}});
  }
  return shares;
}

class Server {
 public:
  explicit Server(const config::ServeConfig& config) : config_(config) {}

  /// Nothing when everything is bound.
  std::optional<StartFault> start() {
    const std::size_t count =
        config_.workers > 0 ? config_.workers : std::max(1U, std::thread::hardware_concurrency());
    for (std::size_t i = 0; i < count; ++i) workers_.push_back(std::make_unique<Worker>(i, random_));
    shares_ = shares_of(config_, count);
    if (auto fault = bind_listeners()) return fault;
    if (auto fault = start_stun()) return fault;
    signaling::LobbyConfig lobby;
    if (auto fault = configure(lobby)) return fault;

    const auto stun_port = stun_.empty() ? std::nullopt : std::optional(stun_.front().port);
    shared_ = std::make_unique<Shared>(config_, stun_port, shares_);
    load_pages();
    shared_->workers = std::move(workers_);
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<int> sockets;
      for (auto& listeners : listeners_) sockets.push_back(listeners.sockets[i].release());
      lobby.worker = i;
      shared_->workers[i]->open(*shared_, lobby, sockets);
    }
    return std::nullopt;
  }

  void say_ready() const {
    for (const Listeners& listeners : listeners_) {
      std::printf("listening http://%s/\n", listeners.address.to_string().c_str());
      log_event(LogLevel::info, "listening", {{"address", listeners.address.to_string()}});
    }
    for (const base::SocketAddress& address : stun_) {
      std::printf("stun %s\n", address.to_string().c_str());
      log_event(LogLevel::info, "stun", {{"address", address.to_string()}});
    }
    std::fflush(stdout);
  }

  /// Until a stop signal came and everything is closed.
  void run() {
    std::atomic<std::size_t> running = shared_->workers.size();
    std::vector<std::thread> threads;
    for (const auto& worker : shared_->workers) {
      threads.emplace_back([&running, each = worker.get()] {
        each->run();
        --running;
      });
    }
    const sigset_t signals = stop_signals();
    int signal = 0;
    sigwait(&signals, &signal);
    log_event(LogLevel::info, "stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
    shared_->service.stop();
    for (const auto& worker : shared_->workers) worker->shut_down(kPatience);
    while (running > 0) {
      const timespec pause{0, 20'000'000};
      // Whoever asks twice does not want to wait.
      if (sigtimedwait(&signals, nullptr, &pause) > 0) ::_exit(kCannotStart);
    }
    for (auto& thread : threads) thread.join();
    for (const auto& worker : shared_->workers) worker->let_go();
    log_event(LogLevel::info, "stopped");
  }

 private:
  std::optional<StartFault> bind_listeners() {
    for (const base::SocketAddress& address : config_.listen) {
      auto listeners = listen_on(address, workers_.size(), beside_ipv4(config_, address));
      if (!listeners) return StartFault{listeners.error()};
      listeners_.push_back(std::move(*listeners));
    }
    return std::nullopt;
  }

  std::optional<StartFault> start_stun() {
    if (config_.no_stun) return std::nullopt;
    StunServiceConfig stun;
    stun.listen = config_.stun;
    stun.rate_per_second = config_.stun_rate;
    stun.second = config_.stun_second;
    stun.external_ip = config_.external_ip;
    stun.max_connections = shares_.stun_connections;
    stun.connections_per_site = shares_.stun_of_one_site;
    stun.second_external_ip = config_.stun_second_external_ip;
    auto first = StunService::start(workers_.front()->io(), stun, random_);
    if (!first) return StartFault{first.error() + "."};
    stun_ = (*first)->bound();
    for (std::size_t i = 1; i < workers_.size(); ++i) {
      auto next = StunService::join(workers_[i]->io(), **first);
      if (!next) return StartFault{next.error() + "."};
      workers_[i]->set_stun(std::move(*next));
    }
    workers_.front()->set_stun(std::move(*first));
    return std::nullopt;
  }

  std::optional<StartFault> configure(signaling::LobbyConfig& lobby) {
    const signaling::LobbyConfig usual;
    lobby.workers = workers_.size();
    lobby.max_connections = config_.max_connections;
    lobby.relay = !config_.no_relay;
    lobby.max_rooms = (config_.max_rooms + workers_.size() - 1) / workers_.size();
    lobby.max_listed = config_.max_listed_rooms;
    lobby.joins_per_minute = config_.failed_joins_per_minute;
    lobby.rooms_per_site = config_.max_rooms_per_site;
    lobby.messages_per_second = config_.message_rate;
    lobby.message_burst = config_.message_burst;
    // In the proportions of the defaults: whoever allows more messages allows what is in them.
    lobby.signal_bytes_burst =
        std::max(scaled(usual.signal_bytes_burst, config_.message_burst, usual.message_burst),
                 static_cast<std::uint32_t>(signaling::kMaxFrame));
    lobby.signal_bytes_to_per_second =
        scaled(usual.signal_bytes_to_per_second, config_.message_rate, usual.messages_per_second);
    lobby.signal_bytes_from_per_second =
        scaled(usual.signal_bytes_from_per_second, config_.message_rate, usual.messages_per_second);
    lobby.hello_deadline = base::seconds(config_.handshake_seconds);
    lobby.grace = base::seconds(config_.grace_seconds);
    lobby.mac = [](base::BytesView key, base::BytesView data) { return crypto::hmac_sha256(key, data); };
    return load_key(lobby.ticket_key);
  }

  /// Without a folder, or where nobody named one and the usual one cannot be written, a key for this run. A
  /// key that is there but cannot be used is a fault.
  std::optional<StartFault> load_key(TicketKey& ticket_key) {
    std::string reason = "no folder for state";
    if (!config_.state.empty()) {
      auto key = load_ticket_key(config_.state, random_);
      if (key) {
        ticket_key = *key;
        return std::nullopt;
      }
      if (has_ticket_key(config_.state)) return StartFault{key.error() + "."};
      if (config_.state_is_given) {
        return StartFault{"--state: " + key.error() +
                          "; name a folder that this user may write, or \"\" to keep nothing."};
      }
      reason = key.error();
    }
    random_.fill(ticket_key);
    log_event(LogLevel::warn, "no_state", {{"reason", reason}, {"effect", "tickets end with this process"}});
    return std::nullopt;
  }

  void load_pages() {
    if (config_.pages.empty())
      return log_event(LogLevel::warn, "no_pages", {{"effect", "only signaling is served"}});
    const auto loaded = shared_->service.pages().warm();
    log_event(LogLevel::info, "pages",
              {{"folder", config_.pages},
               {"files", std::to_string(loaded.files)},
               {"bytes", std::to_string(loaded.bytes)},
               {"skipped", std::to_string(loaded.skipped)}});
  }

  const config::ServeConfig config_;
  crypto::SystemRandom random_;
  DescriptorShares shares_;
  std::vector<Listeners> listeners_;
  std::vector<base::SocketAddress> stun_;
  std::vector<std::unique_ptr<Worker>> workers_;  ///< until they are shared
  std::unique_ptr<Shared> shared_;
};

}  // namespace

int serve(const config::ServeConfig& config) {
  ::signal(SIGPIPE, SIG_IGN);
  // Blocked before there are threads, so that the signals wait for sigwait().
  const sigset_t signals = stop_signals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  open_log(config.log_level, config.log_addresses);

  Server server(config);
  if (const auto fault = server.start()) {
    std::fprintf(stderr, "parlor serve: %s\n", fault->sentence.c_str());
    return kCannotStart;
  }
  server.say_ready();
  server.run();
  return 0;
}

}  // namespace parlor::server
