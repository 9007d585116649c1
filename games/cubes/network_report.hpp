#pragma once
// What the page's net graph is told, as JSON: of every member what the room measures and what showing its
// cube costs, which ways changed, and the conditioner that is on. docs/cubes.md lists the fields. Whoever
// draws them keeps the past: counters only ever grow, and the page takes differences.

#include <string>
#include <vector>

#include "cubes/json_text.hpp"
#include "cubes/session.hpp"
#include "cubes/world.hpp"

namespace parlor::cubes {

/// `changes` are told once: Session::take_path_changes(). The story of the way to `explained`
/// (Room::explain) stands in it when that is a member.
[[nodiscard]] std::string network_report(const World& world, const Session& session, base::Time now,
                                         const std::vector<PathChange>& changes, PlayerId explained);

/// The conditioner that is on, as the object `conditions`; nothing when none is.
void put_conditioner(JsonText& json, const Session& session);

/// Conditions in the words of the report.
[[nodiscard]] std::string conditions_report(const Conditions& conditions);

}  // namespace parlor::cubes
