#include "room/list_machine.hpp"

#include <utility>

namespace parlor::room {

ListMachine::ListMachine(const RoomListOptions& options, base::Time now) {
  auto config = list_config(options);
  if (config) {
    client_.emplace(*std::move(config), now);
  } else {
    wrong_ = {config.error().reason, config.error().message};
  }
}

void ListMachine::handle_server_open(base::Time now) {
  if (client_) client_->handle_open(now);
}

void ListMachine::handle_server_frame(base::Time now, std::string_view text) {
  if (client_) client_->handle_frame(now, text);
}

void ListMachine::handle_server_close(base::Time now, std::uint16_t code, std::string_view reason) {
  if (client_) client_->handle_close(now, code, reason);
}

void ListMachine::handle_timeout(base::Time now) {
  if (client_) client_->handle_timeout(now);
}

void ListMachine::refresh(base::Time now, ListQuery query) {
  refused_.reset();
  if (!client_) {
    refused_ = wrong_;
  } else if (!signaling::is_list_query(query)) {
    refused_ =
        ListFailed{Reason::bad_options, "ListQuery: a value is out of its limits (parlor/room_list.hpp)."};
  } else {
    client_->ask(now, std::move(query));
  }
}

void ListMachine::close() {
  if (client_) client_->close();
}

std::optional<signaling::ClientTransmit> ListMachine::poll_transmit() {
  return client_ ? client_->poll_transmit() : std::nullopt;
}

std::optional<RoomListEvent> ListMachine::poll_event() {
  if (refused_) return *std::exchange(refused_, std::nullopt);
  if (!client_) return std::nullopt;
  auto event = client_->poll_event();
  if (!event) return std::nullopt;
  if (auto* found = std::get_if<signaling::RoomsFound>(&*event)) {
    return RoomsListed{std::move(found->rooms), found->total};
  }
  auto& failed = std::get<signaling::RoomsNotFound>(*event);
  return ListFailed{failed.reason, std::move(failed.message),
                    std::chrono::ceil<std::chrono::milliseconds>(failed.retry_after)};
}

std::optional<base::Time> ListMachine::poll_timeout() const {
  return client_ ? client_->poll_timeout() : std::nullopt;
}

}  // namespace parlor::room
