#include "server/http_session.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <optional>
#include <utility>

#include "server/beast_stream.hpp"
#include "server/log.hpp"
#include "server/worker.hpp"
#include "signaling/messages.hpp"

namespace parlor::server {
namespace {

namespace beast = boost::beast;
namespace bhttp = beast::http;
using Parser = bhttp::request_parser<bhttp::empty_body>;

constexpr const char* kForwardedFor = "X-Forwarded-For";

std::string text_of(const Parser::value_type& request, bhttp::field field) {
  const auto value = request[field];
  return {value.data(), value.size()};
}

/// What all lines of that name say, as if it were one (RFC 9110 §5.3). A proxy may add a line of its own
/// below the client's.
std::string all_lines_of(const Parser::value_type& request, const char* name) {
  std::string all;
  const auto [first, last] = request.equal_range(name);
  for (auto line = first; line != last; ++line) {
    if (line != first) all += ", ";
    all.append(line->value().data(), line->value().size());
  }
  return all;
}

class HttpSession final : public Session {
 public:
  HttpSession(Worker& worker, Descriptor socket, const base::IpAddress& peer, bool over_loopback,
              Admission::Place place, Refusal refusal)
      : worker_(worker),
        stream_(worker.poller(), socket.release(), worker.counters().bytes),
        peer_(peer),
        over_loopback_(over_loopback),
        place_(std::move(place)),
        refusal_(refusal),
        began_(now()),
        deadline_(began_ + base::seconds(worker.shared().config.handshake_seconds)) {
    stream_.set_owner(this);
  }

  void read() {
    state_ = State::reading;
    parser_.emplace();
    parser_->header_limit(kMaxHeader);
    bhttp::async_read_header(
        stream_, buffer_, *parser_,
        [self = self()](boost::system::error_code error, std::size_t) { self->on_header(error); });
  }

  void sweep(base::Time time) override {
    stream_.recover_budget();
    // It has no place: it must not hold a descriptor for long, whatever it does.
    if (refusal_ != Refusal::none && time - began_ >= kRefusedDeadline) return abort();
    if (state_ == State::writing && stream_.take_progress()) deadline_ = time + kWriteDeadline;
    if (state_ == State::closing && !close_deadline_) close_deadline_ = time + kCloseDeadline;
    if (close_deadline_ && time >= *close_deadline_) return abort();
    if (state_ == State::closing || state_ == State::waiting || time < deadline_) return;
    if (state_ == State::writing) return abort();
    // Ends the read; what is said about it is decided there.
    timed_out_ = true;
    stream_.cancel();
  }

  void shut_down(base::Time) override {
    if (state_ != State::reading) return;  // an answer is under way: it goes out first
    timed_out_ = true;
    stream_.cancel();
  }

  void flush() override { stream_.flush(); }

  void abort() override {
    state_ = State::closing;
    stream_.abort();
    worker_.remove(*this);
  }

  void on_sent() override {
    if (state_ == State::writing && stream_.queue().empty()) answered();
  }
  void on_closed() override { abort(); }

 private:
  enum class State { reading, waiting, writing, closing };

  std::shared_ptr<HttpSession> self() { return std::static_pointer_cast<HttpSession>(shared_from_this()); }

  void close() {
    state_ = State::closing;
    stream_.close();
  }

  void on_header(boost::system::error_code error) {
    if (!stream_.is_open()) return;
    if (error == bhttp::error::end_of_stream) return close();
    if (timed_out_) return on_timeout();
    if (error) return on_bad_request(error);
    const auto& message = parser_->get();
    keep_alive_ = message.keep_alive();
    HttpRequest request = make_request(message);
    if (refusal_ != Refusal::none) {
      return last_answer(
          plain_response(503, refusal_ == Refusal::server_full
                                  ? "This server has as many connections as it takes."
                                  : "There are as many connections from your network as this server takes."));
    }
    HttpService::Decision decision = worker_.shared().service.decide(request);
    switch (decision.wants) {
      case HttpService::Wants::upgrade:
        return upgrade(request, decision.target);
      case HttpService::Wants::metrics:
        return answer_metrics(request.method == "HEAD");
      case HttpService::Wants::answer:
        break;
    }
    if (decision.bad_origin)
      count_refusal("origin_refused", "origin", request.origin.value_or(""), request.client);
    if (decision.bad_host)
      count_refusal("host_refused", "host", request.host ? request.host->name : "", request.client);
    answer(std::move(decision.response));
  }

  /// What the browser says that its page comes from, or was looked for under, is not allowed.
  void count_refusal(std::string_view event, std::string_view what, const std::string& value,
                     const base::IpAddress& client) {
    worker_.counters().count(TurnedAway::bad_origin);
    if (!worker_.logs_refusal()) return;
    log_event(LogLevel::info, event, {{what, value.substr(0, 128)}, {"from", logged(client)}});
  }

