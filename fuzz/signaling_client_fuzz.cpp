// links: parlor_signaling
// The client machine under a server that says anything at any time: one end at most, nothing after it, and
// the next deadline always later than the last.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "signaling/client.hpp"

using namespace parlor;
using namespace parlor::signaling;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

class Driven {
 public:
  explicit Driven(FuzzedDataProvider& in) : in_(in), client_(config(in), now_) { drain(); }

  void step() {
    switch (in_.ConsumeIntegralInRange(0, 7)) {
      case 0:
        client_.handle_open(told());
        break;
      case 1:
        client_.handle_frame(told(), in_.ConsumeRandomLengthString(300));
        break;
      case 2:
        client_.handle_frame(told(), write(message()));
        break;
      case 3:
        if (!socket_) break;
        socket_ = false;
        client_.handle_close(told(), in_.ConsumeIntegral<std::uint16_t>(), "");
        break;
      case 4:
        now_ += base::milliseconds(in_.ConsumeIntegralInRange(-1000, 40'000));
        break;
      case 5:
        timeout();
        break;
      case 6:
        client_.send(in_.ConsumeBool() ? ClientMessage(Offer{PeerId{2}, "o"})
                                       : ClientMessage(KickMember{PeerId{2}}));
        break;
      default:
        if (in_.ConsumeIntegral<std::uint8_t>() == 0) {
          client_.leave();
          ended_ = true;
        }
    }
    drain();
  }

 private:
  static ClientConfig config(FuzzedDataProvider& in) {
    ClientConfig config;
    config.server = "ws://h";
    config.hello = {1, "g", "", "n"};
    if (in.ConsumeBool()) {
      config.entry = JoinRoom{in.ConsumeBool() ? "kamoridun" : in.ConsumeRandomLengthString(20),
                              in.ConsumeBool() ? "t" : "", false, in.ConsumeBool() ? "secret" : ""};
    } else if (in.ConsumeBool()) {
      config.entry = FindMatch{};
    }
    return config;
  }

  ServerMessage message() {
    switch (in_.ConsumeIntegralInRange(0, 9)) {
      case 8:
        return UpdatedRoom{{"", 8, false, false, false, {}}, in_.ConsumeBool() ? "v" : ""};
      case 9:
        return SearchingMatch{1000, 1};
      case 0:
        return Welcome{in_.ConsumeIntegralInRange(1, 2), {}};
      case 1:
        return JoinedRoom{"kamo-ridun",        "", in_.ConsumeBool() ? "t" : "", PeerId{1}, PeerId{2}, 1, 8,
                          {{PeerId{2}, "Bob"}}};
      case 2:
        return Error{static_cast<ErrorCode>(in_.ConsumeIntegralInRange<int>(0, kErrorCodes - 1)), "E.", ""};
      case 3:
        return Pong{in_.ConsumeIntegralInRange<std::uint32_t>(0, 3)};
      case 4:
        return HostOfRoom{PeerId{2}, 2, in_.ConsumeBool() ? "u" : ""};
      case 5:
        return PeerAwayRoom{PeerId{2}};
      case 6:
        return PeerBackRoom{{PeerId{2}, "Bob", 2}};
      default:
        return Offer{PeerId{2}, "o"};
    }
  }

  base::Time told() {
    latest_ = std::max(latest_, now_);
    return now_;
  }
  void timeout() {
    client_.handle_timeout(told());
    drain();
    const auto next = client_.poll_timeout();
    check(!next || *next > latest_);
  }

  void drain() {
    while (const auto out = client_.poll_transmit()) {
      if (std::holds_alternative<OpenSocket>(*out)) {
        check(!socket_);
        socket_ = true;
      } else if (std::holds_alternative<CloseSocket>(*out)) {
        check(socket_);
        socket_ = false;
      } else {
        check(socket_);
      }
    }
    while (const auto event = client_.poll_event()) {
      check(!ended_);
      if (std::holds_alternative<Disconnected>(*event)) {
        check(!std::get<Disconnected>(*event).message.empty());
        ended_ = true;
      }
    }
    check(ended_ == (client_.state() == ClientState::closed));
    if (ended_) check(!client_.poll_timeout());
  }

  FuzzedDataProvider& in_;
  base::Time now_ = base::time_from(base::seconds(10));
  base::Time latest_ = now_;  // that the client was told
  bool ended_ = false;
  bool socket_ = false;  // opening or open
  Client client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  Driven driven(in);
  while (in.remaining_bytes() > 0) driven.step();
  return 0;
}
