// links: parlor_room parlor_signaling
// What a game gives as RoomOptions, mostly what a player typed: it is refused with a sentence, or what is
// made of it is a request that the server reads as it was meant.

#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "room/options.hpp"
#include "signaling/code.hpp"

using namespace parlor;

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

std::string text(FuzzedDataProvider& in) {
  return in.ConsumeRandomLengthString(80);
}

std::string server(FuzzedDataProvider& in) {
  return in.ConsumeBool() ? "wss://play.example.com"
                          : in.PickValueInArray({"ws://", "wss://", ""}) + text(in);
}

RoomOptions options(FuzzedDataProvider& in) {
  RoomOptions made;
  made.server = server(in);
  made.game = in.ConsumeBool() ? "cubes" : text(in);
  made.build = text(in);
  made.name = text(in);
  if (in.ConsumeBool()) {
    made.entry = Create{.size = in.ConsumeIntegralInRange(-1, 70), .title = text(in)};
  } else {
    made.entry = Join{.code = in.ConsumeBool() ? "kamo-ridun" : text(in), .ticket = text(in)};
  }
  made.channels.resize(in.ConsumeIntegralInRange<std::size_t>(0, kMaxChannels + 1));
  for (ChannelOptions& channel : made.channels) channel.name = text(in);
  made.ice_servers.resize(in.ConsumeIntegralInRange<std::size_t>(0, 2));
  for (IceServer& ice : made.ice_servers) ice = {{text(in)}, text(in), text(in)};
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider in(data, size);
  const RoomOptions given = options(in);
  const auto config = room::client_config(given);
  if (!config) {
    check(config.error().reason != Reason::none && !config.error().message.empty());
    return 0;
  }
  check(!room::ice_servers_url(given.server).empty());
  signaling::UpgradeRequest request;
  request.hello = config->hello;
  if (const auto* create = std::get_if<signaling::CreateRoom>(&config->entry)) request.create = *create;
  if (const auto* join = std::get_if<signaling::JoinRoom>(&config->entry)) {
    check(signaling::canonical_code(join->code) == join->code);
    check(signaling::parse_client_message(signaling::write(signaling::ClientMessage(*join))).has_value());
    request.join = signaling::JoinRoom{join->code, {}};
  }
  const auto read = signaling::parse_upgrade_query(signaling::write_upgrade_query(request));
  check(read && read->hello == request.hello && read->create == request.create && read->join == request.join);
  return 0;
}
