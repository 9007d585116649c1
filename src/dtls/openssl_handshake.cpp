#include "dtls/openssl_handshake.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cassert>

#include "crypto/fatal.hpp"
#include "dtls/aead.hpp"

namespace parlor::dtls {
namespace {

constexpr const char* kFewestBytes =
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";
constexpr const char* kLeastWork =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

std::optional<Suite> suite_of(const SSL* ssl) {
  const SSL_CIPHER* const cipher = SSL_get_current_cipher(ssl);
  if (cipher == nullptr) return std::nullopt;
  switch (SSL_CIPHER_get_cipher_nid(cipher)) {
    case NID_aes_128_gcm:
      return Suite::aes_128_gcm;
    case NID_chacha20_poly1305:
      return Suite::chacha20_poly1305;
    default:
      return std::nullopt;
  }
}

std::optional<Fingerprint> peer_fingerprint(const SSL* ssl) {
  X509* const certificate = SSL_get1_peer_certificate(ssl);
  if (certificate == nullptr) return std::nullopt;
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate, &der);
  std::optional<Fingerprint> fingerprint;
  if (size > 0) {
    fingerprint = fingerprint_of(std::as_bytes(std::span(der, static_cast<std::size_t>(size))));
    OPENSSL_free(der);
  }
  X509_free(certificate);
  return fingerprint;
}

/// Cleared when it is let go.
struct Secrets {
  std::array<std::byte, SSL_MAX_MASTER_KEY_LENGTH> master{};
  std::array<std::byte, SSL3_RANDOM_SIZE> client_random{};
  std::array<std::byte, SSL3_RANDOM_SIZE> server_random{};

  Secrets() = default;
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets() { OPENSSL_cleanse(master.data(), master.size()); }

  [[nodiscard]] bool read(const SSL* ssl) {
    const auto raw = [](auto& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); };
    return SSL_SESSION_get_master_key(SSL_get_session(ssl), raw(master), master.size()) == master.size() &&
           SSL_get_client_random(ssl, raw(client_random), client_random.size()) == client_random.size() &&
           SSL_get_server_random(ssl, raw(server_random), server_random.size()) == server_random.size();
  }
};

void cleanse(KeyBlock& keys) {
  for (base::Bytes* part : {&keys.client.key, &keys.client.iv, &keys.server.key, &keys.server.iv}) {
    OPENSSL_cleanse(part->data(), part->size());
  }
}

}  // namespace

void OpensslHandshake::Free::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

OpensslHandshake::OpensslHandshake(std::shared_ptr<const Context> context, const TransportOptions& options,
                                   bool reaches_timer)
    : context_(std::move(context)),
      options_(options),
      retransmission_(options.first_retransmission),
      bio_(reaches_timer) {
  assert(context_ != nullptr);
  assert(options.mtu >= kSmallestMtu && options.mtu <= kLargestMtu);
}

void OpensslHandshake::start(base::Time now, Role role) {
  role_ = role;
  ssl_.reset(SSL_new(context_->openssl()));
  SSL* const ssl = ssl_.get();
  const bool by_work = options_.preference == CipherPreference::least_work;
  if (ssl == nullptr || SSL_set_cipher_list(ssl, by_work ? kLeastWork : kFewestBytes) != 1) {
    crypto::fatal("a DTLS connection");
  }
  BIO* const bio = bio_.make_bio();
  SSL_set_bio(ssl, bio, bio);
  SSL_set_mtu(ssl, static_cast<long>(options_.mtu));
  SSL_set_app_data(ssl, this);
  // Called with 0 for a new flight, and else with what it gave before.
  DTLS_set_timer_cb(ssl, [](SSL* of, unsigned before) {
    auto& self = *static_cast<OpensslHandshake*>(SSL_get_app_data(of));
    self.repeats_ = before != 0;
    return self.bio_.timer_duration();
  });
  if (role == Role::client) {
    SSL_set_connect_state(ssl);
  } else {
    SSL_set_accept_state(ssl);
  }
  shake();
  collect(now);
}

void OpensslHandshake::handle_record(base::Time now, base::BytesView record) {
  if (state_ != HandshakeState::running || record.size() < kRecordHeaderSize) return;
  const bool is_protected = record[3] != std::byte{0} || record[4] != std::byte{0};
  if (is_protected && ++protected_ > kMostProtected) return;
  bio_.set_incoming(record);
  shake();
  bio_.set_incoming({});
  collect(now);
}

