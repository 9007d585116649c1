#pragma once
// The client's end of TLS over OpenSSL, as bytes in and bytes out: no socket. The other end must show a
// certificate of its name that leads to one of the trusted authorities.

#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

struct ssl_ctx_st;
struct ssl_st;
struct bio_st;

namespace parlor::platform::native {

/// Trusts the certificates of this file (PEM), besides those of the system; for connections of this process
/// that begin from now on. False: there is no certificate in it that can be read.
[[nodiscard]] bool trust_ca_file(const std::string& file);

class Tls {
 public:
  enum class Step : std::uint8_t {
    wants_more,  ///< nothing goes on without bytes from the other end
    established,
    closed,  ///< the other end has said its last, in order
    failed,
  };

  /// To a host of this name, or address: TLS 1.2 or later. A system whose OpenSSL cannot: failed from the
  /// first step.
  explicit Tls(const std::string& host);
  ~Tls();
  Tls(const Tls&) = delete;
  Tls& operator=(const Tls&) = delete;

  /// Bytes from the connection. All are taken.
  void add(base::BytesView bytes);
  /// Goes on as far as that reaches.
  Step handshake();
  /// What was said, appended to `out`.
  Step read(base::Bytes& out);
  void write(base::BytesView bytes);
  /// This end says no more.
  void shut_down();
  /// What is to go to the connection, appended to `out`.
  void take_output(base::Bytes& out);
  /// Of a failure, as a sentence for people.
  [[nodiscard]] std::string trouble() const;

 private:
  struct Free {
    void operator()(ssl_st* ssl) const;
  };
  std::unique_ptr<ssl_st, Free> ssl_;
  bio_st* in_ = nullptr;   // of ssl_
  bio_st* out_ = nullptr;  // of ssl_
  std::string trouble_;
};

}  // namespace parlor::platform::native
