#include "native/http_fetch.hpp"

#include <utility>

namespace parlor::platform::native {

std::shared_ptr<HttpFetch> HttpFetch::get(Loop& loop, std::string_view url, Callback callback) {
  std::shared_ptr<HttpFetch> fetch(new HttpFetch(loop, std::move(callback)));
  const auto parsed = parse_url(url);
  if (!parsed) return fetch;
  fetch->request_ = "GET " + parsed->target + " HTTP/1.1\r\nHost: " + parsed->authority() +
                    "\r\nAccept: application/json\r\nConnection: close\r\n\r\n";
  ConnectionOwner& owner = *fetch;
  fetch->connection_ = std::make_shared<Connection>(loop, owner, *parsed);
  fetch->deadline_.set(now() + kDeadline);
  return fetch;
}

HttpFetch::HttpFetch(Loop& loop, Callback callback)
    : loop_(loop), callback_(std::move(callback)), deadline_(loop, [this] { cancel(); }) {}

HttpFetch::~HttpFetch() = default;

void HttpFetch::cancel() {
  callback_ = nullptr;
  deadline_.set(std::nullopt);
  if (connection_) loop_.bury(std::exchange(connection_, nullptr));
  // It may be one of its own calls that led here.
  loop_.bury(shared_from_this());
}

void HttpFetch::on_connected() {
  connection_->send(base::as_bytes(request_));
  connection_->flush();
}

void HttpFetch::on_data(base::BytesView bytes) {
  response_.add(base::as_text(bytes));
  conclude();
}

void HttpFetch::on_lost(std::string_view) {
  response_.end();
  conclude();
}

void HttpFetch::conclude() {
  const bool complete = response_.state() == HttpResponse::State::complete;
  if (!complete && response_.state() != HttpResponse::State::bad) return;
  Callback callback = std::exchange(callback_, nullptr);
  cancel();
  if (complete && callback && response_.head().status == 200) callback(response_.body());
}

}  // namespace parlor::platform::native
