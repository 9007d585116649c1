#include "native/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <limits>
#include <mutex>

#include "base/address.hpp"

namespace parlor::platform::native {
namespace {

constexpr std::size_t kTlsPiece = 16 * 1024;  // of a TLS record

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// One for the process: reading the system's certificates takes some milliseconds.
struct Shared {
  std::mutex mutex;
  std::unique_ptr<SSL_CTX, FreeContext> context;
};
Shared& shared() {
  static auto* one = new Shared;  // rooms may be destroyed after what is static
  return *one;
}

/// The mutex is held.
SSL_CTX* context_of(Shared& one) {
  if (one.context) return one.context.get();
  one.context.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* context = one.context.get();
  if (context == nullptr) return nullptr;
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  // Of the system, or what SSL_CERT_FILE and SSL_CERT_DIR say.
  SSL_CTX_set_default_verify_paths(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
  return context;
}

int size_of(base::BytesView bytes) {
  return static_cast<int>(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()));
}

}  // namespace

bool trust_ca_file(const std::string& file) {
  Shared& one = shared();
  const std::lock_guard lock(one.mutex);
  ERR_clear_error();
  SSL_CTX* context = context_of(one);
  const bool taken = context != nullptr && SSL_CTX_load_verify_file(context, file.c_str()) == 1;
  ERR_clear_error();
  return taken;
}

void Tls::Free::operator()(ssl_st* ssl) const {
  SSL_free(ssl);
}

Tls::Tls(const std::string& host) {
  {
    Shared& one = shared();
    const std::lock_guard lock(one.mutex);
    if (SSL_CTX* context = context_of(one)) ssl_.reset(SSL_new(context));
  }
  in_ = BIO_new(BIO_s_mem());
  out_ = BIO_new(BIO_s_mem());
  if (!ssl_ || in_ == nullptr || out_ == nullptr) {
    BIO_free(in_);
    BIO_free(out_);
    ssl_.reset();
    trouble_ = "This system's OpenSSL makes no TLS connections.";
    return;
  }
  BIO_set_mem_eof_return(in_, -1);  // empty is not the end
  SSL_set_bio(ssl_.get(), in_, out_);
  SSL_set_connect_state(ssl_.get());
  X509_VERIFY_PARAM* wanted = SSL_get0_param(ssl_.get());
  bool named = false;
  if (base::IpAddress::parse(host)) {
    named = X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str()) == 1;
  } else {
    X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    // SSL_set_tlsext_host_name is a macro with a cast of C.
    named = X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), host.size()) == 1 &&
            SSL_ctrl(ssl_.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                     const_cast<char*>(host.c_str())) == 1;
  }
  if (named) return;
  ssl_.reset();
  trouble_ = "Its name cannot be that of a certificate.";
}

Tls::~Tls() = default;

void Tls::add(base::BytesView bytes) {
  if (!ssl_) return;
  BIO_write(in_, bytes.data(), size_of(bytes));
}

Tls::Step Tls::handshake() {
  if (!ssl_) return Step::failed;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) return Step::established;
  if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return Step::wants_more;
  const long verdict = SSL_get_verify_result(ssl_.get());
  if (verdict != X509_V_OK) {
    trouble_ = std::string("Its certificate is not trusted (") + X509_verify_cert_error_string(verdict) +
               "): whoever runs the server can mend that. For a certificate of your own, name its authority.";
  } else {
    trouble_ = "No TLS connection could be made with it: is it one for wss://?";
  }
  ERR_clear_error();
  return Step::failed;
}

Tls::Step Tls::read(base::Bytes& out) {
  if (!ssl_) return Step::failed;
  std::array<std::byte, kTlsPiece> piece;
  for (;;) {
    ERR_clear_error();
    const int got = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
    if (got > 0) {
      out.insert(out.end(), piece.begin(), piece.begin() + got);
      continue;
    }
    const int error = SSL_get_error(ssl_.get(), got);
    if (error == SSL_ERROR_WANT_READ) return Step::wants_more;
    if (error == SSL_ERROR_ZERO_RETURN) return Step::closed;
    ERR_clear_error();
    trouble_ = "The TLS connection broke.";
    return Step::failed;
  }
}

void Tls::write(base::BytesView bytes) {
  if (!ssl_) return;
  while (!bytes.empty()) {
    ERR_clear_error();
    const int put = SSL_write(ssl_.get(), bytes.data(), size_of(bytes));
    if (put <= 0) return;  // a memory BIO takes all: the connection failed, which the next read says
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
}

void Tls::shut_down() {
  if (!ssl_) return;
  ERR_clear_error();
  (void)SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void Tls::take_output(base::Bytes& out) {
  if (!ssl_) return;
  char* data = nullptr;
  const long size = BIO_get_mem_data(out_, &data);
  if (size <= 0) return;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  out.insert(out.end(), bytes, bytes + size);
  (void)BIO_reset(out_);
}

std::string Tls::trouble() const {
  return trouble_;
}

}  // namespace parlor::platform::native
