#pragma once
// Things that wait, by where they come from: whoever looks at some of them looks at as many from each
// origin, however many one has put there, and at others the next time. Internal to this folder.

#include <algorithm>
#include <cstddef>
#include <unordered_map>

#include "base/address.hpp"
#include "base/intrusive_list.hpp"

namespace parlor::signaling {

/// `link` names the member of T that holds its place. Items must outlive their time here and stay where they
/// are.
template <class T, base::ListLink<T> T::*link>
class FairShares {
 public:
  /// From each origin, so many are looked at whenever it has its turn.
  static constexpr std::size_t kLeastShare = 8;

  FairShares() = default;
  FairShares(const FairShares&) = delete;
  FairShares& operator=(const FairShares&) = delete;

  void add(T& item, const base::IpAddress& site) {
    Origin& origin = origins_[origin_of(site)];
    if (origin.count == 0) turns_.push_back(origin);
    origin.items.push_back(item);
    ++origin.count;
    ++size_;
  }
  /// `site` as it was when the item was added. Does nothing when it is not here.
  void erase(T& item, const base::IpAddress& site) {
    if (!(item.*link).linked) return;
    const auto found = origins_.find(origin_of(site));
    found->second.items.erase(item);
    --size_;
    if (--found->second.count > 0) return;
    turns_.erase(found->second);
    origins_.erase(found);
  }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// Calls look(item) for `most` of them at most; `look` must not add or erase.
  template <class Look>
  void examine(std::size_t most, Look look) {
    if (size_ == 0) return;
    const std::size_t share = std::max(kLeastShare, most / origins_.size());
    for (std::size_t turns = origins_.size(); turns > 0 && most > 0; --turns) {
      Origin& origin = *turns_.front();
      turns_.move_to_back(origin);
      const std::size_t looks = std::min({share, origin.count, most});
      most -= looks;
      for (std::size_t i = 0; i < looks; ++i) {
        T& item = *origin.items.front();
        origin.items.move_to_back(item);
        look(item);
      }
    }
  }

 private:
  struct Origin {
    base::IntrusiveList<T, link> items;  // looked at longest ago first
    std::size_t count = 0;
    base::ListLink<Origin> by_turn;
  };

  /// An IPv4 address; an IPv6 /48, since one customer may have all sites of it.
  static base::IpAddress origin_of(const base::IpAddress& site) {
    return site.unmapped().is_v6() ? site.neighbourhood() : site.site();
  }

  std::unordered_map<base::IpAddress, Origin, base::IpAddressHash> origins_;  // none without an item
  base::IntrusiveList<Origin, &Origin::by_turn> turns_;                       // looked at longest ago first
  std::size_t size_ = 0;
};

}  // namespace parlor::signaling
