#include "relay_members.hpp"

#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace bench {
namespace {

constexpr std::chrono::seconds kEnterLimit{30};
constexpr std::size_t kSampleEvery = 16;
/// Unreliable, no age, to all others; then what a link puts in front of a message: channel, kind, stamp.
constexpr std::array<unsigned char, 9> kAround{1, 1, 0, 0, 0, 4, 1, 0x45, 0};

std::int64_t nanoseconds_now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

std::string field(std::string_view json, const std::string& name) {
  const std::string key = "\"" + name + "\":\"";
  const std::size_t at = json.find(key);
  if (at == std::string_view::npos) return {};
  const std::string_view value = json.substr(at + key.size());
  return std::string(value.substr(0, value.find('"')));
}

}  // namespace

void fail(const std::string& why) {
  std::fprintf(stderr, "%s\n", why.c_str());
  std::exit(1);
}

double percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  const auto at = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(at), values.end());
  return values[at];
}

Members::Members(Endpoint server, Words words, std::size_t rooms, std::size_t size)
    : server_(std::move(server)), words_(words), rooms_(rooms), size_(size), epoll_(::epoll_create1(0)) {}

Members::~Members() {
  ::close(epoll_);
}

std::string Members::target(std::size_t room, std::size_t seat) const {
  if (words_ == Words::plain) return "/?room=" + std::to_string(room);
  const std::string hello = "/v1?version=1&game=bench&build=1&name=Member";
  return seat == 0 ? hello + "&create=" + std::to_string(std::max<std::size_t>(size_, 2))
                   : hello + "&join=" + code_;
}

void Members::enter() {
  for (std::size_t room = 0; room < rooms_; ++room) {
    for (std::size_t seat = 0; seat < size_; ++seat) {
      Member& member = members_.emplace_back();
      member.seat = seat;
      if (!member.connection.open(server_, target(room, seat))) {
        fail("cannot connect member " + std::to_string(members_.size()) + ": " + std::strerror(errno));
      }
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u64 = members_.size() - 1;
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.connection.descriptor(), &event);
      const auto limit = Clock::now() + kEnterLimit;
      while (!member.in) {
        if (Clock::now() > limit) fail("the server did not let a member in");
        poll(std::chrono::milliseconds(100));
      }
    }
  }
}

double Members::play(double hz, std::chrono::duration<double> time) {
  account = Account();
  is_playing_ = true;
  std::vector<double> late_us;
  const double each = 1.0 / (hz * static_cast<double>(members_.size()));  // seconds between two frames
  const auto begin = Clock::now();
  const auto due = [&](std::uint64_t turn) {
    return begin + std::chrono::duration_cast<Clock::duration>(
                       std::chrono::duration<double>(each * static_cast<double>(turn)));
  };
  const auto end = begin + std::chrono::duration_cast<Clock::duration>(time);
  std::uint64_t turn = 0;
  for (auto now = begin; now < end; now = Clock::now()) {
    // One of each room after the other, so that no room's members speak at the same time: that would let a
    // server put several messages into one packet, as it can for players who happen to be in step.
    for (; due(turn) <= now; ++turn) {
      const std::size_t index = turn % members_.size();
      send(members_[index % rooms_ * size_ + index / rooms_]);
      if (turn % kSampleEvery == 0) {
        late_us.push_back(std::chrono::duration<double, std::micro>(now - due(turn)).count());
      }
      if (turn % 256 == 0) poll(std::chrono::nanoseconds(0));  // who is late must go on reading
    }
    poll(std::max(std::chrono::nanoseconds(0), std::chrono::nanoseconds(due(turn) - Clock::now())));
  }
  is_playing_ = false;
  return percentile(late_us, 0.99);
}

void Members::race(std::chrono::duration<double> time) {
  account = Account();
  const bool goes_on = std::exchange(is_racing_, true);
  is_playing_ = true;
  if (!goes_on) {
    for (Member& member : members_) send(member);
  }
  const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(time);
  while (Clock::now() < end) poll(std::chrono::milliseconds(5));
}

void Members::send(Member& member) {
  std::string message;
  if (words_ == Words::parlor) {
    message.assign(reinterpret_cast<const char*>(kAround.data()), kAround.size());
    message += static_cast<char>(account.sent & 0xff);
  }
  std::array<char, kPayload> payload{};
  const std::int64_t now = nanoseconds_now();
  std::memcpy(payload.data(), &now, sizeof now);
  payload[sizeof now] = static_cast<char>(member.seat);
  message.append(payload.data(), payload.size());
  switch (member.connection.try_send(binary_frame(message))) {
    case SendState::sent:
      ++account.sent;
      break;
    case SendState::full:
      ++account.unsent;
      break;
    case SendState::failed:
      fail("a frame could not be sent");
  }
}

void Members::poll(std::chrono::nanoseconds time) {
  std::array<epoll_event, 512> events;
  const timespec wait{static_cast<time_t>(time.count() / 1'000'000'000), time.count() % 1'000'000'000};
  const int ready = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &wait, nullptr);
  for (int i = 0; i < ready; ++i) {
    Member& member = members_[events[static_cast<std::size_t>(i)].data.u64];
    const auto on_message = [&](std::string_view message, MessageKind kind) { on(member, message, kind); };
    if (!member.connection.read(on_message)) fail("the server closed a connection");
  }
}

void Members::on(Member& member, std::string_view message, MessageKind kind) {
  if (kind == MessageKind::text) {
    if (message.find(R"("type":"joined")") != std::string_view::npos) {
      member.in = true;
      code_ = field(message, "code");
    }
    return;
  }
  // A refusal or a window is shorter than what brings a payload.
  if (message.size() < kPayload || !is_playing_) return;
  const std::string_view payload = message.substr(message.size() - kPayload);
  std::int64_t sent = 0;
  const auto seat = static_cast<unsigned char>(payload[sizeof sent]);
  if (is_racing_ && (seat + 1U) % size_ == member.seat) send(member);
  if (++account.arrived % kSampleEvery != 0) return;
  std::memcpy(&sent, payload.data(), sizeof sent);
  account.latencies_us.push_back(static_cast<double>(nanoseconds_now() - sent) / 1e3);
}

}  // namespace bench
