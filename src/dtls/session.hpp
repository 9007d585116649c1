#pragma once
// A Transport over any handshake: its deadlines, its certificate check, and the records of the application
// once it is over. Epoch 0 is the handshake's, epoch 1 is kept here, and there is no other, as nothing is
// renegotiated.
//
// The handshake goes as soon as it is over, and with it all that OpenSSL holds. Its last flight can still be
// asked for, by a Finished of the other side that comes again (RFC 6347 §4.2.4): it is a ChangeCipherSpec and
// 24 bytes of Finished, which are kept for as long as the connection lives and sealed anew.

#include <array>
#include <memory>
#include <vector>

#include "dtls/early_records.hpp"
#include "dtls/handshake.hpp"
#include "dtls/replay_window.hpp"

namespace parlor::dtls {

struct SessionOptions {
  std::size_t mtu = 1200;
  base::Duration handshake_timeout = base::seconds(30);
};

class Session final : public Transport {
 public:
  /// Datagrams that wait to be sent; what would be more is lost, as on the way.
  static constexpr std::size_t kMostWaiting = 32;

  Session(std::unique_ptr<Handshake> handshake, const SessionOptions& options);

  void set_round_trip(base::Duration round_trip) override;
  void start(base::Time now, Role role) override;
  void set_remote_fingerprints(base::Time now, std::span<const Fingerprint> fingerprints) override;
  std::optional<base::BytesView> take(base::Time now, std::span<std::byte>& datagram) override;
  void handle_timeout(base::Time now) override;
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override;
  std::size_t poll_transmit(base::Time now, std::span<std::byte> out) override;
  std::size_t seal(base::BytesView plain, std::span<std::byte> out) override;
  std::size_t seal_in_place(std::span<std::byte> out, std::size_t plain_size) override;
  [[nodiscard]] std::size_t header_size() const override;
  [[nodiscard]] std::size_t overhead() const override;
  void close(base::Time now) override;
  std::optional<Event> poll_event() override;
  [[nodiscard]] State state() const override { return state_; }

  /// How many records may still be written.
  [[nodiscard]] std::uint64_t records_left() const { return kLastSequence + 1 - secured_.write_sequence; }

 private:
  void advance(base::Time now) { now_ = std::max(now_, now); }
  [[nodiscard]] bool is_secured() const { return secured_.read != nullptr; }

  // What comes in.
  std::optional<base::BytesView> handle_record(const Record& record);
  std::optional<base::BytesView> handle_protected(const Record& record);
  std::optional<base::BytesView> take_early();
  void handle_alert(base::BytesView body);
  void handle_late_handshake(base::BytesView body);

  // The end of the handshake.
  void after_handshake_step();
  void drain_handshake();
  void check_certificate();
  void fail(FailReason reason, std::string detail);
  void end(State state);

  // What goes out.
  std::size_t seal_record(ContentType type, std::span<std::byte> record);
  [[nodiscard]] base::Bytes protected_record(ContentType type, base::BytesView plain);
  void send_alert(std::uint8_t level, std::uint8_t description);
  void enqueue(base::Bytes datagram);

  SessionOptions options_;
  State state_ = State::idle;
  base::Time now_{};
  base::Time deadline_{};
  std::unique_ptr<Handshake> handshake_;  // until it is over
  Secured secured_;                       // from then on
  ReplayWindow window_;
  std::vector<Fingerprint> fingerprints_;  // until one is found to be the other side's
  EarlyRecords early_;
  std::vector<base::Bytes> outgoing_;
  std::vector<Event> events_;
};

}  // namespace parlor::dtls
