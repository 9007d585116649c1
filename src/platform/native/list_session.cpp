#include "native/list_session.hpp"

#include <utility>
#include <variant>

namespace parlor::platform::native {

ListSession::ListSession(const RoomListOptions& options)
    : loop_(Loop::of_this_thread()), machine_(options, now()), timer_(*loop_, [this] {
        machine_.handle_timeout(now());
        pump();
      }) {
  loop_->add(*this);
  pump();
}

ListSession::~ListSession() {
  machine_.close();
  pump();
  loop_->remove(*this);
  if (socket_) socket_->close(1000);
}

void ListSession::refresh(ListQuery query) {
  // Only the latest question is answered: what came to an earlier one is no matter any more.
  machine_.refresh(now(), std::move(query));
  pump();
}

std::optional<RoomListEvent> ListSession::poll_event() {
  auto event = std::exchange(next_, std::nullopt);
  pump();
  return event;
}

void ListSession::pump() {
  while (const auto transmit = machine_.poll_transmit()) {
    if (const auto* open = std::get_if<signaling::OpenSocket>(&*transmit)) {
      if (socket_) socket_->close(1000);
      socket_ = WebSocket::open(*loop_, *this, open->url);
    } else if (const auto* send = std::get_if<signaling::SendFrame>(&*transmit)) {
      if (socket_) socket_->send_text(send->text);
    } else if (const auto* close = std::get_if<signaling::CloseSocket>(&*transmit)) {
      if (socket_) socket_->close(close->code);
      socket_.reset();  // the loop holds it until it is through
    }
  }
  if (socket_) socket_->flush();
  timer_.set(machine_.poll_timeout());
  if (!next_) next_ = machine_.poll_event();
  if (next_) loop_->notice();
}

void ListSession::on_socket_open() {
  machine_.handle_server_open(now());
  pump();
}

void ListSession::on_socket_text(std::string_view text) {
  machine_.handle_server_frame(now(), text);
  pump();
}

void ListSession::on_socket_close(std::uint16_t code, std::string_view reason) {
  loop_->bury(std::exchange(socket_, nullptr));
  machine_.handle_server_close(now(), code, reason);
  pump();
}

}  // namespace parlor::platform::native
