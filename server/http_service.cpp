#include "server/http_service.hpp"

#include <utility>

#include "http/conditional.hpp"
#include "http/content_type.hpp"

namespace parlor::server {
namespace {

http::OriginPolicy policy_of(const config::ServeConfig& config) {
  return config.any_origin ? http::OriginPolicy::any() : http::OriginPolicy::only(config.origins);
}

/// Loopback and the networks that are nobody's on the Internet (RFC 1918, RFC 4193, link-local).
bool is_nearby(const base::IpAddress& ip) {
  static const std::vector<http::Network> nearby = [] {
    std::vector<http::Network> networks;
    for (const char* text : {"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
                             "::1", "fc00::/7", "fe80::/10"}) {
      networks.push_back(http::Network::parse(text).value());
    }
    return networks;
  }();
  for (const http::Network& network : nearby) {
    if (network.contains(ip)) return true;
  }
  return false;
}

/// An address, or a name that is always this machine.
bool names_no_domain(const http::Host& host) {
  return host.is_loopback() || base::IpAddress::parse(host.name).has_value();
}

/// A page may load what is here, compile WebAssembly, and open sockets to this server. Older browsers do not
/// take 'self' for ws: and wss:, so the host is named.
std::string content_security_policy(const std::optional<http::Host>& host) {
  std::string sockets;
  if (host) {
    const std::string name = host->bracketed() + (host->port ? ":" + std::to_string(*host->port) : "");
    sockets = " ws://" + name + " wss://" + name;
  }
  return "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; "
         "img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' "
         "blob:; "
         "connect-src 'self' data: blob:" +
         sockets + "; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'";
}

HttpResponse with_allow(int status, std::string sentence) {
  HttpResponse response = plain_response(status, std::move(sentence));
  response.headers.emplace_back("Allow", "GET, HEAD, OPTIONS");
  return response;
}

HttpResponse not_found() {
  return plain_response(404, "There is nothing at this address.");
}

}  // namespace

HttpService::HttpService(const config::ServeConfig& config, std::optional<std::uint16_t> stun_port)
    : config_(config), origins_(policy_of(config)), stun_port_(stun_port), pages_(config.pages) {}

HttpService::Decision HttpService::decide(const HttpRequest& request) {
  Decision decision;
  const auto answer = [&](HttpResponse response) {
    decision.response = std::move(response);
    return std::move(decision);
  };
  if (request.bad_host) {
    HttpResponse response = plain_response(400, "The request does not name one host.");
    response.close = true;
    return answer(std::move(response));
  }
  if (request.method == "OPTIONS" && !request.has_body) {
    HttpResponse response = with_allow(204, "");
    response.body = nullptr;
    return answer(std::move(response));
  }
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = with_allow(405, "This server answers GET and HEAD.");
    response.close = request.has_body;
    return answer(std::move(response));
  }
  if (request.has_body) {
    HttpResponse response = plain_response(413, "Requests to this server have no body.");
    response.close = true;
    return answer(std::move(response));
  }
  auto target = http::parse_target(request.target);
  if (!target) {
    return answer(target.error() == http::TargetFault::malformed
                      ? plain_response(400, "The request's target cannot be read.")
                      : not_found());
  }
  decision = decide_target(request, std::move(*target));
  decision.response.head_only = request.method == "HEAD";
  return decision;
}

HttpService::Decision HttpService::decide_target(const HttpRequest& request, http::Target target) {
  Decision decision;
  if (was_rebound(request) && target.path != "/healthz") {
    decision.bad_host = true;
    decision.response = plain_response(
        403,
        "This server does not go by that name on this machine; its operator can give it one with --origin.");
  } else if (target.path == "/v1" || target.path == "/v1/ice") {
    if (!allows_origin(request)) {
      decision.bad_origin = true;
      decision.response = plain_response(
          403,
          "Pages of this origin may not connect here; the server's operator can allow it with --origin.");
    } else if (target.path == "/v1/ice") {
      decision.response = ice_response(request);
    } else if (request.is_upgrade) {
      decision.wants = Wants::upgrade;
      decision.target = std::move(target);
    } else {
      decision.response = plain_response(426, "This is the signaling endpoint: open it as a WebSocket.");
      decision.response.headers.emplace_back("Upgrade", "websocket");
    }
  } else if (target.path == "/healthz") {
    const bool stopping = stopping_.load(std::memory_order_relaxed);
    decision.response = stopping ? plain_response(503, "stopping") : plain_response(200, "ok");
  } else if (target.path == "/metrics") {
    if (allows_metrics(request)) {
      decision.wants = Wants::metrics;
    } else {
      decision.response = not_found();
    }
  } else {
    decision.response = page_response(request, target);
  }
  return decision;
}

bool HttpService::allows_origin(const HttpRequest& request) const {
  return origins_.allows(request.origin, request.host, request.over_loopback && !request.through_proxy);
}

