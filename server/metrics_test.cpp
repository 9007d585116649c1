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
  MetricsSnapshot b = a;
  b.worker.responses = {{101, 1}, {404, 7}};
  MetricsSnapshot sum;
  sum += a;
  sum += b;
  const std::string text = metrics_text(sum);
  for (const char* line :
       {"parlor_workers 2", "parlor_websockets 4", "parlor_http_responses_total{status=\"101\"} 3",
        "parlor_http_responses_total{status=\"200\"} 1", "parlor_http_responses_total{status=\"404\"} 7",
        "parlor_turned_away_total{reason=\"flood\"} 2", "parlor_turned_away_total{reason=\"bad_origin\"} 0",
        "parlor_rooms 2", "parlor_relayed_total 20", "parlor_refused_total{code=\"not_text\"} 2",
        "parlor_refused_total{code=\"timed_out\"} 0", "parlor_stun_answers_total{transport=\"udp\"} 10",
        "# TYPE parlor_rooms gauge", "# TYPE parlor_relayed_total counter"}) {
    EXPECT_TRUE(has_line(text, line)) << line << "\n" << text;
  }
}

}  // namespace
}  // namespace parlor::server
