#include "dtls/session.hpp"

#include <algorithm>
#include <cassert>

#include "crypto/constant_time.hpp"
#include "dtls/alert.hpp"

namespace parlor::dtls {
namespace {

constexpr std::uint16_t kHandshakeEpoch = 0;
constexpr std::uint16_t kApplicationEpoch = 1;
constexpr std::byte kFinishedType{20};  // RFC 5246 §7.4
constexpr std::size_t kWidestHeader = kRecordHeaderSize + 8;

/// Takes what is given to the first caller and nothing to the next; what held it is let go.
template <class T>
std::optional<T> take_front(std::vector<T>& list) {
  if (list.empty()) return std::nullopt;
  std::optional<T> first(std::move(list.front()));
  list.erase(list.begin());
  if (list.empty()) list.shrink_to_fit();
  return first;
}

}  // namespace

Session::Session(std::unique_ptr<Handshake> handshake, const SessionOptions& options)
    : options_(options), handshake_(std::move(handshake)) {
  assert(handshake_ != nullptr);
}

void Session::set_round_trip(base::Duration round_trip) {
  if (handshake_) handshake_->set_round_trip(round_trip);
}

void Session::start(base::Time now, Role role) {
  assert(state_ == State::idle);
  advance(now);
  state_ = State::handshaking;
  deadline_ = now_ + options_.handshake_timeout;
  handshake_->start(now_, role);
  after_handshake_step();
}

void Session::set_remote_fingerprints(base::Time now, std::span<const Fingerprint> fingerprints) {
  advance(now);
  if (state_ != State::idle && state_ != State::handshaking) return;
  fingerprints_.assign(fingerprints.begin(), fingerprints.end());
  check_certificate();
}

// --- What comes in ---

std::optional<base::BytesView> Session::take(base::Time now, std::span<std::byte>& datagram) {
  advance(now);
  while (const auto record = take_record(datagram)) {
    if (const auto data = handle_record(*record)) return data;
  }
  return take_early();
}

std::optional<base::BytesView> Session::handle_record(const Record& record) {
  if (state_ != State::handshaking && state_ != State::connected) return std::nullopt;
  const RecordHeader& header = record.header;
  if (is_secured()) {
    if (header.epoch != kApplicationEpoch) return std::nullopt;
    if (state_ != State::connected && header.type == ContentType::application_data) {
      early_.keep(record.bytes);  // whose certificate is it?
      return std::nullopt;
    }
    return handle_protected(record);
  }
  // OpenSSL would put aside without a limit of ours what belongs to the next epoch, and may see an alert
  // there.
  if (header.epoch == kHandshakeEpoch ||
      (header.epoch == kApplicationEpoch && header.type == ContentType::handshake)) {
    handshake_->handle_record(now_, record.bytes);
    after_handshake_step();
    // The Finished that ended it: a copy is no question for ours.
    if (is_secured() && header.epoch == kApplicationEpoch) window_.mark(header.sequence);
  } else if (header.epoch == kApplicationEpoch) {
    early_.keep(record.bytes);
  }
  return std::nullopt;
}

std::optional<base::BytesView> Session::handle_protected(const Record& record) {
  if (record.header.version != kVersion12 || !window_.is_new(record.header.sequence)) return std::nullopt;
  const auto plain = secured_.read->open(record);
  if (!plain) return std::nullopt;  // discarded in silence (RFC 6347 §4.1.2.7)
  window_.mark(record.header.sequence);
  switch (record.header.type) {
    case ContentType::application_data:
      if (plain->empty()) return std::nullopt;
      return *plain;
    case ContentType::alert:
      handle_alert(*plain);
      return std::nullopt;
    case ContentType::handshake:
      handle_late_handshake(*plain);
      return std::nullopt;
    case ContentType::change_cipher_spec:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<base::BytesView> Session::take_early() {
  while (state_ == State::connected) {
    auto bytes = early_.take();
    if (!bytes) break;
    const auto record = take_record(*bytes);
    if (!record) continue;
    if (const auto data = handle_protected(*record)) return data;
  }
  return std::nullopt;
}

void Session::handle_alert(base::BytesView body) {
  const auto alert = read_alert(body);
  if (!alert) return;
  if (alert->description == Alert::kCloseNotify) {
    send_alert(Alert::kWarning, Alert::kCloseNotify);  // RFC 5246 §7.2.1: answered with the same
    events_.emplace_back(Closed{});
    end(State::closed);
  } else if (alert->level == Alert::kFatal) {
    fail(FailReason::handshake,
         "The other side ended the connection with alert " + std::to_string(int{alert->description}) + ".");
  }
}

void Session::handle_late_handshake(base::BytesView body) {
  // Its Finished came again, so that our answer to it may have been lost. Anything else would be a
  // renegotiation, which is not answered.
  if (!secured_.finished || body.empty() || body[0] != kFinishedType) return;
  const std::array<std::byte, 1> change{std::byte{1}};
  base::Bytes flight = write_plain_record(ContentType::change_cipher_spec, secured_.plain_sequence++, change);
  const base::Bytes finished = protected_record(ContentType::handshake, *secured_.finished);
  flight.insert(flight.end(), finished.begin(), finished.end());
  enqueue(std::move(flight));
}

// --- The end of the handshake ---

void Session::after_handshake_step() {
  drain_handshake();
  if (handshake_->state() == HandshakeState::failed) {
    fail(FailReason::handshake, handshake_->detail());
  } else if (handshake_->state() == HandshakeState::done) {
    auto secured = handshake_->secured();
    handshake_.reset();
    if (!secured) return fail(FailReason::internal, "The keys of the connection could not be derived.");
    secured_ = std::move(*secured);
    check_certificate();
  }
}

void Session::drain_handshake() {
  while (auto datagram = handshake_->poll_transmit()) enqueue(std::move(*datagram));
}

void Session::check_certificate() {
  if (!is_secured() || fingerprints_.empty()) return;
  bool known = false;
  for (const Fingerprint& one : fingerprints_) {
    known = crypto::constant_time_equal(one, secured_.fingerprint) || known;
  }
  if (!known) {
    send_alert(Alert::kFatal, Alert::kBadCertificate);  // RFC 8122 §6.2
    return fail(FailReason::wrong_certificate,
                "The other side's certificate is not the one that its description announced.");
  }
  fingerprints_ = {};
  state_ = State::connected;
  events_.emplace_back(Connected{});
}

void Session::fail(FailReason reason, std::string detail) {
  events_.emplace_back(Failed{reason, std::move(detail)});
  end(State::failed);
}

void Session::end(State state) {
  state_ = state;
  handshake_.reset();
  secured_ = Secured{};
  early_ = EarlyRecords();
  fingerprints_ = {};
}

void Session::close(base::Time now) {
  advance(now);
  if (state_ == State::closed || state_ == State::failed) return;
  if (is_secured()) {
    send_alert(Alert::kWarning, Alert::kCloseNotify);
  } else if (state_ == State::handshaking) {
    // In the clear, so that it is not proven; the other side would wait for its deadline otherwise.
    const Alert alert{Alert::kWarning, Alert::kCloseNotify};
    enqueue(write_plain_record(ContentType::alert, handshake_->plain_sequence(), alert.bytes()));
  }
  end(State::closed);
}

// --- Time ---

void Session::handle_timeout(base::Time now) {
  advance(now);
  if (state_ != State::handshaking) return;
  if (now_ >= deadline_) {
    return fail(FailReason::timeout, is_secured() ? "The other side's fingerprint was not told in time."
                                                  : "The other side did not finish the handshake in time.");
  }
  if (handshake_ != nullptr) {
    handshake_->handle_timeout(now_);
    after_handshake_step();
  }
}

std::optional<base::Time> Session::poll_timeout() const {
  if (state_ != State::handshaking) return std::nullopt;
  base::Earliest first;
  first.add(deadline_);
  if (handshake_ != nullptr) first.add(handshake_->poll_timeout());
  return first.get();
}

// --- What goes out ---

std::size_t Session::poll_transmit(base::Time now, std::span<std::byte> out) {
  advance(now);
  assert(out.size() >= options_.mtu);
  const auto datagram = take_front(outgoing_);
  if (!datagram || datagram->size() > out.size()) return 0;
  std::copy(datagram->begin(), datagram->end(), out.begin());
  return datagram->size();
}

std::optional<Event> Session::poll_event() {
  return take_front(events_);
}

std::size_t Session::header_size() const {
  return is_secured() ? secured_.write->header_size() : kWidestHeader;
}

std::size_t Session::overhead() const {
  return is_secured() ? secured_.write->overhead() : kWidestHeader + Protection::kTagSize;
}

std::size_t Session::seal(base::BytesView plain, std::span<std::byte> out) {
  if (state_ != State::connected) return 0;
  assert(out.size() >= plain.size() + overhead());
  std::copy(plain.begin(), plain.end(), out.begin() + static_cast<std::ptrdiff_t>(header_size()));
  return seal_in_place(out, plain.size());
}

std::size_t Session::seal_in_place(std::span<std::byte> out, std::size_t plain_size) {
  if (state_ != State::connected) return 0;
  assert(plain_size <= kLargestPlain && out.size() >= plain_size + overhead());
  return seal_record(ContentType::application_data, out.first(plain_size + overhead()));
}

std::size_t Session::seal_record(ContentType type, std::span<std::byte> record) {
  if (records_left() == 0) return 0;
  const RecordHeader header{.type = type, .epoch = kApplicationEpoch, .sequence = secured_.write_sequence++};
  return secured_.write->seal(header, record) ? record.size() : 0;
}

base::Bytes Session::protected_record(ContentType type, base::BytesView plain) {
  base::Bytes record(plain.size() + overhead());
  std::copy(plain.begin(), plain.end(), record.begin() + static_cast<std::ptrdiff_t>(header_size()));
  record.resize(seal_record(type, record));
  return record;
}

void Session::send_alert(std::uint8_t level, std::uint8_t description) {
  enqueue(protected_record(ContentType::alert, Alert{level, description}.bytes()));
}

void Session::enqueue(base::Bytes datagram) {
  if (!datagram.empty() && outgoing_.size() < kMostWaiting) outgoing_.push_back(std::move(datagram));
}

}  // namespace parlor::dtls
