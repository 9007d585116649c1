#include "web/list_session.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>
#include <variant>

#include "web/bridge.hpp"
#include "web/inbox.hpp"
#include "web/session.hpp"

namespace parlor::platform::web {
namespace {

std::map<int, ListSession*>& list_sessions() {
  static std::map<int, ListSession*> all;
  return all;
}

}  // namespace

ListSession::ListSession(RoomListOptions options) : number_(Session::next_number()) {
  list_sessions()[number_] = this;
  if (options.server.empty()) options.server = inbox_text(parlor_js_origin());
  machine_.emplace(options, Session::now());
  parlor_js_room_open(number_);  // whether there is WebRTC is no matter here
}

ListSession::~ListSession() {
  machine_->close();
  pump();
  parlor_js_room_close(number_);
  list_sessions().erase(number_);
}

ListSession* ListSession::find(int number) {
  const auto at = list_sessions().find(number);
  return at == list_sessions().end() ? nullptr : at->second;
}

void ListSession::update() {
  const auto due = machine_->poll_timeout();
  if (due && *due <= Session::now()) machine_->handle_timeout(Session::now());
  pump();
}

void ListSession::pump() {
  while (const auto transmit = machine_->poll_transmit()) {
    if (const auto* open = std::get_if<signaling::OpenSocket>(&*transmit)) {
      parlor_js_socket_open(number_, open->url.data(), open->url.size());
    } else if (const auto* send = std::get_if<signaling::SendFrame>(&*transmit)) {
      parlor_js_socket_send(number_, send->text.data(), send->text.size());
    } else if (const auto* close = std::get_if<signaling::CloseSocket>(&*transmit)) {
      parlor_js_socket_close(number_, close->code);
    }
  }
  const auto next = machine_->poll_timeout();
  const double wait = next ? std::ceil(static_cast<double>((*next - Session::now()).count()) / 1000) : -1;
  parlor_js_timer(number_, next ? std::clamp(wait, 0.0, 2e9) : -1);
}

}  // namespace parlor::platform::web
