#include "web/session.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <variant>

#include <emscripten/emscripten.h>

#include "web/bridge.hpp"
#include "web/inbox.hpp"

namespace parlor::platform::web {
namespace {

constexpr base::Duration kLook = base::milliseconds(20);  // at a socket that is full, if only for bulk

std::map<int, Session*>& sessions() {
  static std::map<int, Session*> all;
  return all;
}

std::uint32_t number_of(room::CarrierId carrier) {
  return static_cast<std::uint32_t>(carrier);
}

/// Not a secret: it only keeps pages from all doing something at the same time.
std::uint64_t seed() {
  return static_cast<std::uint64_t>(static_cast<double>(emscripten_random()) * 9007199254740992.0);
}

/// A game that names no server means the one that its page came from.
RoomOptions resolved(RoomOptions options) {
  if (options.server.empty()) options.server = inbox_text(parlor_js_origin());
  return options;
}

}  // namespace

Session::Session(RoomOptions options) : number_(next_number()) {
  sessions()[number_] = this;
  machine_.emplace(resolved(std::move(options)), now(), seed());
  const bool able = parlor_js_room_open(number_);
  if (!able) {
    machine_->fail(Reason::no_webrtc,
                   "This browser has no WebRTC, or it is switched off. Allow it, or use another browser.");
    while (machine_->poll_transmit()) {
    }
  }
  for (const ChannelOptions& channel : machine_->channels()) {
    parlor_js_channel(number_, channel.name.data(), channel.name.size(), is_ordered(channel.delivery));
  }
  constexpr std::string_view kLinksOwn = "parlor";
  parlor_js_channel(number_, kLinksOwn.data(), kLinksOwn.size(), false);
  pump();
}

Session::~Session() {
  machine_->leave();
  pump();
  parlor_js_room_close(number_);
  sessions().erase(number_);
}

int Session::next_number() {
  static int last = 0;
  return ++last;
}

Session* Session::find(int number) {
  const auto at = sessions().find(number);
  return at == sessions().end() ? nullptr : at->second;
}

base::Time Session::now() {
  return base::time_from(base::microseconds(std::llround(emscripten_get_now() * 1000)));
}

void Session::wake() {
  timer_.reset();
  parlor_js_timer(number_, -1);
  update();
}

void Session::update() {
  const base::Time time = now();
  const auto sent = [&](const Sending& one) {
    const std::size_t left = parlor_js_carrier_buffered(number_, number_of(one.carrier), one.channel);
    machine_->handle_carrier_buffered(time, one.carrier, one.channel, left);
    return left == 0;
  };
  sending_.erase(std::remove_if(sending_.begin(), sending_.end(), sent), sending_.end());
  look_at_socket();
  const auto due = machine_->poll_timeout();
  if (due && *due <= time) machine_->handle_timeout(time);
  pump();
}

void Session::pump() {
  for (bool more = true; more; more = look_at_socket()) {
    while (auto transmit = machine_->poll_transmit()) {
      std::visit([this](const auto& command) { carry_out(command); }, *transmit);
    }
  }
  set_timer();
}

/// Tells the machine how much waits in the socket, where frames went there or that may have changed. True
/// when it may have answered.
bool Session::look_at_socket() {
  if (!socket_sent_ && socket_held_ == 0) return false;
  const std::size_t left = parlor_js_socket_buffered(number_);
  const bool tells = std::exchange(socket_sent_, false) || left != socket_held_;
  socket_held_ = left;
  if (tells) machine_->handle_server_buffered(now(), left);
  return tells;
}

void Session::set_timer() {
  auto next = machine_->poll_timeout();
  // No event tells that a WebSocket has sent what it held.
  if (socket_held_ >= room::kSocketBulkHighWater)
    next = std::min(next.value_or(base::Time::max()), now() + kLook);
  if (next == timer_) return;
  timer_ = next;
  if (!next) {
    parlor_js_timer(number_, -1);
    return;
  }
  // Rounded up, so that it does not ring just before its time; browsers take 31 bits.
  const double wait = std::ceil(static_cast<double>((*next - now()).count()) / 1000);
  parlor_js_timer(number_, std::clamp(wait, 0.0, 2e9));
}

void Session::carry_out(const room::FetchIceServers& fetch) {
  parlor_js_fetch_ice_servers(number_, fetch.url.data(), fetch.url.size());
}

void Session::carry_out(const room::OpenSocket& open) {
  parlor_js_socket_open(number_, open.url.data(), open.url.size());
}

void Session::carry_out(const room::SendFrame& send) {
  parlor_js_socket_send(number_, send.text.data(), send.text.size());
}

void Session::carry_out(const room::RelaySend& send) {
  const Bytes frame = write(send);
  parlor_js_socket_send_bytes(number_, frame.data(), frame.size());
  socket_sent_ = true;
}

void Session::carry_out(const room::CloseSocket& close) {
  parlor_js_socket_close(number_, close.code);
}

void Session::carry_out(const room::OpenCarrier& open) {
  for (const IceServer& server : open.ice_servers) {
    parlor_js_ice_server(number_, server.username.data(), server.username.size(), server.credential.data(),
                         server.credential.size());
    for (const std::string& url : server.urls) parlor_js_ice_url(number_, url.data(), url.size());
  }
  parlor_js_carrier_open(number_, number_of(open.carrier), open.offers, open.polite);
}

void Session::carry_out(const room::SetPolite& set) {
  parlor_js_carrier_polite(number_, number_of(set.carrier), set.polite);
}

void Session::carry_out(const room::CarrierSignal& signal) {
  const std::uint32_t carrier = number_of(signal.carrier);
  if (const auto* description = std::get_if<room::Description>(&signal.signal)) {
    parlor_js_carrier_description(number_, carrier, description->type == room::Description::Type::offer,
                                  description->sdp.data(), description->sdp.size());
  } else if (const auto* candidate = std::get_if<room::IceCandidate>(&signal.signal)) {
    parlor_js_carrier_candidate(number_, carrier, candidate->candidate.data(), candidate->candidate.size(),
                                candidate->mid.data(), candidate->mid.size(), candidate->ufrag.data(),
                                candidate->ufrag.size(),
                                candidate->mline_index ? *candidate->mline_index : -1);
  } else {
    parlor_js_carrier_candidates_end(number_, carrier);
  }
}

void Session::carry_out(const room::CarrierSend& send) {
  const BytesView header = send.header.view();
  const BytesView payload = send.payload.view();
  frame_.assign(header.begin(), header.end());
  frame_.insert(frame_.end(), payload.begin(), payload.end());
  parlor_js_carrier_send(number_, number_of(send.carrier), send.channel, frame_.data(), frame_.size());
  const Sending one{send.carrier, send.channel};
  if (std::find(sending_.begin(), sending_.end(), one) == sending_.end()) sending_.push_back(one);
}

void Session::carry_out(const room::RestartCarrier& restart) {
  parlor_js_carrier_restart(number_, number_of(restart.carrier));
}

void Session::carry_out(const room::CloseCarrier& close) {
  const auto of_it = [&](const Sending& one) { return one.carrier == close.carrier; };
  sending_.erase(std::remove_if(sending_.begin(), sending_.end(), of_it), sending_.end());
  parlor_js_carrier_close(number_, number_of(close.carrier));
}

}  // namespace parlor::platform::web
