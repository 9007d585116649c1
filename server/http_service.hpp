#pragma once
// What this server says over plain HTTP: pages, /healthz, /v1/ice, and why not. The upgrade on /v1 and the
// numbers behind /metrics are only admitted here; the session carries them out.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/serve_config.hpp"
#include "http/origin_policy.hpp"
#include "http/target.hpp"
#include "server/http_message.hpp"
#include "server/static_files.hpp"
#include "signaling/messages.hpp"

namespace parlor::server {

/// Asked by all workers at once; nothing in it changes once they run, but `stopping`.
class HttpService {
 public:
  /// `stun_port`: the bound one, nothing when STUN is off.
  HttpService(const config::ServeConfig& config, std::optional<std::uint16_t> stun_port);

  enum class Wants : std::uint8_t { answer, metrics, upgrade };
  struct Decision {
    Wants wants = Wants::answer;
    HttpResponse response;    ///< for answer
    http::Target target;      ///< for upgrade
    bool bad_origin = false;  ///< the answer says that the origin is not allowed
    bool bad_host = false;    ///< … or that the server does not go by this name here
  };
  [[nodiscard]] Decision decide(const HttpRequest& request);

  /// The servers to tell a client that reached us as `host`.
  [[nodiscard]] std::vector<signaling::IceServer> ice_servers(const std::optional<http::Host>& host) const;

  [[nodiscard]] StaticFiles& pages() { return pages_; }
  /// From now on /healthz says that this server is going.
  void stop() { stopping_.store(true, std::memory_order_relaxed); }

 private:
  [[nodiscard]] Decision decide_target(const HttpRequest& request, http::Target target);
  [[nodiscard]] bool allows_origin(const HttpRequest& request) const;
  [[nodiscard]] bool allows_metrics(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse ice_response(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse page_response(const HttpRequest& request, const http::Target& target);
  /// DNS rebinding: a page of somebody else's domain, whose owner lets its name point to this machine after
  /// it was loaded, is of the same origin as this server to its browser. It can only name itself.
  [[nodiscard]] bool was_rebound(const HttpRequest& request) const;
  [[nodiscard]] HttpResponse file_response(const HttpRequest& request, FoundFile& found);

  const config::ServeConfig config_;
  const http::OriginPolicy origins_;
  const std::optional<std::uint16_t> stun_port_;
  StaticFiles pages_;
  std::atomic<bool> stopping_ = false;
};

/// The answer to /metrics.
[[nodiscard]] HttpResponse metrics_response(std::string text);

}  // namespace parlor::server