void OpensslHandshake::handle_timeout(base::Time now) {
  if (state_ != HandshakeState::running || !retransmission_.at() || now < *retransmission_.at()) return;
  bio_.expire();
  ERR_clear_error();
  const long done = DTLSv1_handle_timeout(ssl_.get());
  if (done < 0) fail();
  if (done == 0) retransmission_.postpone(now);  // its timer is later than ours, after all
  collect(now);
}

void OpensslHandshake::shake() {
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    state_ = HandshakeState::done;
    return;
  }
  const int error = SSL_get_error(ssl_.get(), result);
  if (error == SSL_ERROR_ZERO_RETURN) {
    state_ = HandshakeState::failed;
    detail_ = "The other side ended the connection during the handshake.";
  } else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
    fail();
  }
}

void OpensslHandshake::fail() {
  state_ = HandshakeState::failed;
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  detail_ = "The handshake failed: " + std::string(reason == nullptr ? "no reason was given" : reason) + ".";
  ERR_clear_error();
}

/// What a call of OpenSSL has brought about.
void OpensslHandshake::collect(base::Time now) {
  bool is_first = true;
  for (base::Bytes& datagram : bio_.take_outgoing()) {
    note_written(datagram);
    // OpenSSL says a flight again with each message by itself: five chances to lose one where one would do.
    if (!is_first && outgoing_.back().size() + datagram.size() <= options_.mtu) {
      outgoing_.back().insert(outgoing_.back().end(), datagram.begin(), datagram.end());
    } else {
      outgoing_.push_back(std::move(datagram));
    }
    is_first = false;
  }
  const DatagramBio::Timer timer = bio_.take_timer();
  if (timer == DatagramBio::Timer::started) {
    repeats_ ? retransmission_.repeat(now) : retransmission_.begin(now);
  }
  if (timer == DatagramBio::Timer::stopped || state_ != HandshakeState::running) retransmission_.stop();
}

void OpensslHandshake::note_written(base::BytesView datagram) {
  base::Bytes copy(datagram.begin(), datagram.end());
  std::span<std::byte> rest = copy;
  while (const auto record = take_record(rest)) {
    if (record->header.epoch == 0) {
      plain_sequence_ = std::max(plain_sequence_, record->header.sequence + 1);
    } else {
      written_.next_sequence = record->header.sequence + 1;
      written_.last.assign(record->bytes.begin(), record->bytes.end());
    }
  }
}

std::optional<base::Bytes> OpensslHandshake::poll_transmit() {
  if (outgoing_.empty()) return std::nullopt;
  base::Bytes first = std::move(outgoing_.front());
  outgoing_.erase(outgoing_.begin());
  return first;
}

std::optional<Secured> OpensslHandshake::secured() {
  assert(state_ == HandshakeState::done);
  const auto suite = suite_of(ssl_.get());
  const auto fingerprint = peer_fingerprint(ssl_.get());
  Secrets secrets;
  if (!suite || !fingerprint || !secrets.read(ssl_.get())) return std::nullopt;
  KeyBlock keys = derive_keys(*suite, secrets.master, secrets.client_random, secrets.server_random);
  const bool is_client = role_ == Role::client;
  const TrafficKeys& ours = is_client ? keys.client : keys.server;
  const TrafficKeys& theirs = is_client ? keys.server : keys.client;

  // OpenSSL's own Finished, opened: the proof that these keys are those that it has agreed on.
  std::span<std::byte> last = written_.last;
  const auto finished_record = take_record(last);
  if (!finished_record) return std::nullopt;
  // OpenSSL counts the explicit nonces of AES-GCM on by one, from a random one. So do we, from where it
  // ended.
  std::uint64_t first_explicit = 0;
  if (*suite == Suite::aes_128_gcm) {
    first_explicit = base::ByteReader(finished_record->body()).u64().value_or(0) + 1;
  }
  const auto finished = Aead(*suite, Direction::open, ours).open(*finished_record);
  if (!finished || finished->size() != kFinishedSize) return std::nullopt;

  Secured secured;
  secured.write = std::make_unique<Aead>(*suite, Direction::seal, ours, first_explicit);
  secured.read = std::make_unique<Aead>(*suite, Direction::open, theirs);
  secured.fingerprint = *fingerprint;
  secured.plain_sequence = plain_sequence_;
  secured.write_sequence = written_.next_sequence;
  if (!is_client) {  // the server speaks last, as sessions are not resumed
    std::copy(finished->begin(), finished->end(), secured.finished.emplace().begin());
  }
  cleanse(keys);
  return secured;
}

}  // namespace parlor::dtls
