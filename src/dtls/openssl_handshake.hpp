#pragma once
// A DTLS 1.2 handshake (RFC 6347 §4.2) by OpenSSL, which keeps order, fragments and repetitions. No
// HelloVerifyRequest as server: behind ICE the address is proven already, and a ClientHello that comes in
// fragments, as Chromium's does, could not be answered with one by OpenSSL.
//
// Holds about 70 KB from start() on, and next to nothing before; where somebody floods it with fragments and
// records that fit nowhere yet, kMostMemory. Who has many must bound how many are half open.

#include <memory>

#include "dtls/context.hpp"
#include "dtls/datagram_bio.hpp"
#include "dtls/handshake.hpp"
#include "dtls/openssl_transport.hpp"
#include "dtls/retransmission.hpp"

struct ssl_st;

namespace parlor::dtls {

class OpensslHandshake final : public Handshake {
 public:
  static constexpr std::size_t kMostMemory = 512 * 1024;
  /// Protected records that OpenSSL is given: it keeps those that come before their keys, 17 KB for each.
  /// There is nothing but a Finished, said again at times: any one of eight will do.
  static constexpr int kMostProtected = 8;

  OpensslHandshake(std::shared_ptr<const Context> context, const TransportOptions& options,
                   bool reaches_timer = DatagramBio::openssl_reaches_timer());

  void set_round_trip(base::Duration round_trip) override { retransmission_.set_round_trip(round_trip); }
  void start(base::Time now, Role role) override;
  void handle_record(base::Time now, base::BytesView record) override;
  void handle_timeout(base::Time now) override;
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return retransmission_.at(); }
  std::optional<base::Bytes> poll_transmit() override;
  [[nodiscard]] HandshakeState state() const override { return state_; }
  [[nodiscard]] std::string detail() const override { return detail_; }
  [[nodiscard]] std::uint64_t plain_sequence() const override { return plain_sequence_; }
  std::optional<Secured> secured() override;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  // Of records in epoch 1 that OpenSSL wrote: its Finished, once or more often.
  struct Written {
    std::uint64_t next_sequence = 0;
    base::Bytes last;
  };

  void shake();
  void fail();
  void collect(base::Time now);
  void note_written(base::BytesView datagram);

  std::shared_ptr<const Context> context_;
  TransportOptions options_;
  Role role_ = Role::client;
  HandshakeState state_ = HandshakeState::running;
  std::string detail_;
  Retransmission retransmission_;
  int protected_ = 0;     // records that OpenSSL was given
  bool repeats_ = false;  // OpenSSL set its timer for a flight that it said before
  DatagramBio bio_;       // before ssl_, which has pointers to it
  std::unique_ptr<ssl_st, Free> ssl_;
  std::vector<base::Bytes> outgoing_;
  std::uint64_t plain_sequence_ = 0;
  Written written_;
};

}  // namespace parlor::dtls
