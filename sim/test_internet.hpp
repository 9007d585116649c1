#pragma once
// An Internet in a test, and a socket that writes down what it hears.

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/host.hpp"
#include "sim/nat.hpp"
#include "sim/network.hpp"
#include "sim/presets.hpp"
#include "sim/world.hpp"

namespace parlor::sim::testing {

/// A socket with an inbox.
struct Ear {
  struct Heard {
    base::SocketAddress from;
    std::string text;
    base::Time at;
  };

  Ear(Host& host, std::uint16_t port) : Ear(host, base::SocketAddress{{}, port}) {}
  Ear(Host& host, const base::SocketAddress& local)
      : host_(host), socket_(host.bind(local, [this](const base::Datagram& datagram) {
          heard.push_back({datagram.source, std::string(base::as_text(datagram.bytes)), host_.world().now()});
        })) {}
  ~Ear() { socket_->close(); }
  Ear(const Ear&) = delete;
  Ear& operator=(const Ear&) = delete;

  void say(const base::SocketAddress& to, std::string_view text) { socket_->send(to, base::as_bytes(text)); }
  [[nodiscard]] Socket& socket() { return *socket_; }
  /// The texts that came, in one line.
  [[nodiscard]] std::string texts() const {
    std::string all;
    for (const Heard& one : heard) all += (all.empty() ? "" : " ") + one.text;
    return all;
  }

  std::vector<Heard> heard;

 private:
  Host& host_;
  std::shared_ptr<Socket> socket_;
};

inline LinkOptions delay_of(base::Duration delay) {
  LinkOptions options;
  options.delay = delay;
  return options;
}

}  // namespace parlor::sim::testing