  HttpRequest make_request(const Parser::value_type& message) const {
    HttpRequest request;
    request.method = std::string(message.method_string());
    request.target = std::string(message.target());
    const std::string host = text_of(message, bhttp::field::host);
    const std::size_t hosts = message.count(bhttp::field::host);
    request.host = http::parse_host(host);
    // RFC 9112 §3.2. An empty one is in order: the client has no name for this server.
    request.bad_host =
        hosts > 1 || (hosts == 0 && message.version() >= 11) || (!request.host && !host.empty());
    if (message.count(bhttp::field::origin) > 0) request.origin = text_of(message, bhttp::field::origin);
    request.accept_encoding = text_of(message, bhttp::field::accept_encoding);
    request.if_none_match = text_of(message, bhttp::field::if_none_match);
    request.through_proxy = message.count(kForwardedFor) > 0 || message.count(bhttp::field::forwarded) > 0;
    request.client = http::client_address(peer_, all_lines_of(message, kForwardedFor),
                                          worker_.shared().config.trusted_proxies);
    request.over_loopback = over_loopback_;
    request.is_upgrade = beast::websocket::is_upgrade(message);
    request.has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
    return request;
  }

  void on_timeout() {
    worker_.counters().count(TurnedAway::request_timeout);
    const bool said_something = parser_->got_some() || buffer_.size() > 0;
    if (!said_something || worker_.stopping()) return close();
    last_answer(plain_response(408, "The request did not arrive in time."));
  }

  void on_bad_request(boost::system::error_code error) {
    if (error.category() != bhttp::make_error_code(bhttp::error::bad_method).category() ||
        error == bhttp::error::partial_message) {
      return abort();  // the connection broke
    }
    worker_.counters().count(TurnedAway::bad_request);
    const bool too_long = error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow;
    last_answer(too_long ? plain_response(431, "The request's header is longer than this server takes.")
                         : plain_response(400, "This is no HTTP/1.1 request."));
  }

  void upgrade(const HttpRequest& request, const http::Target& target) {
    // A client must not send a frame before it has read the answer (RFC 6455 §4.1); Beast could not take it
    // either.
    if (buffer_.size() > 0)
      return last_answer(plain_response(400, "A frame came before the handshake was answered."));
    if (place_.taken() && request.client != peer_ &&
        worker_.shared().admission.move(request.client, place_) != Refusal::none) {
      worker_.counters().count(TurnedAway::site_full);
      return last_answer(
          plain_response(503, "There are as many connections from your network as this server takes."));
    }
    Upgrade upgrade;
    upgrade.request = std::make_shared<const Parser::value_type>(parser_->release());
    upgrade.client = request.client;
    upgrade.ice_servers = worker_.shared().service.ice_servers(request.host);
    upgrade.entry = signaling::parse_upgrade_query(target.query);
    state_ = State::closing;
    const auto alive = shared_from_this();
    worker_.remove(*this);
    worker_.upgrade(Descriptor(stream_.release()), std::move(place_), std::move(upgrade));
  }

  void answer_metrics(bool head_only) {
    state_ = State::waiting;
    worker_.collect([self = self(), head_only](const MetricsSnapshot& snapshot) {
      HttpResponse response = metrics_response(metrics_text(snapshot));
      response.head_only = head_only;
      if (self->stream_.is_open()) self->answer(std::move(response));
    });
  }

  void last_answer(HttpResponse response) {
    response.close = true;
    answer(std::move(response));
  }

  void answer(HttpResponse response) {
    response.close = response.close || !keep_alive_ || worker_.stopping();
    keep_alive_ = !response.close;
    ++worker_.counters().responses[response.status];
    state_ = State::writing;
    deadline_ = now() + kWriteDeadline;
    SendQueue& queue = stream_.queue();
    queue.push_bytes(std::make_shared<const std::string>(head_of(response)));
    if (response.body && !response.head_only) queue.push_bytes(response.body);
    stream_.flush();
    if (queue.empty()) answered();
  }

  void answered() {
    if (!keep_alive_) return close();
    deadline_ = now() + kKeepAlive;
    // Not from within the last read's handler: a client that sends many requests at once must not deepen the
    // stack.
    state_ = State::reading;
    net::post(stream_.get_executor(), [self = self()] {
      if (self->stream_.is_open() && self->state_ == State::reading) self->read();
    });
  }

  Worker& worker_;
  Stream stream_;
  const base::IpAddress peer_;
  const bool over_loopback_;
  Admission::Place place_;
  const Refusal refusal_;
  State state_ = State::reading;
  const base::Time began_;
  base::Time deadline_;
  std::optional<base::Time> close_deadline_;
  bool timed_out_ = false;
  bool keep_alive_ = false;
  std::optional<Parser> parser_;
  beast::flat_buffer buffer_{2 * kMaxHeader};
};

}  // namespace

std::shared_ptr<Session> make_http_session(Worker& worker, Descriptor socket, const base::IpAddress& peer,
                                           bool over_loopback, Admission::Place place, Refusal refusal) {
  return std::make_shared<HttpSession>(worker, std::move(socket), peer, over_loopback, std::move(place),
                                       refusal);
}

void start_http_session(const std::shared_ptr<Session>& session) {
  static_cast<HttpSession&>(*session).read();
}

}  // namespace parlor::server
