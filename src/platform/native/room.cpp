// parlor::Room natively.

#include "parlor/room.hpp"

#include <utility>

#include "native/session.hpp"

namespace parlor {

struct Room::Impl {
  explicit Impl(RoomOptions options) : session(std::move(options)) {}

  [[nodiscard]] room::Machine& machine() { return session.machine(); }

  platform::native::Session session;
};

Room::Room(RoomOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
Room::~Room() = default;
Room::Room(Room&&) noexcept = default;
Room& Room::operator=(Room&&) noexcept = default;

void Room::update() {
  impl_->session.update();
}
std::optional<Event> Room::poll_event() {
  return impl_->machine().poll_event();
}

SendResult Room::send(PeerId to, Channel channel, BytesView bytes, std::uint32_t key) {
  const SendResult result = impl_->machine().send(platform::native::now(), to, channel, bytes, key);
  impl_->session.pump();
  return result;
}
SendResult Room::send_to_all(Channel channel, BytesView bytes, std::uint32_t key) {
  const SendResult result = impl_->machine().send_to_all(platform::native::now(), channel, bytes, key);
  impl_->session.pump();
  return result;
}
SendResult Room::send_to_host(Channel channel, BytesView bytes, std::uint32_t key) {
  const SendResult result = impl_->machine().send_to_host(platform::native::now(), channel, bytes, key);
  impl_->session.pump();
  return result;
}

RequestResult Room::update_settings(const SettingsChange& change) {
  const RequestResult result = impl_->machine().update_settings(platform::native::now(), change);
  impl_->session.pump();
  return result;
}
RequestResult Room::kick(PeerId peer) {
  const RequestResult result = impl_->machine().kick(platform::native::now(), peer, false);
  impl_->session.pump();
  return result;
}
RequestResult Room::ban(PeerId peer) {
  const RequestResult result = impl_->machine().kick(platform::native::now(), peer, true);
  impl_->session.pump();
  return result;
}
RequestResult Room::make_host(PeerId peer) {
  const RequestResult result = impl_->machine().make_host(platform::native::now(), peer);
  impl_->session.pump();
  return result;
}
const RoomSettings& Room::settings() const {
  return impl_->session.machine().settings();
}

void Room::leave() {
  impl_->machine().leave();
  impl_->session.pump();
}

RoomState Room::state() const {
  return impl_->machine().state();
}
std::string_view Room::code() const {
  return impl_->machine().code();
}
std::string_view Room::ticket() const {
  return impl_->session.machine().ticket();
}
PeerId Room::me() const {
  return impl_->machine().me();
}
PeerId Room::host() const {
  return impl_->machine().host();
}
std::uint32_t Room::term() const {
  return impl_->machine().term();
}
const std::vector<Member>& Room::peers() const {
  return impl_->machine().peers();
}
std::optional<PeerStats> Room::stats(PeerId peer) const {
  return impl_->machine().stats(peer);
}
std::vector<std::string> Room::explain(PeerId peer) const {
  return impl_->machine().explain(peer);
}

ConditionsResult Room::set_conditioner(const std::optional<Conditions>& conditions) {
  const ConditionsResult result = impl_->machine().set_conditioner(platform::native::now(), conditions);
  impl_->session.pump();
  return result;
}

}  // namespace parlor
