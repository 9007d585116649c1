#include "dtls/fake_transport.hpp"

#include <algorithm>

#include "crypto/siphash.hpp"
#include "dtls/handshake.hpp"
#include "dtls/retransmission.hpp"
#include "dtls/session.hpp"

namespace parlor::dtls {
namespace {

using FakeRandom = std::array<std::byte, 16>;

/// Checked, not hidden.
class FakeProtection final : public Protection {
 public:
  explicit FakeProtection(crypto::SipHashKey key) : key_(key) {}

  [[nodiscard]] std::size_t explicit_size() const override { return 0; }

  [[nodiscard]] bool seal(const RecordHeader& header, std::span<std::byte> record) override {
    write_header(sized(header, record.size()), record);
    const auto tag = tag_of(record.first(record.size() - kTagSize));
    std::copy(tag.begin(), tag.end(), record.end() - static_cast<std::ptrdiff_t>(kTagSize));
    return true;
  }

  [[nodiscard]] std::optional<std::span<std::byte>> open(const Record& record) override {
    if (record.body().size() < kTagSize) return std::nullopt;
    const auto tag = tag_of(record.bytes.first(record.bytes.size() - kTagSize));
    if (!std::equal(tag.begin(), tag.end(), record.bytes.end() - static_cast<std::ptrdiff_t>(kTagSize))) {
      return std::nullopt;
    }
    return record.body().first(record.body().size() - kTagSize);
  }

 private:
  using Tag = std::array<std::byte, kTagSize>;

  [[nodiscard]] Tag tag_of(base::BytesView bytes) const {
    Tag tag{};
    base::ByteWriter writer(tag);
    writer.u64(crypto::siphash(key_, bytes));
    writer.u64(crypto::siphash({key_[1], key_[0]}, bytes));
    return tag;
  }

  crypto::SipHashKey key_;
};

/// | kind | client's random | server's random | fingerprint of who says it | checksum, 8 |
struct FakeMessage {
  enum class Kind : std::uint8_t { client_hello = 1, server_hello = 2, client_certificate = 3 };
  static constexpr std::size_t kSize = 1 + 16 + 16 + 32 + 8;
  static constexpr crypto::SipHashKey kChecksumKey{1, 2};

  Kind kind{};
  FakeRandom client{};
  FakeRandom server{};
  Fingerprint fingerprint{};

  [[nodiscard]] base::Bytes write() const {
    base::Bytes bytes(kSize);
    base::ByteWriter writer(bytes);
    writer.u8(static_cast<std::uint8_t>(kind));
    writer.bytes(client);
    writer.bytes(server);
    writer.bytes(fingerprint);
    writer.u64(crypto::siphash(kChecksumKey, writer.written()));
    return bytes;
  }

  static std::optional<FakeMessage> read(base::BytesView bytes) {
    if (bytes.size() != kSize) return std::nullopt;
    base::ByteReader reader(bytes);
    FakeMessage message;
    message.kind = static_cast<Kind>(*reader.u8());
    const auto copy = [&](auto& to) {
      const base::BytesView part = *reader.take(to.size());
      std::copy(part.begin(), part.end(), to.begin());
    };
    copy(message.client);
    copy(message.server);
    copy(message.fingerprint);
    if (*reader.u64() != crypto::siphash(kChecksumKey, bytes.first(kSize - 8))) return std::nullopt;
    return message;
  }
};

/// ClientHello; ServerHello; the client's certificate and its Finished; the server's Finished. Each is a
/// datagram, and a flight is said again until the next one comes, as in the real handshake.
class FakeHandshake final : public Handshake {
 public:
  FakeHandshake(base::Random& random, const FakeTransportOptions& options)
      : random_(random), own_(options.fingerprint), retransmission_(options.first_retransmission) {}

  void set_round_trip(base::Duration round_trip) override { retransmission_.set_round_trip(round_trip); }
  void start(base::Time now, Role role) override {
    role_ = role;
    random_.fill(role == Role::client ? client_ : server_);
    if (role == Role::client) say(now, FakeMessage::Kind::client_hello);
  }

  void handle_record(base::Time now, base::BytesView bytes) override {
    base::Bytes copy(bytes.begin(), bytes.end());
    std::span<std::byte> rest = copy;
    const auto record = take_record(rest);
    if (!record || record->header.type != ContentType::handshake || state_ == HandshakeState::done) return;
    if (record->header.epoch != 0) {
      const auto plain = read_ ? read_->open(*record) : std::nullopt;
      if (plain && plain->size() == kFinishedSize && (*plain)[0] == kFinished[0]) finish(now);
    } else if (const auto message = FakeMessage::read(record->body())) {
      handle_message(now, *message);
    }
  }

