#pragma once
// A worse network for one room, made on purpose: how a game feels far away, on a phone, on a bad day.
// Room::set_conditioner() puts it on; docs/room.md says what it does to which message.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace parlor {

/// What this member's network does to everything that it sends to other members and hears from them, besides
/// what the network that is there does anyway. Each figure is for one way: 50 ms of delay are 100 ms more of
/// round trip. What the server says and is told is not touched.
struct Conditions {
  std::chrono::microseconds delay{};   ///< 0 to kMaxConditionDelay
  std::chrono::microseconds jitter{};  ///< up to so much more, uniform; 0 to kMaxConditionDelay
  /// 0 to 1, of the packets. What must arrive (reliable channels, and all that goes through the server) is
  /// sent again and is late instead, with what is behind it.
  double loss = 0;
  /// Mean number of packets lost one behind the other, 1 to kMaxConditionBurst. Up to 1 / (1 − loss) it is
  /// chance that makes them.
  double burst = 1;
  /// 0 to 1: of the packets that may be lost, so many come twice. The game hears a message once all the same.
  double duplicate = 0;
  /// Bytes a second, of all links together; 0: no limit. Otherwise kMinConditionRate to kMaxConditionRate.
  std::uint64_t rate = 0;
  /// Bytes that wait at the rate, kMinConditionQueue to kMaxConditionQueue. What may be lost and does not fit
  /// is; what must arrive waits with its sender.
  std::size_t queue = 256 * 1024;
  /// The same for the same seed and the same packets.
  std::uint64_t seed = 1;
  bool outgoing = true;  ///< what I send
  bool incoming = true;  ///< what I hear

  friend bool operator==(const Conditions&, const Conditions&) = default;
};
inline constexpr std::chrono::microseconds kMaxConditionDelay = std::chrono::seconds(10);
inline constexpr double kMaxConditionBurst = 100;
inline constexpr std::uint64_t kMinConditionRate = 1'000;
inline constexpr std::uint64_t kMaxConditionRate = 1'000'000'000;
inline constexpr std::size_t kMinConditionQueue = 1'024;
inline constexpr std::size_t kMaxConditionQueue = 1024 * 1024;

/// What became of conditions handed to Room::set_conditioner. All but the first: nothing was changed, since
/// this value is out of its limits.
enum class ConditionsResult : std::uint8_t {
  taken,
  bad_delay,
  bad_jitter,
  bad_loss,
  bad_burst,
  bad_duplicate,
  bad_rate,
  bad_queue,
};
[[nodiscard]] std::string_view to_string(ConditionsResult result);

/// lan, wifi, mobile, mobile_bad, satellite, awful: figures of an access link, one way, the same as those of
/// the simulation (docs/sim.md). Nothing for another name, which would take a conditioner off: look before
/// you hand that on.
[[nodiscard]] std::optional<Conditions> conditions_by_name(std::string_view name);

}  // namespace parlor
