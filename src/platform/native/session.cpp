#include "native/session.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "base/bytes.hpp"
#include "crypto/system_random.hpp"

namespace parlor::platform::native {
namespace {

constexpr base::Duration kLastWords = base::milliseconds(100);

/// Not a secret: it only keeps programs from all doing something at the same time.
std::uint64_t drawn_seed() {
  return crypto::SystemRandom().next_u64();
}

}  // namespace

Session::Session(RoomOptions options, CarrierPortMaker make)
    : loop_(Loop::of_this_thread()),
      machine_(std::move(options), now(), drawn_seed()),
      timer_(*loop_, [this] { handle_timeout(); }),
      carriers_(make(*loop_, *this, machine_.channels())) {
  loop_->add(*this);
  pump();
}

Session::~Session() {
  machine_.leave();
  pump();
  loop_->remove(*this);
  if (fetch_) fetch_->cancel();
  if (socket_) carry_out(room::CloseSocket{});
  // With the last room of the thread its loop ends: what the kernel did not take at once is not to be lost.
  const base::Time until = now() + kLastWords;
  while (closing_ && loop_.use_count() == 1 && closing_->buffered() > 0 && now() < until)
    loop_->turn(until - now());
}

void Session::update() {
  loop_->turn();
}

void Session::handle_timeout() {
  machine_.handle_timeout(now());
  pump();
}

void Session::pump() {
  do {
    while (auto transmit = machine_.poll_transmit()) {
      std::visit([this](const auto& command) { carry_out(command); }, *transmit);
    }
    carriers_->flush();
    if (socket_) socket_->flush();
    // What it is told may make it say more.
  } while (look_at_carriers() || look_at_socket());
  timer_.set(machine_.poll_timeout());
  if (machine_.has_event()) loop_->notice();
}

/// Tells the machine how much waits in the channels that were sent to. True when it may have answered.
bool Session::look_at_carriers() {
  if (sending_.empty()) return false;
  for (const Sending& one : std::exchange(sending_, {})) {
    machine_.handle_carrier_buffered(now(), one.carrier, one.channel,
                                     carriers_->buffered(one.carrier, one.channel));
  }
  return true;
}

/// The same for the socket to the server, where frames went there or that may have changed.
bool Session::look_at_socket() {
  const std::size_t left = socket_ ? socket_->buffered() : 0;
  const bool tells = std::exchange(socket_sent_, false) || left != socket_held_;
  socket_held_ = left;
  if (tells) machine_.handle_server_buffered(now(), left);
  return tells;
}

// ---- what happened

void Session::on_socket_open() {
  machine_.handle_server_open(now());
  pump();
}

void Session::on_socket_text(std::string_view text) {
  machine_.handle_server_frame(now(), text);
  pump();
}

void Session::on_socket_bytes(base::BytesView bytes) {
  machine_.handle_server_bytes(now(), bytes);
  pump();
}

void Session::on_socket_close(std::uint16_t code, std::string_view reason) {
  loop_->bury(std::exchange(socket_, nullptr));
  machine_.handle_server_close(now(), code, reason);
  pump();
}

void Session::on_socket_sent() {
  pump();
}

void Session::on_signal(room::CarrierId carrier, room::Signal signal) {
  machine_.handle_carrier_signal(now(), carrier, std::move(signal));
  pump();
}

void Session::on_open(room::CarrierId carrier) {
  machine_.handle_carrier_open(now(), carrier);
  pump();
}

void Session::on_message(room::CarrierId carrier, Channel channel, BytesView bytes) {
  machine_.handle_carrier_message(now(), carrier, channel, bytes);
  pump();
}

void Session::on_state(room::CarrierId carrier, room::CarrierState state, std::string_view detail) {
  machine_.handle_carrier_state(now(), carrier, state, detail);
  pump();
}

void Session::on_buffered(room::CarrierId carrier, Channel channel, std::size_t bytes) {
  machine_.handle_carrier_buffered(now(), carrier, channel, bytes);
  pump();
}

void Session::on_stats(room::CarrierId carrier, const room::CarrierStats& stats) {
  machine_.handle_carrier_stats(now(), carrier, stats);
  pump();
}

// ---- what the machine asks

void Session::carry_out(const room::FetchIceServers& fetch) {
  if (fetch_) fetch_->cancel();
  fetch_ = HttpFetch::get(*loop_, fetch.url, [this](const std::string& body) {
    machine_.handle_ice_servers(now(), body);
    pump();
  });
}

void Session::carry_out(const room::OpenSocket& open) {
  if (socket_) socket_->close(1000);
  socket_ = WebSocket::open(*loop_, *this, open.url);
}

void Session::carry_out(const room::SendFrame& send) {
  if (socket_) socket_->send_text(send.text);
}

void Session::carry_out(const room::RelaySend& send) {
  socket_sent_ = true;
  if (!socket_) return;
  socket_->send_bytes(write(send));
}

void Session::carry_out(const room::CloseSocket& close) {
  if (!socket_) return;
  socket_->close(close.code);
  closing_ = std::exchange(socket_, nullptr);  // the loop holds it until it is through
}

void Session::carry_out(const room::CarrierSend& send) {
  carriers_->send(send);
  const Sending one{send.carrier, send.channel};
  if (std::find(sending_.begin(), sending_.end(), one) == sending_.end()) sending_.push_back(one);
}

void Session::carry_out(const room::CloseCarrier& close) {
  std::erase_if(sending_, [&](const Sending& one) { return one.carrier == close.carrier; });
  carriers_->close(close);
}

}  // namespace parlor::platform::native
