// link_bytes reliable|unreliable rtc|relay both|one SECONDS
//   Two ends of a link in virtual time, 30 ms apart, without loss: both of them (or one alone) say 100 bytes
//   60 times per second. What they hand to the way besides the messages' own bytes is counted for SECONDS,
//   once the link has settled: headers, and control frames with their acknowledgements and pings.
// One line of JSON on standard output. What is below the link (the relay's frame, SCTP, DTLS, UDP) is not in
// it; of the relay's frames it is told apart.

#include <array>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "room/link/link.hpp"

namespace {

using namespace parlor;
using namespace parlor::room;

constexpr std::size_t kPayload = 100;
constexpr base::Duration kApart = base::milliseconds(30);
constexpr base::Duration kEvery = base::microseconds(1'000'000 / 60);
constexpr base::Duration kSettle = base::seconds(10);
constexpr Channel kReliable = 0;
constexpr Channel kUnreliable = 1;

struct Account {
  std::size_t said = 0;   ///< messages handed over
  std::size_t heard = 0;  ///< … and delivered
  std::size_t frames = 0;
  std::size_t header_bytes = 0;  ///< of frames with a message
  std::size_t control_frames = 0;
  std::size_t control_bytes = 0;
  std::size_t relay_bytes = 0;  ///< around all of them, on the way to the server
};

class World {
 public:
  World(bool by_relay, Channel channel, bool both) : by_relay_(by_relay), channel_(channel), both_(both) {
    for (std::size_t i = 0; i < 2; ++i) {
      End& end = ends_[i];
      end.context = std::make_unique<LinkContext>(LinkContext{end.outbox,
                                                              channels_,
                                                              1,
                                                              PeerId{static_cast<std::uint16_t>(i + 1)},
                                                              PeerId{1},
                                                              1,
                                                              by_relay,
                                                              0,
                                                              false,
                                                              {}});
      end.link = std::make_unique<Link>(now_, *end.context, PeerId{static_cast<std::uint16_t>(2 - i)}, 1,
                                        CarrierId{static_cast<std::uint32_t>(i + 1)}, i == 0);
    }
    for (std::size_t i = 0; i < 2; ++i) {
      if (by_relay) {
        ends_[i].link->handle_context(now_);
      } else {
        ends_[i].link->handle_open(now_);
      }
      drain(i);
    }
    const base::Duration half = kEvery / 2;  // the two do not speak at the same moment
    after(half, [this] { speak(0); });
    if (both_) after(half + half / 3, [this] { speak(1); });
  }

  void run(base::Duration time) {
    const base::Time until = now_ + time;
    for (;;) {
      base::Time next = tasks_.begin()->first.first;
      std::size_t who = 2;
      for (std::size_t i = 0; i < 2; ++i) {
        const auto due = ends_[i].link->poll_timeout();
        if (due && *due < next) {
          next = *due;
          who = i;
        }
      }
      if (next > until) break;
      now_ = std::max(now_, next);
      if (who < 2) {
        ends_[who].link->handle_timeout(now_);
        drain(who);
        continue;
      }
      const auto task = std::move(tasks_.begin()->second);
      tasks_.erase(tasks_.begin());
      task();
    }
    now_ = until;
  }

  Account account;

 private:
  struct End {
    Outbox outbox;
    std::unique_ptr<LinkContext> context;
    std::unique_ptr<Link> link;
  };

  void after(base::Duration delay, std::function<void()> task) {
    tasks_.emplace(std::pair{now_ + delay, ++tasks_made_}, std::move(task));
  }

  void speak(std::size_t who) {
    if (ends_[who].link->send(now_, channel_, message_, 0) == SendResult::queued) ++account.said;
    drain(who);
    after(kEvery, [this, who] { speak(who); });
  }

  void count(std::size_t header, std::size_t payload, bool control) {
    ++account.frames;
    if (control) {
      ++account.control_frames;
      account.control_bytes += header + payload;
    } else {
      account.header_bytes += header;
    }
  }

  void drain(std::size_t who) {
    End& end = ends_[who];
    End& other = ends_[1 - who];
    while (auto transmit = end.outbox.poll_transmit()) {
      if (const auto* send = std::get_if<CarrierSend>(&*transmit)) {
        count(send->header.view().size(), send->payload.size(), send->channel == channels_.size());
        Bytes bytes = joined(send->header.view(), send->payload.view());
        after(kApart, [this, &other, who, channel = send->channel, bytes = std::move(bytes)] {
          other.link->handle_frame(now_, channel, bytes);
          take(1 - who);
          ends_[who].link->handle_buffered(now_, channel, 0);
          drain(who);
        });
      } else if (const auto* relayed = std::get_if<RelaySend>(&*transmit)) {
        end.outbox.socket_told();
        const bool control = relayed->lane == relay::Lane::control;
        const BytesView header = relayed->recipients.front().header.view();
        count(header.size(), relayed->payload.size(), control);
        Bytes bytes = joined(header, relayed->payload.view());
        account.relay_bytes += write(*relayed).size() - bytes.size();
        after(kApart, [this, &other, who, control, bytes = std::move(bytes)] {
          other.link->handle_relayed(now_, control, bytes);
          take(1 - who);
        });
      }
    }
    while (end.outbox.events().pop()) {
    }
  }

  void take(std::size_t who) {
    while (ends_[who].link->poll_message()) ++account.heard;
    drain(who);
  }

  static Bytes joined(BytesView header, BytesView payload) {
    Bytes bytes(header.begin(), header.end());
    bytes.insert(bytes.end(), payload.begin(), payload.end());
    return bytes;
  }

  const bool by_relay_;
  const Channel channel_;
  const bool both_;
  const std::vector<ChannelOptions> channels_{
      {"events", Delivery::reliable, std::chrono::milliseconds(1000), false},
      {"state", Delivery::unreliable, std::chrono::milliseconds(1000), false}};
  const std::shared_ptr<const Bytes> message_ = std::make_shared<const Bytes>(kPayload);
  base::Time now_ = base::time_from(base::seconds(1000));
  std::array<End, 2> ends_;
  std::map<std::pair<base::Time, std::uint64_t>, std::function<void()>> tasks_;
  std::uint64_t tasks_made_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fprintf(stderr, "usage: reliable|unreliable rtc|relay both|one SECONDS\n");
    return 2;
  }
  const std::array<std::string, 3> said{argv[1], argv[2], argv[3]};
  World world(said[1] == "relay", said[0] == "reliable" ? kReliable : kUnreliable, said[2] == "both");
  world.run(kSettle);
  world.account = Account();
  world.run(base::seconds(std::atoi(argv[4])));
  const Account& account = world.account;
  if (account.said == 0 || account.heard + 10 < account.said) {
    std::fprintf(stderr, "link_bytes: %zu of %zu messages arrived\n", account.heard, account.said);
    return 1;
  }
  const auto each = [&](std::size_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(account.said);
  };
  std::printf(
      "{\"messages\":%zu,\"bytes\":%.3f,\"header\":%.3f,\"control\":%.3f,\"control_frames\":%.4f,\"relay_"
      "frame\":%.3f}\n",
      account.said, each(account.header_bytes + account.control_bytes), each(account.header_bytes),
      each(account.control_bytes), each(account.control_frames), each(account.relay_bytes));
  return 0;
}
