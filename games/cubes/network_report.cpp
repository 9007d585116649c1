#include "cubes/network_report.hpp"

namespace parlor::cubes {
namespace {

double in_ms(std::chrono::microseconds duration) {
  return static_cast<double>(duration.count()) / 1000;
}

void put_link(JsonText& json, const PeerStats& stats) {
  json.field("path", to_string(stats.path));
  if (stats.round_trip) json.field("round_trip_ms", in_ms(*stats.round_trip), 2);
  if (stats.jitter) json.field("jitter_ms", in_ms(*stats.jitter), 2);
  if (stats.loss) json.field("loss", *stats.loss, 4);
  if (stats.carrier_round_trip) json.field("carrier_round_trip_ms", in_ms(*stats.carrier_round_trip), 2);
  json.field("send_bytes_per_second", stats.send_bytes_per_second, 1)
      .field("send_messages_per_second", stats.send_messages_per_second, 1)
      .field("receive_bytes_per_second", stats.receive_bytes_per_second, 1)
      .field("receive_messages_per_second", stats.receive_messages_per_second, 1)
      .field("queued_bytes", static_cast<std::int64_t>(stats.queued_bytes));
}

void put_cube(JsonText& json, const CubeStatistics& cube) {
  const auto& [snapshots, corrections] = cube;
  json.field("delay_ms", in_ms(snapshots.playout.delay), 1)
      .field("wanted_delay_ms", in_ms(snapshots.playout.wanted), 1)
      .field("lateness_ms", in_ms(snapshots.playout.lateness), 1)
      .field("states", static_cast<std::int64_t>(snapshots.taken))
      .field("late", static_cast<std::int64_t>(snapshots.late))
      .field("dropped", static_cast<std::int64_t>(snapshots.dropped))
      .field("ahead_ms", in_ms(snapshots.ahead), 1)
      .field("stood_ms", in_ms(snapshots.stood), 1)
      .field("corrections", static_cast<std::int64_t>(corrections.count))
      .field("jumps", static_cast<std::int64_t>(corrections.jumps))
      .field("corrected_m", corrections.total, 4)
      .field("largest_correction_m", static_cast<double>(corrections.largest), 4);
}

void put_conditions(JsonText& json, const Conditions& conditions) {
  json.field("delay_ms", in_ms(conditions.delay), 3)
      .field("jitter_ms", in_ms(conditions.jitter), 3)
      .field("loss", conditions.loss, 4)
      .field("burst", conditions.burst, 2)
      .field("duplicate", conditions.duplicate, 4)
      .field("rate", static_cast<std::int64_t>(conditions.rate))
      .field("queue", static_cast<std::int64_t>(conditions.queue));
}

void put_member(JsonText& json, const World& world, const Session& session, const Member& member) {
  const auto id = static_cast<PlayerId>(member.id);
  json.begin_object().field("id", std::int64_t{id}).field("name", member.name);
  json.field("away", std::int64_t{session.is_away(member.id)});
  if (const auto stats = session.room()->stats(member.id)) put_link(json, *stats);
  if (const auto cube = world.statistics(id)) put_cube(json, *cube);
  json.end_object();
}

}  // namespace

void put_conditioner(JsonText& json, const Session& session) {
  const auto& conditions = session.conditions();
  if (!conditions) return;
  json.begin_object("conditions");
  put_conditions(json, *conditions);
  json.field("stalls", std::int64_t{session.stalls()}).end_object();
}

std::string network_report(const World& world, const Session& session, base::Time now,
                           const std::vector<PathChange>& changes, PlayerId explained) {
  JsonText json;
  json.begin_object().field("now_ms", in_ms(now.time_since_epoch()), 1);
  put_conditioner(json, session);
  json.begin_array("members");
  if (session.room()) {
    for (const Member& member : session.members()) put_member(json, world, session, member);
  }
  json.end_array().begin_array("path_changes");
  for (const PathChange& change : changes) {
    json.begin_object()
        .field("at_ms", in_ms(change.at.time_since_epoch()), 1)
        .field("id", std::int64_t{change.id});
    json.field("from", to_string(change.from)).field("to", to_string(change.to)).end_object();
  }
  json.end_array().begin_array("story");
  if (const Room* room = session.room()) {
    for (const std::string& line : room->explain(PeerId{explained})) {
      json.begin_object().field("line", line).end_object();
    }
  }
  json.end_array().end_object();
  return json.text();
}

std::string conditions_report(const Conditions& conditions) {
  JsonText json;
  json.begin_object();
  put_conditions(json, conditions);
  json.end_object();
  return json.text();
}

}  // namespace parlor::cubes
