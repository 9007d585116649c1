#include "cubes/fake_room.hpp"

#include <utility>

namespace parlor {

using cubes::FakeRoom;
using cubes::FakeRoomList;

FakeRoom* cubes::FakeRoom::current = nullptr;
FakeRoomList* cubes::FakeRoomList::current = nullptr;

struct Room::Impl {
  FakeRoom fake;
};

Room::Room(RoomOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->fake.options = std::move(options);
  FakeRoom::current = &impl_->fake;
}
Room::~Room() {
  if (impl_ && FakeRoom::current == &impl_->fake) FakeRoom::current = nullptr;
}
Room::Room(Room&&) noexcept = default;
Room& Room::operator=(Room&&) noexcept = default;

void Room::update() {}
std::optional<Event> Room::poll_event() {
  if (impl_->fake.events.empty()) return std::nullopt;
  Event event = std::move(impl_->fake.events.front());
  impl_->fake.events.pop_front();
  if (const auto* joined = std::get_if<Joined>(&event)) {
    impl_->fake.me = joined->me;
    impl_->fake.code = joined->code;
    impl_->fake.ticket = joined->ticket;
    impl_->fake.host = joined->host;
    impl_->fake.settings.title = joined->title;
    impl_->fake.settings.size = joined->size;
  }
  if (const auto* changed = std::get_if<HostChanged>(&event)) impl_->fake.host = changed->host;
  return event;
}
SendResult Room::send(PeerId to, Channel channel, BytesView bytes, std::uint32_t) {
  auto& fake = impl_->fake;
  const SendResult answer = fake.accepts && !fake.accepts(bytes) ? SendResult::would_block : fake.answer;
  if (answer == SendResult::queued) fake.sent.push_back({to, channel, Bytes(bytes.begin(), bytes.end())});
  return answer;
}
SendResult Room::send_to_all(Channel channel, BytesView bytes, std::uint32_t) {
  return send(kNobody, channel, bytes);
}
void Room::leave() {
  impl_->fake.left = true;
  impl_->fake.events.push_back(Ended{Reason::left, ""});
}
RoomState Room::state() const {
  return impl_->fake.me == kNobody ? RoomState::entering : RoomState::playing;
}
std::string_view Room::code() const {
  return impl_->fake.code;
}
std::string_view Room::ticket() const {
  return impl_->fake.ticket;
}
PeerId Room::host() const {
  return impl_->fake.host;
}
std::optional<PeerStats> Room::stats(PeerId peer) const {
  const auto found = impl_->fake.stats.find(peer);
  return found == impl_->fake.stats.end() ? std::nullopt : std::optional(found->second);
}
std::vector<std::string> Room::explain(PeerId peer) const {
  return stats(peer) ? impl_->fake.story : std::vector<std::string>();
}
ConditionsResult Room::set_conditioner(const std::optional<Conditions>& conditions) {
  if (impl_->fake.conditions_answer == ConditionsResult::taken) impl_->fake.conditions = conditions;
  if (!conditions) impl_->fake.conditions_taken_off = true;
  return impl_->fake.conditions_answer;
}
PeerId Room::me() const {
  return impl_->fake.me;
}
const RoomSettings& Room::settings() const {
  return impl_->fake.settings;
}
RequestResult Room::update_settings(const SettingsChange& change) {
  impl_->fake.changes.push_back(change);
  return impl_->fake.request_answer;
}
RequestResult Room::kick(PeerId peer) {
  impl_->fake.orders.push_back({"kick", peer});
  return impl_->fake.request_answer;
}
RequestResult Room::ban(PeerId peer) {
  impl_->fake.orders.push_back({"ban", peer});
  return impl_->fake.request_answer;
}
RequestResult Room::make_host(PeerId peer) {
  impl_->fake.orders.push_back({"transfer", peer});
  return impl_->fake.request_answer;
}

struct RoomList::Impl {
  FakeRoomList fake;
};

RoomList::RoomList(RoomListOptions options) : impl_(std::make_unique<Impl>()) {
  impl_->fake.options = std::move(options);
  FakeRoomList::current = &impl_->fake;
}
RoomList::~RoomList() {
  if (impl_ && FakeRoomList::current == &impl_->fake) FakeRoomList::current = nullptr;
}
RoomList::RoomList(RoomList&&) noexcept = default;
RoomList& RoomList::operator=(RoomList&&) noexcept = default;

void RoomList::refresh(ListQuery query) {
  impl_->fake.asked.push_back(std::move(query));
}
void RoomList::update() {}
std::optional<RoomListEvent> RoomList::poll_event() {
  if (impl_->fake.events.empty()) return std::nullopt;
  RoomListEvent event = std::move(impl_->fake.events.front());
  impl_->fake.events.pop_front();
  return event;
}

}  // namespace parlor
