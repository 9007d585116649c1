// parlor::RoomList natively.

#include "parlor/room_list.hpp"

#include <utility>

#include "native/list_session.hpp"

namespace parlor {

struct RoomList::Impl {
  explicit Impl(RoomListOptions&& options) : session(options) {}
  platform::native::ListSession session;
};

RoomList::RoomList(RoomListOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
RoomList::~RoomList() = default;
RoomList::RoomList(RoomList&&) noexcept = default;
RoomList& RoomList::operator=(RoomList&&) noexcept = default;

void RoomList::refresh(ListQuery query) {
  impl_->session.refresh(std::move(query));
}
void RoomList::update() {
  impl_->session.update();
}
std::optional<RoomListEvent> RoomList::poll_event() {
  return impl_->session.poll_event();
}

}  // namespace parlor
