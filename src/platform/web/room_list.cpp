// parlor::RoomList in the browser.

#include "parlor/room_list.hpp"

#include <utility>

#include "web/exports.hpp"
#include "web/list_session.hpp"
#include "web/session.hpp"

namespace parlor {

struct RoomList::Impl {
  explicit Impl(RoomListOptions options) : session(std::move(options)) {}
  platform::web::ListSession session;
};

RoomList::RoomList(RoomListOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {
  platform::web::link_exports();
}
RoomList::~RoomList() = default;
RoomList::RoomList(RoomList&&) noexcept = default;
RoomList& RoomList::operator=(RoomList&&) noexcept = default;

void RoomList::refresh(ListQuery query) {
  impl_->session.machine().refresh(platform::web::Session::now(), std::move(query));
  impl_->session.pump();
}
void RoomList::update() {
  impl_->session.update();
}
std::optional<RoomListEvent> RoomList::poll_event() {
  return impl_->session.machine().poll_event();
}

}  // namespace parlor
