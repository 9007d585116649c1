#include "server/metrics.hpp"

#include <gtest/gtest.h>

namespace parlor::server {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Metrics, AddUpOverWorkers) {
  MetricsSnapshot a;
  a.workers = 1;
  a.worker.open_websockets = 2;
  a.worker.responses = {{101, 2}, {200, 1}};
  a.worker.count(TurnedAway::flood);
  a.lobby.rooms = 1;
  a.lobby.relayed = 10;
  a.lobby.refused[static_cast<std::size_t>(signaling::ErrorCode::not_text)] = 1;
  a.stun.udp_answers = 5;
  a.relay.members = 3;
  a.relay.waiting_bytes = 100;
  a.relay.frames_in = 7;
  a.relay.frames_out[relay::index_of(relay::Lane::latest)] = 11;
  a.relay.dropped[static_cast<std::size_t>(relay::Drop::stale)] = 13;
  a.relay.refused[static_cast<std::size_t>(relay::Refusal::full)] = 17;
  MetricsSnapshot b = a;
  b.worker.responses = {{101, 1}, {404, 7}};
  MetricsSnapshot sum;
  sum += a;
  sum += b;
  const std::string text = metrics_text(sum);
  for (const char* line : {"parlor_workers 2",
                           "parlor_websockets 4",
                           "parlor_http_responses_total{status=\"101\"} 3",
                           "parlor_http_responses_total{status=\"200\"} 1",
                           "parlor_http_responses_total{status=\"404\"} 7",
                           "parlor_turned_away_total{reason=\"flood\"} 2",
                           "parlor_turned_away_total{reason=\"bad_origin\"} 0",
                           "parlor_rooms 2",
                           "parlor_relayed_total 20",
                           "parlor_refused_total{code=\"not_text\"} 2",
                           "parlor_refused_total{code=\"timed_out\"} 0",
                           "parlor_stun_answers_total{transport=\"udp\"} 10",
                           "parlor_relay_members 6",
                           "parlor_relay_waiting_bytes 200",
                           "parlor_relay_received_frames_total 14",
                           "parlor_relay_sent_frames_total{lane=\"latest\"} 22",
                           "parlor_relay_sent_frames_total{lane=\"control\"} 0",
                           "parlor_relay_dropped_total{reason=\"stale\"} 26",
                           "parlor_relay_dropped_total{reason=\"outside\"} 0",
                           "parlor_relay_refused_total{reason=\"full\"} 34",
                           "# TYPE parlor_relay_waiting_bytes gauge",
                           "# TYPE parlor_rooms gauge",
                           "# TYPE parlor_relayed_total counter"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace parlor::server
