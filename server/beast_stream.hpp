#pragma once
// What Beast's WebSocket wants to know of Stream besides reading and writing, without including Beast.

#include <boost/asio/post.hpp>
#include <utility>

#include "server/stream.hpp"

namespace boost::beast {
enum class role_type;
}

namespace parlor::server {

/// The end of a WebSocket: nothing to do here, since what was written is only queued; the session closes the
/// stream.
inline void teardown(boost::beast::role_type, Stream&, boost::system::error_code& error) {
  error = {};
}
template <class Handler>
void async_teardown(boost::beast::role_type, Stream& stream, Handler&& handler) {
  net::post(stream.get_executor(),
            [handler = std::forward<Handler>(handler)]() mutable { handler(boost::system::error_code()); });
}
/// Beast's own timeouts end here; they are switched off.
inline void beast_close_socket(Stream& stream) {
  stream.abort();
}

}  // namespace parlor::server
