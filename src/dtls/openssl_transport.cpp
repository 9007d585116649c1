#include "dtls/openssl_transport.hpp"

#include "dtls/openssl_handshake.hpp"
#include "dtls/session.hpp"

namespace parlor::dtls {

std::unique_ptr<Transport> make_transport(std::shared_ptr<const Context> context,
                                          const TransportOptions& options) {
  return std::make_unique<Session>(std::make_unique<OpensslHandshake>(std::move(context), options),
                                   SessionOptions{options.mtu, options.handshake_timeout});
}

}  // namespace parlor::dtls
