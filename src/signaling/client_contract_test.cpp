// What every machine promises (sim/machine_contract.hpp), for the client under a server that says anything.

#include <gtest/gtest.h>

#include "signaling/client.hpp"
#include "sim/machine_contract.hpp"

namespace parlor::signaling {
namespace {

/// A client and whether its socket is there: what its platform knows.
struct ClientRig {
  ClientRig(ClientConfig config, base::Time now) : client(std::move(config), now) {}

  void handle_timeout(base::Time now) { client.handle_timeout(now); }
  std::optional<ClientTransmit> poll_transmit() {
    auto transmit = client.poll_transmit();
    if (transmit && !std::holds_alternative<SendFrame>(*transmit)) {
      socket = std::holds_alternative<OpenSocket>(*transmit);
    }
    return transmit;
  }
  std::optional<ClientEvent> poll_event() { return client.poll_event(); }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const { return client.poll_timeout(); }

  Client client;
  bool socket = false;
};

ServerMessage some_message(base::Random& random) {
  const PeerId peer{static_cast<std::uint16_t>(random.below(4))};
  switch (random.below(12)) {
    case 9:
      return UpdatedRoom{{"", 8, false, false, false, {}}, "later"};
    case 10:
      return SearchingMatch{random.below(5000), 0};
    case 0:
      return Welcome{1, {}};
    case 1:
    case 2:
      return JoinedRoom{"kamo-ridun", "", "t", PeerId{1}, PeerId{2}, 1, 8, {{PeerId{2}, "Bob"}}};
    case 3:
      return PeerJoinedRoom{{peer, "Eve"}};
    case 4:
      return PeerLeftRoom{peer, LeaveReason::left};
    case 5:
      return HostOfRoom{peer, random.below(5)};
    case 6:
      return Pong{random.below(3)};
    case 7:
      return PeerAwayRoom{peer};
    case 8:
      return Offer{peer, "sdp"};
    default:
      // Most of these end it.
      return random.below(20) == 0
                 ? ServerMessage{Error{static_cast<ErrorCode>(random.below(kErrorCodes)), "E.", ""}}
                 : ServerMessage{Candidate{peer, "c", "0", 0, "u"}};
  }
}

void do_something(ClientRig& rig, base::Time now, base::Random& random) {
  switch (random.below(8)) {
    case 0:
    case 1:
      rig.client.handle_open(now);
      break;
    case 2:
      if (!rig.socket) break;
      rig.socket = false;
      rig.client.handle_close(now, 1006, "");
      break;
    case 3:
      rig.client.send(Offer{PeerId{2}, "sdp"});
      break;
    case 4: {
      std::string text(random.below(40), ' ');
      for (char& letter : text) letter = static_cast<char>(random.below(256));
      if (random.below(10) == 0) rig.client.handle_frame(now, text);
      break;
    }
    default:
      rig.client.handle_frame(now, write(some_message(random)));
      break;
  }
}

TEST(ClientContract, Holds) {
  sim::ContractSubject<ClientRig> subject;
  subject.make = [](base::Time now, std::uint64_t seed) {
    ClientConfig config;
    config.server = "ws://server";
    config.hello = {1, "cubes", "b1", "Ada"};
    config.entry = JoinRoom{"kamoridun", ""};
    config.seed = seed;
    return std::make_shared<ClientRig>(config, now);
  };
  subject.command = do_something;
  subject.describe = [](const ClientTransmit& transmit) {
    if (const auto* open = std::get_if<OpenSocket>(&transmit)) return "open " + open->url;
    if (const auto* send = std::get_if<SendFrame>(&transmit)) return "send " + send->text;
    return "close " + std::to_string(std::get<CloseSocket>(transmit).code);
  };
  subject.describe_event = [](const ClientEvent& event) { return std::to_string(event.index()); };
  EXPECT_EQ(sim::check_contract(subject, 1, 20), "");
}

}  // namespace
}  // namespace parlor::signaling
