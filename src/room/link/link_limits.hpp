#pragma once
// The times and limits of a link (docs/link.md).

#include <cstddef>
#include <cstdint>

#include "base/time.hpp"

namespace parlor::room {

struct LinkLimits {
  // Times. Chromium calls a connection disconnected after about 5 s of silence and failed some 20 s later.
  // Where there is no relay, a path is given up when nothing is heard for so long after the carrier said that
  // it is cut off, or for twice as long after a promise was broken.
  static constexpr base::Duration kSilence = base::seconds(4);
  static constexpr base::Duration kDeadline = base::seconds(20);
  static constexpr base::Duration kRetry = base::seconds(20);
  /// … and on the relay twice as long each time, up to this.
  static constexpr base::Duration kLastRetry = base::seconds(300);
  /// Every so manieth restart is one with a new carrier: the old one may be broken in a way that it does not
  /// know of.
  static constexpr int kRestartsOfCarrier = 3;
  static constexpr base::Duration kStagger = base::seconds(4);
  /// Least time between two restarts: a carrier that fails at once must not keep the server busy.
  static constexpr base::Duration kRestartGap = base::seconds(5);
  /// Without the server a lost path may only come back by itself: so long it is waited for. Longer than a
  /// server's grace time: a member that lost the network for a while finds those who lost it.
  static constexpr base::Duration kMourning = base::seconds(45);
  /// A member that leaves closes its carrier and tells the server; so long the two may be apart.
  static constexpr base::Duration kFarewell = base::seconds(5);

  // How it is noticed that WebRTC carries nothing.
  /// While the game sends, something is heard at least so often …
  static constexpr base::Duration kBusyPromise = base::milliseconds(200);
  /// … and otherwise so often.
  static constexpr base::Duration kIdlePromise = base::seconds(2);
  /// The game sends no more when it has sent nothing for so long.
  static constexpr base::Duration kBusyFor = base::seconds(2);
  /// Round trips, jitter and loss are measured so often.
  static constexpr base::Duration kMeasureEvery = base::seconds(1);
  /// A promise may be late by this, a round trip, and four times the jitter, before it is in doubt.
  static constexpr base::Duration kPatience = base::milliseconds(150);
  /// While in doubt, or while WebRTC is given up and open, it is asked so often.
  static constexpr base::Duration kAskEvery = base::milliseconds(250);
  /// The other end's doubt holds for so long after it was told.
  static constexpr base::Duration kDoubtHolds = base::seconds(1);
  /// A doubt that lasts so long is a decision.
  static constexpr base::Duration kDecide = base::milliseconds(1500);
  /// WebRTC that was given up has to be heard for so long before it is used again, twice as long each time,
  /// up to the second. It begins anew after kForgiven without a doubt.
  static constexpr base::Duration kFirstProbation = base::milliseconds(500);
  static constexpr base::Duration kLastProbation = base::seconds(30);
  static constexpr base::Duration kForgiven = base::seconds(60);
  /// After so long a silence, what comes by WebRTC without order may have waited in the other end's transport
  /// for longer than stamps count (LinkClock::kOldest); for so long that is dropped.
  static constexpr base::Duration kLongSilence = base::seconds(50);
  static constexpr base::Duration kStaleFor = base::seconds(1);

  /// What came in on ordered channels is acknowledged after so long. Nothing waits for it but memory, and
  /// what is sent again when a way dies; each frame by the relay costs more.
  static constexpr base::Duration kAckDelay = base::milliseconds(100);
  static constexpr base::Duration kAckDelayOfRelay = base::milliseconds(200);
  /// Latest values are acknowledged together, after so long or kMaxLatestAcks of them.
  static constexpr base::Duration kLatestAckDelay = base::milliseconds(50);

  // Queues. What is reliable goes to WebRTC while less than kHighWater waits there, and waits here otherwise;
  // bulk while less than kBulkHighWater does; an unreliable one is dropped when kUnreliableHighWater waits on
  // its channel; a latest value waits until its channel has less than kLatestHighWater.
  static constexpr std::size_t kHighWater = 256 * 1024;
  static constexpr std::size_t kBulkHighWater = 64 * 1024;
  static constexpr std::size_t kUnreliableHighWater = 64 * 1024;
  static constexpr std::size_t kLatestHighWater = 1200;
  /// What is not acknowledged, of all ordered channels that are reliable, and of those of bulk.
  static constexpr std::size_t kMaxQueuedBytes = 1024 * 1024;
  static constexpr std::size_t kMaxBulkBytes = 512 * 1024;
  // Offers that a member may make: one at the start, one for each restart, and some for those that cross.
  static constexpr std::uint32_t kOfferBurst = 8;
  static constexpr std::uint32_t kOffersPerSecond = 1;
  /// Candidates of one round of gathering that are looked at: each makes this side send checks to an address
  /// of the member's choice, so a member must not be able to name a crowd.
  static constexpr std::uint32_t kMaxCandidates = 64;
};

}  // namespace parlor::room
