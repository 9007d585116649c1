// links: parlor_signaling
// What asks for rooms, under a server that says anything at any time: at most one answer for each question,
// sends only into an open socket, and the next deadline always later than the last.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "signaling/list_client.hpp"

using namespace parlor;
using namespace parlor::signaling;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  base::Time now = base::time_from(base::seconds(10));
  ListClient client({"ws://h", {1, "g", "", "n"}}, now);
  bool socket = false;
  bool wanted = false;
  while (in.remaining_bytes() > 0) {
    switch (in.ConsumeIntegralInRange(0, 7)) {
      case 0:
        client.ask(now, {});
        wanted = true;
        break;
      case 1:
        if (socket) client.handle_open(now);
        break;
      case 2:
        client.handle_frame(now, in.ConsumeRandomLengthString(200));
        break;
      case 3:
        client.handle_frame(now, write(ServerMessage(RoomsFound{})));
        break;
      case 4:
        client.handle_frame(
            now, write(ServerMessage(
                     Error{static_cast<ErrorCode>(in.ConsumeIntegralInRange<int>(0, kErrorCodes - 1)), "E.",
                           "", in.ConsumeIntegralInRange<std::uint32_t>(0, 20'000)})));
        break;
      case 5:
        if (socket) client.handle_close(now, in.ConsumeIntegral<std::uint16_t>(), "");
        socket = false;
        break;
      case 6: {
        now += base::milliseconds(in.ConsumeIntegralInRange(0, 15'000));
        client.handle_timeout(now);
        const auto next = client.poll_timeout();
        check(!next || *next > now);
        break;
      }
      default:
        if (in.ConsumeIntegral<std::uint8_t>() == 0) {
          client.close();
          wanted = false;
        }
    }
    while (const auto out = client.poll_transmit()) {
      const bool opens = std::holds_alternative<OpenSocket>(*out);
      check(socket != opens);
      socket = !std::holds_alternative<CloseSocket>(*out);
    }
    while (const auto event = client.poll_event()) {
      check(wanted);
      wanted = false;
    }
  }
  return 0;
}
