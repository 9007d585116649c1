#include "server/metrics.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace parlor::server {
namespace {

using Family = prometheus::MetricFamily;

/// Collects families in the order they are described.
class Families {
 public:
  void counter(const char* name, const char* help) { begin(name, help, prometheus::MetricType::Counter); }
  void gauge(const char* name, const char* help) { begin(name, help, prometheus::MetricType::Gauge); }
  template <class T>
  void value(T number, const char* label = nullptr, std::string_view text = {}) {
    prometheus::ClientMetric metric;
    if (label != nullptr) metric.label.push_back({label, std::string(text)});
    const auto value = static_cast<double>(number);
    (all_.back().type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    all_.back().metric.push_back(std::move(metric));
  }
  [[nodiscard]] std::string text() const { return prometheus::TextSerializer().Serialize(all_); }

 private:
  void begin(const char* name, const char* help, prometheus::MetricType type) {
    all_.push_back(Family{name, help, type, {}});
  }
  std::vector<Family> all_;
};

void describe_server(Families& out, const MetricsSnapshot& snapshot) {
  const WorkerCounters& worker = snapshot.worker;
  out.gauge("parlor_workers", "Threads that serve.");
  out.value(snapshot.workers);
  out.gauge("parlor_connections", "Open TCP connections, HTTP and WebSocket together.");
  out.value(worker.open_connections);
  out.gauge("parlor_websockets", "Open signaling connections.");
  out.value(worker.open_websockets);
  out.counter("parlor_connections_total", "TCP connections accepted.");
  out.value(worker.http_connections);
  out.counter("parlor_websockets_total", "Connections that became WebSockets.");
  out.value(worker.websocket_connections);
  out.counter("parlor_moved_total", "Connections taken to the worker that is home to their room.");
  out.value(worker.moved);
  out.counter("parlor_received_bytes_total", "Bytes received over HTTP and WebSocket.");
  out.value(worker.bytes.bytes_in);
  out.counter("parlor_sent_bytes_total", "Bytes sent over HTTP and WebSocket.");
  out.value(worker.bytes.bytes_out);
  out.counter("parlor_http_responses_total", "HTTP responses by status; 101 is an upgrade.");
  for (const auto& [status, count] : worker.responses) out.value(count, "status", std::to_string(status));
  out.counter("parlor_turned_away_total",
              "Connections and requests turned away before signaling, by reason.");
  for (std::size_t i = 0; i < kTurnedAwayCount; ++i) {
    out.value(worker.turned_away[i], "reason", to_string(static_cast<TurnedAway>(i)));
  }
}

void describe_signaling(Families& out, const signaling::LobbyCounters& lobby) {
  out.gauge("parlor_rooms", "Open rooms.");
  out.value(lobby.rooms);
  out.gauge("parlor_members", "Members of rooms.");
  out.value(lobby.members);
  out.gauge("parlor_members_away", "Of these, how many have no connection and may come back.");
  out.value(lobby.away);
  out.gauge("parlor_searching", "Connections that look for a quick match.");
  out.value(lobby.searching);
  out.gauge("parlor_rooms_listed", "Rooms that those who look for rooms are shown.");
  out.value(lobby.listed);
  out.counter("parlor_messages_received_total", "Signaling messages received.");
  out.value(lobby.messages_in);
  out.counter("parlor_messages_sent_total", "Signaling messages sent.");
  out.value(lobby.messages_out);
  out.counter("parlor_relayed_total", "Offers, answers and candidates passed on.");
  out.value(lobby.relayed);
  out.counter("parlor_refused_total", "Signaling messages refused, by error code.");
  static_assert(signaling::kErrorCodes <= std::tuple_size_v<decltype(lobby.refused)>);
  for (std::size_t i = 0; i < signaling::kErrorCodes; ++i) {
    out.value(lobby.refused[i], "code", signaling::to_string(static_cast<signaling::ErrorCode>(i)));
  }
}

void describe_relay(Families& out, const relay::RelayCounters& relay) {
  out.gauge("parlor_relay_members", "Members of rooms whose game frames may go through this server.");
  out.value(relay.members);
  out.gauge("parlor_relay_waiting_frames", "Game frames that wait for their receivers to take them.");
  out.value(relay.waiting_frames);
  out.gauge("parlor_relay_waiting_bytes", "What these count against the limits.");
  out.value(relay.waiting_bytes);
  out.gauge("parlor_relay_waiting_notices", "Refusals and windows that members are still to be told of.");
  out.value(relay.waiting_notices);
  out.counter("parlor_relay_received_frames_total", "Game frames received.");
  out.value(relay.frames_in);
  out.counter("parlor_relay_received_bytes_total", "Bytes of these.");
  out.value(relay.bytes_in);
  out.counter("parlor_relay_sent_frames_total", "Game frames passed on, counted for each receiver, by lane.");
  for (std::size_t i = 0; i < relay::kLanes; ++i) {
    out.value(relay.frames_out[i], "lane", relay::to_string(static_cast<relay::Lane>(i)));
  }
  out.counter("parlor_relay_sent_bytes_total", "Bytes of these, refusals and windows included.");
  out.value(relay.bytes_out);
  out.counter("parlor_relay_replaced_total", "Values that gave way to newer ones while they waited.");
  out.value(relay.replaced);
  out.counter("parlor_relay_windows_total", "Windows that were closed or opened.");
  out.value(relay.windows);
  out.counter("parlor_relay_dropped_total", "Game frames not passed on to a receiver, by reason.");
  for (std::size_t i = 0; i < relay::kDrops; ++i) {
    out.value(relay.dropped[i], "reason", relay::to_string(static_cast<relay::Drop>(i)));
  }
  out.counter("parlor_relay_refused_total", "Refusals that members were told of, by reason.");
  for (std::size_t i = 0; i < relay::kRefusals; ++i) {
    out.value(relay.refused[i], "reason", relay::to_string(static_cast<relay::Refusal>(i)));
  }
}

void describe_stun(Families& out, const StunCounters& stun) {
  out.counter("parlor_stun_received_total", "Datagrams and whole TCP messages that reached the STUN ports.");
  out.value(stun.received);
  out.counter("parlor_stun_answers_total", "STUN answers, by transport.");
  out.value(stun.udp_answers, "transport", "udp");
  out.value(stun.tcp_answers, "transport", "tcp");
  out.counter("parlor_stun_error_answers_total", "STUN answers that were errors.");
  out.value(stun.error_answers);
  out.counter("parlor_stun_dropped_total", "What reached the STUN ports and was not answered, by reason.");
  out.value(stun.not_stun, "reason", "not_stun");
  out.value(stun.not_binding, "reason", "not_binding");
  out.value(stun.bad_source, "reason", "bad_source");
  out.value(stun.rate_limited, "reason", "rate_limited");
  out.value(stun.send_failed, "reason", "send_failed");
  out.gauge("parlor_stun_tcp_connections", "Open STUN connections over TCP.");
  out.value(stun.tcp_open);
  out.counter("parlor_stun_tcp_connections_total",
              "STUN connections over TCP, by what became of them at the door.");
  out.value(stun.tcp_accepted, "result", "accepted");
  out.value(stun.tcp_refused, "result", "refused");
  out.counter("parlor_stun_tcp_ended_total", "STUN connections over TCP that were closed here, by reason.");
  out.value(stun.tcp_evicted, "reason", "evicted");
  out.value(stun.tcp_timed_out, "reason", "timed_out");
}

}  // namespace

std::string_view to_string(TurnedAway reason) {
  switch (reason) {
    case TurnedAway::server_full:
      return "server_full";
    case TurnedAway::site_full:
      return "site_full";
    case TurnedAway::bad_origin:
      return "bad_origin";
    case TurnedAway::bad_request:
      return "bad_request";
    case TurnedAway::request_timeout:
      return "request_timeout";
    case TurnedAway::bad_frame:
      return "bad_frame";
    case TurnedAway::flood:
      return "flood";
    case TurnedAway::no_file_left:
      break;
  }
  return "no_file_left";
}

MetricsSnapshot& MetricsSnapshot::operator+=(const MetricsSnapshot& other) {
  worker.bytes.bytes_in += other.worker.bytes.bytes_in;
  worker.bytes.bytes_out += other.worker.bytes.bytes_out;
  worker.http_connections += other.worker.http_connections;
  worker.websocket_connections += other.worker.websocket_connections;
  worker.open_connections += other.worker.open_connections;
  worker.open_websockets += other.worker.open_websockets;
  worker.moved += other.worker.moved;
  for (std::size_t i = 0; i < kTurnedAwayCount; ++i) worker.turned_away[i] += other.worker.turned_away[i];
  for (const auto& [status, count] : other.worker.responses) worker.responses[status] += count;

  lobby.connections += other.lobby.connections;
  lobby.rooms += other.lobby.rooms;
  lobby.members += other.lobby.members;
  lobby.away += other.lobby.away;
  lobby.searching += other.lobby.searching;
  lobby.listed = std::max(lobby.listed, other.lobby.listed);  // each knows those of all
  lobby.messages_in += other.lobby.messages_in;
  lobby.messages_out += other.lobby.messages_out;
  lobby.relayed += other.lobby.relayed;
  for (std::size_t i = 0; i < lobby.refused.size(); ++i) lobby.refused[i] += other.lobby.refused[i];

  relay.rooms += other.relay.rooms;
  relay.members += other.relay.members;
  relay.sites += other.relay.sites;
  relay.neighbourhoods += other.relay.neighbourhoods;
  relay.waiting_frames += other.relay.waiting_frames;
  relay.waiting_bytes += other.relay.waiting_bytes;
  relay.waiting_notices += other.relay.waiting_notices;
  relay.frames_in += other.relay.frames_in;
  relay.bytes_in += other.relay.bytes_in;
  for (std::size_t i = 0; i < relay.frames_out.size(); ++i) relay.frames_out[i] += other.relay.frames_out[i];
  relay.bytes_out += other.relay.bytes_out;
  relay.replaced += other.relay.replaced;
  relay.windows += other.relay.windows;
  for (std::size_t i = 0; i < relay.dropped.size(); ++i) relay.dropped[i] += other.relay.dropped[i];
  for (std::size_t i = 0; i < relay.refused.size(); ++i) relay.refused[i] += other.relay.refused[i];

  stun.received += other.stun.received;
  stun.udp_answers += other.stun.udp_answers;
  stun.tcp_answers += other.stun.tcp_answers;
  stun.error_answers += other.stun.error_answers;
  stun.not_stun += other.stun.not_stun;
  stun.not_binding += other.stun.not_binding;
  stun.bad_source += other.stun.bad_source;
  stun.rate_limited += other.stun.rate_limited;
  stun.send_failed += other.stun.send_failed;
  stun.tcp_accepted += other.stun.tcp_accepted;
  stun.tcp_refused += other.stun.tcp_refused;
  stun.tcp_evicted += other.stun.tcp_evicted;
  stun.tcp_timed_out += other.stun.tcp_timed_out;
  stun.tcp_open += other.stun.tcp_open;

  workers += other.workers;
  return *this;
}

std::string metrics_text(const MetricsSnapshot& snapshot) {
  Families families;
  describe_server(families, snapshot);
  describe_signaling(families, snapshot.lobby);
  describe_relay(families, snapshot.relay);
  describe_stun(families, snapshot.stun);
  return families.text();
}

}  // namespace parlor::server
