#pragma once
// The rooms that are listed, of all workers: what `list` is answered from. A plain container; who puts what
// into it is the lobby's business. Internal to this folder.

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "signaling/lobby.hpp"
#include "signaling/messages.hpp"

namespace parlor::signaling {

/// Never changes once it was made: workers share it.
struct DirectoryEntry {
  std::string application;  ///< application_text() of its game and build
  ListedRoom room;
  base::Time opened_at;
};

/// Tells games and builds apart: no game has a zero character in its name.
[[nodiscard]] std::string application_text(std::string_view game, std::string_view build);

class Directory {
 public:
  explicit Directory(std::size_t max_rooms) : max_rooms_(max_rooms) {}

  /// In the place of what was there under this code. None: takes it out. One more than there is place for is
  /// left out.
  void put(const std::string& code, std::shared_ptr<const DirectoryEntry> entry);
  [[nodiscard]] std::shared_ptr<const DirectoryEntry> find(const std::string& code) const;
  /// Those of an application that fit the query, in its order, as many as fit into one message.
  [[nodiscard]] RoomsFound list(const std::string& application, const ListQuery& query) const;
  /// How many rooms list() would look at.
  [[nodiscard]] std::size_t size_of(const std::string& application) const;
  [[nodiscard]] std::size_t size() const { return by_code_.size(); }

 private:
  using ByCode = std::unordered_map<std::string, std::shared_ptr<const DirectoryEntry>>;

  std::size_t max_rooms_;
  ByCode by_code_;
  std::unordered_map<std::string, ByCode> by_application_;
};

}  // namespace parlor::signaling
