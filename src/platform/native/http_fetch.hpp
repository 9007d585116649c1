#pragma once
// One GET over HTTP/1.1, as much of it as a room needs to ask for its ICE servers: no redirects, no cookies.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "native/connection.hpp"
#include "native/http_response.hpp"
#include "native/loop.hpp"

namespace parlor::platform::native {

class HttpFetch final : public std::enable_shared_from_this<HttpFetch>, private ConnectionOwner {
 public:
  using Callback = std::function<void(const std::string& body)>;
  static constexpr base::Duration kDeadline = base::seconds(10);
  /// No answer of the server is longer (docs/signaling.md).
  static constexpr std::size_t kMaxBody = 65'536;

  /// `callback` is told the body of status 200, from the loop; of anything else it hears nothing.
  [[nodiscard]] static std::shared_ptr<HttpFetch> get(Loop& loop, std::string_view url, Callback callback);
  ~HttpFetch() override;
  /// Nothing is told any more.
  void cancel();

 private:
  HttpFetch(Loop& loop, Callback callback);
  void on_connected() override;
  void on_data(base::BytesView bytes) override;
  void on_sent() override {}
  void on_lost(std::string_view why) override;
  void conclude();

  Loop& loop_;
  Callback callback_;
  Loop::Timer deadline_;
  HttpResponse response_{kMaxBody};
  std::string request_;
  std::shared_ptr<Connection> connection_;
};

}  // namespace parlor::platform::native