  void handle_timeout(base::Time now) override {
    if (!retransmission_.at() || now < *retransmission_.at()) return;
    retransmission_.repeat(now);
    write_flight();
  }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return retransmission_.at(); }

  std::optional<base::Bytes> poll_transmit() override {
    if (outgoing_.empty()) return std::nullopt;
    base::Bytes first = std::move(outgoing_.front());
    outgoing_.erase(outgoing_.begin());
    return first;
  }
  [[nodiscard]] HandshakeState state() const override { return state_; }
  [[nodiscard]] std::string detail() const override { return {}; }
  [[nodiscard]] std::uint64_t plain_sequence() const override { return plain_sequence_; }

  std::optional<Secured> secured() override {
    Secured secured;
    secured.write = std::move(write_);
    secured.read = std::move(read_);
    secured.fingerprint = theirs_;
    secured.plain_sequence = plain_sequence_;
    secured.write_sequence = write_sequence_;
    if (role_ == Role::server) secured.finished = kFinished;
    return secured;
  }

 private:
  static constexpr std::array<std::byte, kFinishedSize> kFinished{std::byte{20}};

  void handle_message(base::Time now, const FakeMessage& message) {
    const bool expected = role_ == Role::client ? message.client == client_ && !read_
                          : read_               ? message.client == client_ && message.server == server_
                                                : true;
    if (!expected) return;
    switch (message.kind) {
      case FakeMessage::Kind::client_hello:
        if (role_ != Role::server || read_) return;
        client_ = message.client;
        make_keys();
        return say(now, FakeMessage::Kind::server_hello);
      case FakeMessage::Kind::server_hello:
        if (role_ != Role::client) return;
        server_ = message.server;
        theirs_ = message.fingerprint;
        make_keys();
        return say(now, FakeMessage::Kind::client_certificate);
      case FakeMessage::Kind::client_certificate:
        if (role_ != Role::server || !read_) return;
        theirs_ = message.fingerprint;
        knows_certificate_ = true;
        return;
    }
  }

  void finish(base::Time) {
    if (role_ == Role::server) {
      if (!knows_certificate_) return;
      const std::array<std::byte, 1> change{std::byte{1}};
      base::Bytes flight = write_plain_record(ContentType::change_cipher_spec, plain_sequence_++, change);
      append_finished(flight);
      outgoing_.push_back(std::move(flight));
    }
    retransmission_.stop();
    state_ = HandshakeState::done;
  }

  void make_keys() {
    base::Bytes randoms(client_.begin(), client_.end());
    randoms.insert(randoms.end(), server_.begin(), server_.end());
    const auto protection = [&](std::uint64_t direction) {
      return std::make_unique<FakeProtection>(crypto::SipHashKey{crypto::siphash({direction, 3}, randoms),
                                                                 crypto::siphash({direction, 4}, randoms)});
    };
    write_ = protection(role_ == Role::client ? 0 : 1);
    read_ = protection(role_ == Role::client ? 1 : 0);
  }

  void say(base::Time now, FakeMessage::Kind kind) {
    flight_ = kind;
    retransmission_.begin(now);
    write_flight();
  }

  void write_flight() {
    const FakeMessage message{flight_, client_, server_, own_};
    base::Bytes datagram = write_plain_record(ContentType::handshake, plain_sequence_++, message.write());
    if (flight_ == FakeMessage::Kind::client_certificate) append_finished(datagram);
    outgoing_.push_back(std::move(datagram));
  }

  void append_finished(base::Bytes& datagram) {
    base::Bytes record(kFinishedSize + write_->overhead());
    std::copy(kFinished.begin(), kFinished.end(), record.begin() + kRecordHeaderSize);
    (void)write_->seal({.type = ContentType::handshake, .epoch = 1, .sequence = write_sequence_++}, record);
    datagram.insert(datagram.end(), record.begin(), record.end());
  }

  base::Random& random_;
  Fingerprint own_;
  Fingerprint theirs_{};
  bool knows_certificate_ = false;
  Role role_ = Role::client;
  HandshakeState state_ = HandshakeState::running;
  FakeRandom client_{};
  FakeRandom server_{};
  FakeMessage::Kind flight_ = FakeMessage::Kind::client_hello;
  Retransmission retransmission_;
  std::unique_ptr<Protection> write_;
  std::unique_ptr<Protection> read_;
  std::uint64_t plain_sequence_ = 0;
  std::uint64_t write_sequence_ = 0;
  std::vector<base::Bytes> outgoing_;
};

}  // namespace

std::unique_ptr<Transport> make_fake_transport(base::Random& random, const FakeTransportOptions& options) {
  return std::make_unique<Session>(std::make_unique<FakeHandshake>(random, options),
                                   SessionOptions{options.mtu, options.handshake_timeout});
}

}  // namespace parlor::dtls
