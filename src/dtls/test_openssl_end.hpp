#pragma once
// The other end as OpenSSL alone has it: its handshake, its records, SSL_read() and SSL_write(). What it
// understands is what others do.

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "dtls/datagram_bio.hpp"
#include "dtls/openssl_transport.hpp"
#include "dtls/retransmission.hpp"
#include "dtls/test_world.hpp"

namespace parlor::dtls {

class OpensslEnd final : public TestEnd {
 public:
  struct Options {
    const char* suites = "ALL";
    bool rsa = false;
    bool shows_certificate = true;
    bool extended_master_secret = true;
    std::size_t mtu = 1200;
    std::size_t hello_padding = 0;  ///< bytes by which its ClientHello is longer
    int version = DTLS1_2_VERSION;
    bool media = false;  ///< wants to agree on SRTP, as those do who have media, too
  };

  explicit OpensslEnd(const Options& options)
      : context_(SSL_CTX_new(DTLS_method()), &SSL_CTX_free), options_(options) {
    SSL_CTX* const context = context_.get();
    key_.reset(options.rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256"));
    certificate_.reset(X509_new());
    X509* const certificate = certificate_.get();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key_.get());
    X509_sign(certificate, key_.get(), EVP_sha256());
    if (options.shows_certificate) {
      SSL_CTX_use_certificate(context, certificate);
      SSL_CTX_use_PrivateKey(context, key_.get());
    }
    SSL_CTX_set_min_proto_version(context, options.version);
    SSL_CTX_set_max_proto_version(context, options.version);
    SSL_CTX_set_cipher_list(context, options.suites);
    SSL_CTX_set_options(context, SSL_OP_NO_QUERY_MTU);
    if (!options.extended_master_secret) SSL_CTX_set_options(context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(
        context, [](X509_STORE_CTX*, void*) { return 1; }, nullptr);
    if (options.media) SSL_CTX_set_tlsext_use_srtp(context, "SRTP_AES128_CM_SHA1_80");
    if (options.hello_padding > 0) {  // as protocols that nobody has
      std::vector<unsigned char> protocols;
      while (protocols.size() < options.hello_padding) {
        protocols.push_back(99);
        protocols.insert(protocols.end(), 99, 'x');
      }
      SSL_CTX_set_alpn_protos(context, protocols.data(), static_cast<unsigned>(protocols.size()));
    }
  }

  [[nodiscard]] bool has_agreed_on_media() const {
    return SSL_get_selected_srtp_profile(ssl_.get()) != nullptr;
  }

  void start(base::Time now, Role role) override {
    ssl_.reset(SSL_new(context_.get()));
    BIO* const bio = bio_.make_bio();
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_mtu(ssl_.get(), static_cast<long>(options_.mtu));
    DTLS_set_timer_cb(ssl_.get(), [](SSL*, unsigned) { return DatagramBio::kNever; });
    role == Role::client ? SSL_set_connect_state(ssl_.get()) : SSL_set_accept_state(ssl_.get());
    read(now);
  }
  void handle_datagram(base::Time now, Bytes datagram) override {
    bio_.set_incoming(datagram);
    read(now);
    bio_.set_incoming({});
  }
  std::optional<Bytes> poll_transmit(base::Time) override {
    if (outgoing_.empty()) return std::nullopt;
    Bytes first = std::move(outgoing_.front());
    outgoing_.pop_front();
    return first;
  }
  [[nodiscard]] std::optional<base::Time> poll_timeout() const override { return retransmission_.at(); }
  void handle_timeout(base::Time now) override {
    bio_.expire();
    EXPECT_EQ(DTLSv1_handle_timeout(ssl_.get()), 1);
    collect(now);
  }
  [[nodiscard]] bool is_connected() const override { return SSL_is_init_finished(ssl_.get()) == 1; }
  [[nodiscard]] Fingerprint fingerprint() const override {
    unsigned char* der = nullptr;
    const int size = i2d_X509(certificate_.get(), &der);
    const Fingerprint made = fingerprint_of(std::as_bytes(std::span(der, static_cast<std::size_t>(size))));
    OPENSSL_free(der);
    return made;
  }
  void expect(base::Time, const Fingerprint& other) override { expected_ = other; }
  std::optional<Bytes> seal(std::string_view text) override {
    if (SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) <= 0) return std::nullopt;
    auto written = bio_.take_outgoing();
    if (written.size() != 1) return std::nullopt;
    return std::move(written.front());
  }
  void close(base::Time now) override {
    SSL_shutdown(ssl_.get());
    collect(now);
  }

  /// The end of its connection: an alert (SSL_ERROR_SSL), a close_notify (SSL_ERROR_ZERO_RETURN), or neither.
  [[nodiscard]] int error() const { return error_; }
  [[nodiscard]] bool saw_close() const { return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] bool sees_expected_certificate() const {
    X509* const shown = SSL_get1_peer_certificate(ssl_.get());
    if (shown == nullptr) return false;
    std::array<unsigned char, 32> digest{};
    unsigned size = 0;
    X509_digest(shown, EVP_sha256(), digest.data(), &size);
    X509_free(shown);
    return std::ranges::equal(std::as_bytes(std::span(digest)), expected_);
  }

 private:
  template <auto free>
  struct Free {
    template <class T>
    void operator()(T* pointer) const {
      free(pointer);
    }
  };

  void read(base::Time now) {
    std::array<char, 4096> data{};
    for (;;) {
      ERR_clear_error();
      const int size = SSL_read(ssl_.get(), data.data(), data.size());
      if (size <= 0) {
        error_ = SSL_get_error(ssl_.get(), size);
        break;
      }
      received.emplace_back(data.data(), static_cast<std::size_t>(size));
    }
    collect(now);
  }
  void collect(base::Time now) {
    for (Bytes& datagram : bio_.take_outgoing()) outgoing_.push_back(std::move(datagram));
    const auto timer = bio_.take_timer();
    if (timer == DatagramBio::Timer::started) retransmission_.begin(now);
    if (timer == DatagramBio::Timer::stopped || error_ == SSL_ERROR_SSL) retransmission_.stop();
  }

  std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>> key_;
  std::unique_ptr<X509, Free<X509_free>> certificate_;
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  Options options_;
  Retransmission retransmission_{milliseconds(100)};
  DatagramBio bio_;
  std::unique_ptr<SSL, Free<SSL_free>> ssl_;
  std::deque<Bytes> outgoing_;
  Fingerprint expected_{};
  int error_ = 0;
};

/// One of ours, over OpenSSL's handshake.
inline std::unique_ptr<TransportEnd> make_real_end(const TransportOptions& options = {}) {
  const auto context = Context::make();
  return std::make_unique<TransportEnd>(make_transport(context, options), context->fingerprint());
}

}  // namespace parlor::dtls
