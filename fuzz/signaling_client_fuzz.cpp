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
    latest_ = std::max(latest_, now_);
    switch (in_.ConsumeIntegralInRange(0, 7)) {
      case 0:
        client_.handle_open(now_);
        break;
      case 1:
        client_.handle_frame(now_, in_.ConsumeRandomLengthString(300));
        break;
      case 2:
        client_.handle_frame(now_, write(message()));
        break;
      case 3:
        client_.handle_close(now_, in_.ConsumeIntegral<std::uint16_t>(), "");
        break;
      case 4:
        now_ += base::milliseconds(in_.ConsumeIntegralInRange(-1000, 40'000));
        break;
      case 5:
        timeout();
        break;
      case 6:
        client_.send(Offer{PeerId{2}, "o"});
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
                              in.ConsumeBool() ? "t" : ""};
    }
    return config;
  }

  ServerMessage message() {
    switch (in_.ConsumeIntegralInRange(0, 5)) {
      case 0:
        return Welcome{in_.ConsumeIntegralInRange(1, 2), {}};
      case 1:
        return JoinedRoom{"kamo-ridun", "", "t", PeerId{1}, PeerId{2}, 1, 8, {{PeerId{2}, "Bob"}}};
      case 2:
        return Error{static_cast<ErrorCode>(in_.ConsumeIntegralInRange<int>(0, kErrorCodes - 1)), "E.", ""};
      case 3:
        return Pong{in_.ConsumeIntegralInRange<std::uint32_t>(0, 3)};
      case 4:
        return HostOfRoom{PeerId{2}, 2};
      default:
        return Offer{PeerId{2}, "o"};
    }
  }

  void timeout() {
    client_.handle_timeout(now_);
    drain();
    const auto next = client_.poll_timeout();
    check(!next || *next > latest_);
  }

  void drain() {
    while (client_.poll_transmit()) {
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
  Client client_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  Driven driven(in);
  while (in.remaining_bytes() > 0) driven.step();
  return 0;
}