bool HttpService::was_rebound(const HttpRequest& request) const {
  if (!request.over_loopback || request.through_proxy || !request.host || origins_.names(*request.host))
    return false;
  // Names without a dot are given by this machine or its network.
  return !names_no_domain(*request.host) && request.host->name.find('.') != std::string::npos;
}

bool HttpService::allows_metrics(const HttpRequest& request) const {
  switch (config_.metrics) {
    case config::MetricsAccess::everyone:
      return true;
    case config::MetricsAccess::nobody:
      return false;
    case config::MetricsAccess::local:
      break;
  }
  // Through a proxy everybody comes from nearby. A browser here may be made to ask, too: a page whose name
  // its owner lets point here afterwards (DNS rebinding) is of the same origin, but can only name itself.
  return !request.through_proxy && is_nearby(request.client) && request.host &&
         names_no_domain(*request.host);
}

std::vector<signaling::IceServer> HttpService::ice_servers(const std::optional<http::Host>& host) const {
  std::vector<std::string> urls;
  const auto add = [&](const std::string& name, std::uint16_t port) {
    urls.push_back("stun:" + name + ":" + std::to_string(port));
  };
  constexpr std::uint16_t kStunPort = 3478;  // RFC 8489 §8.1
  for (const http::Host& advertised : config_.stun_advertise) {
    add(advertised.bracketed(), advertised.port.value_or(stun_port_.value_or(kStunPort)));
  }
  if (urls.empty() && stun_port_) {
    if (config_.external_ip) {
      const std::string text = config_.external_ip->to_string();
      add(config_.external_ip->is_v6() ? "[" + text + "]" : text, *stun_port_);
    } else if (host) {
      add(host->bracketed(), *stun_port_);
    }
  }
  if (urls.empty()) return {};
  return {signaling::IceServer{std::move(urls), "", ""}};
}

HttpResponse HttpService::ice_response(const HttpRequest& request) const {
  // Hosts hold nothing that JSON would have to escape.
  std::string json = "{\"ice_servers\":[";
  for (const auto& server : ice_servers(request.host)) {
    json += "{\"urls\":[";
    for (std::size_t i = 0; i < server.urls.size(); ++i)
      json += (i > 0 ? ",\"" : "\"") + server.urls[i] + "\"";
    json += "]}";
  }
  json += "]}";
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Vary", "Origin"}};
  if (request.origin) response.headers.emplace_back("Access-Control-Allow-Origin", *request.origin);
  response.body = std::make_shared<const std::string>(std::move(json));
  return response;
}

HttpResponse HttpService::page_response(const HttpRequest& request, const http::Target& target) {
  Found found = pages_.find(target.path, request.accept_encoding);
  if (auto* file = std::get_if<FoundFile>(&found)) return file_response(request, *file);
  if (std::get_if<FoundFolder>(&found) == nullptr) return not_found();
  // The path as it was asked for: it may hold what had to be percent-encoded. Only its last segment is
  // repeated, so that a path that begins with two slashes could not name another host, and a proxy may have
  // cut a prefix off.
  std::string asked = request.target.substr(0, request.target.find('?'));
  asked = "./" + asked.substr(asked.rfind('/') + 1) + "/";
  if (!target.query.empty()) asked += "?" + target.query;
  HttpResponse response = plain_response(301, "This folder's page has a slash at its end.");
  response.headers.emplace_back("Location", asked);
  return response;
}

HttpResponse HttpService::file_response(const HttpRequest& request, FoundFile& found) {
  const bool is_known =
      !request.if_none_match.empty() && http::if_none_match(request.if_none_match, found.etag);
  std::shared_ptr<const std::string> body;
  if (!is_known && request.method != "HEAD") {
    body = pages_.read(found);
    if (body == nullptr) return not_found();
  }
  HttpResponse response;
  const std::string_view type = http::content_type(found.path);
  response.headers = {
      {"ETag", found.etag},
      {"Cache-Control",
       http::has_hashed_name(found.path) ? "public, max-age=31536000, immutable" : "no-cache"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "same-origin"},
      // Pages get a process of their own, and with it precise clocks and shared memory.
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Embedder-Policy", "require-corp"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
  };
  if (found.has_encodings) response.headers.emplace_back("Vary", "Accept-Encoding");
  if (type.starts_with("text/html")) {
    response.headers.emplace_back("Content-Security-Policy", content_security_policy(request.host));
  }
  if (is_known) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", std::string(type));
  if (found.encoding != http::Encoding::identity) {
    response.headers.emplace_back("Content-Encoding", std::string(http::to_string(found.encoding)));
  }
  if (body == nullptr) response.length = found.size();
  response.body = std::move(body);
  return response;
}

HttpResponse metrics_response(std::string text) {
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                      {"Cache-Control", "no-store"},
                      {"X-Content-Type-Options", "nosniff"}};
  response.body = std::make_shared<const std::string>(std::move(text));
  return response;
}

}  // namespace parlor::server
