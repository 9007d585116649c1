#include "sim/trace.hpp"

#include <algorithm>
#include <array>

namespace parlor::sim {
namespace {

constexpr std::array<std::string_view, 19> kWords{
    "sent",       "delivered",  "translated", "hairpinned", "duplicated", "reordered", "corrupted",
    "lost",       "burst loss", "queue full", "too large",  "outage",     "no route",  "no listener",
    "no mapping", "filtered",   "no port",    "no hairpin", "blocked",
};
static_assert(kWords.size() == static_cast<std::size_t>(Fate::blocked) + 1);

/// Milliseconds with three digits behind the point.
std::string milliseconds_text(base::Duration time) {
  const auto count = time.count();
  const auto size = count < 0 ? -count : count;
  std::string fraction = std::to_string(size % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return (count < 0 ? "-" : "") + std::to_string(size / 1000) + "." + fraction;
}

std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text + "  ";
}

std::string right(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text + "  ";
}

}  // namespace

std::string_view to_string(Fate fate) {
  return kWords[static_cast<std::size_t>(fate)];
}

bool is_drop(Fate fate) {
  return fate >= Fate::lost;
}

void Trace::keep(std::size_t count) {
  limit_ = count;
  while (entries_.size() > limit_) entries_.pop_front();
}

void Trace::record(base::Time now, std::string_view where, const Packet& packet, Fate fate) {
  if (limit_ == 0) return;
  ++recorded_;
  if (entries_.size() == limit_) entries_.pop_front();
  entries_.push_back({now, packet.number, std::string(where), fate, packet.protocol, packet.source,
                      packet.destination, wire_size(packet)});
}

std::string Trace::table(base::Time origin, std::size_t rows) const {
  const std::size_t shown = std::min(rows, entries_.size());
  const auto first = entries_.end() - static_cast<std::ptrdiff_t>(shown);
  std::size_t widest_place = 5;
  std::size_t widest_way = 3;
  const auto way = [](const Entry& entry) {
    return entry.source.to_string() + " > " + entry.destination.to_string();
  };
  for (auto entry = first; entry != entries_.end(); ++entry) {
    widest_place = std::max(widest_place, entry->where.size());
    widest_way = std::max(widest_way, way(*entry).size());
  }
  std::string text = right("ms", 12) + right("packet", 7) + left("fate", 11) + left("where", widest_place) +
                     left("way", widest_way) + "bytes\n";
  if (shown < recorded_) text += "(" + std::to_string(recorded_ - shown) + " earlier ones are not shown)\n";
  for (auto entry = first; entry != entries_.end(); ++entry) {
    text += right(milliseconds_text(entry->time - origin), 12) + right(std::to_string(entry->packet), 7) +
            left(std::string(to_string(entry->fate)), 11) + left(entry->where, widest_place) +
            left(way(*entry), widest_way) + std::to_string(entry->size) +
            (entry->protocol == Protocol::tcp ? " tcp" : "") + "\n";
  }
  return text;
}

}  // namespace parlor::sim
