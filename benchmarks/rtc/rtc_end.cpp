// Connections of ours over the sockets and the loop that native rooms have, driven by lines like the other
// stacks' rtc_end.mjs: "new N", "offer N", "description N offer|answer SDP", "candidate N TEXT"; "bulk N SIZE
// MS", "flood N SIZE PER_MS MS", "ping N SIZE COUNT", "steady N SIZE HZ MS", "echo on|off", "report", "quit".
// Channel 0 is reliable, 1 neither ordered nor repeated.

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "crypto/system_random.hpp"
#include "dtls/openssl_transport.hpp"
#include "native/clock.hpp"
#include "native/loop.hpp"
#include "native/udp_socket.hpp"
#include "rtc/connection.hpp"
#include "rtc/demultiplexer.hpp"

namespace {

using namespace parlor;
using platform::native::Loop;
using platform::native::now;
using platform::native::UdpSocket;

constexpr std::size_t kMostBuffered = 1 << 20;

class Program {
 public:
  Program(dtls::CipherPreference preference, bool a_port_each)
      : preference_(preference), a_port_each_(a_port_each) {}

  void run() {
    Loop::Watch input(loop_, STDIN_FILENO, true, false, [this](platform::native::Ready) { read_input(); });
    while (!over_) {
      loop_.turn(base::seconds(1));
      drain_all();
      std::fflush(stdout);
    }
  }

 private:
  struct One {
    One(Program& program, rtc::ConnectionId id_)
        : id(id_),
          connection(now(), {.fingerprint = program.context_->fingerprint(), .polite = id_ % 2 == 0},
                     dtls::make_transport(program.context_, {.preference = program.preference_}),
                     program.random_),
          timer(program.loop_, [this, &program] {
            connection.handle_timeout(now());
            program.touched_.push_back(this);
          }) {}
    rtc::ConnectionId id;
    rtc::Connection connection;
    Loop::Timer timer;
    UdpSocket* socket = nullptr;
    std::size_t opened = 0;
  };
  struct Work {
    One* one = nullptr;
    base::Bytes message;
    base::Time until{};
    base::Time next{};
    base::Duration every{};
    std::size_t each = 0;  ///< messages at a time; 0: as many as fit
    datachannel::ChannelId channel = 0;
  };

  void open(rtc::ConnectionId id) {
    One& one = *ones_.emplace(id, std::make_unique<One>(*this, id)).first->second;
    if (sockets_.empty() || a_port_each_) open_socket();
    one.socket = sockets_.back().get();
    (void)demultiplexer_.add(id, one.connection.ufrag());
    one.connection.add_address(now(), one.socket->local(), 65535);
    one.connection.finish_gathering(now());
    (void)one.connection.open_channel(now(), {.label = "reliable", .negotiated = datachannel::ChannelId{0}});
    (void)one.connection.open_channel(now(),
                                      {.label = "unreliable",
                                       .reliability = {.ordered = false, .max_retransmits = std::uint16_t{0}},
                                       .negotiated = datachannel::ChannelId{1}});
  }
  void open_socket() {
    const auto local = std::make_shared<base::SocketAddress>();
    auto opened = UdpSocket::open(loop_, *base::SocketAddress::parse("127.0.0.1:0"),
                                  [this, local](const base::SocketAddress& from, std::span<std::byte> bytes) {
                                    receive(*local, from, bytes);
                                  });
    *local = (*opened)->local();
    sockets_.push_back(std::move(*opened));
  }
  void receive(const base::SocketAddress& local, const base::SocketAddress& from,
               std::span<std::byte> bytes) {
    const auto ids = demultiplexer_.find(local, from, bytes);
    if (ids.empty()) return;
    const rtc::ConnectionId id = ids.front();
    One& one = *ones_.at(id);
    one.connection.handle_datagram(now(), local, from, bytes);
    if (one.opened < 2) demultiplexer_.learn(id, local, from, one.connection.validation(local, from));
    touched_.push_back(&one);
    if (echo_ || one.opened < 2) drain(one);
  }
  void drain_all() {
    work();
    for (One* one : touched_) drain(*one);
    touched_.clear();
    for (const auto& [id, one] : ones_) {
      const auto due = one->connection.poll_timeout();
      one->timer.set(due);
    }
    for (const auto& socket : sockets_) socket->flush();
  }
  void drain(One& one) {
    // As it is: it is written before it is read.
    std::array<std::byte, rtc::Connection::kLargestDatagram> buffer;
    const base::Time time = now();
    for (;;) {
      if (auto event = one.connection.poll_event()) {
        hear(one, *event);
      } else if (const auto out = one.connection.poll_transmit(time, buffer)) {
        const auto datagram = std::span(buffer).first(out->size);
        if (one.opened < 2 || buffer[0] < std::byte{4}) demultiplexer_.handle_transmit(one.id, datagram);
        one.socket->send(out->remote, datagram);
      } else {
        break;
      }
    }
    if (echo_ || one.opened < 2) one.socket->flush();
  }
  void hear(One& one, const rtc::Event& event) {
    if (const auto* message = std::get_if<rtc::ChannelMessage>(&event)) {
      ++messages_;
      bytes_ += message->bytes.size();
      if (echo_) (void)one.connection.send(now(), message->id, message->bytes);
      if (pings_left_ > 0) pinged(one);
    } else if (const auto* made = std::get_if<rtc::DescriptionMade>(&event)) {
      std::printf("description %u %s %s\n", one.id, made->offer ? "offer" : "answer",
                  base::to_base64(base::as_bytes(made->sdp)).c_str());
    } else if (std::holds_alternative<rtc::ChannelOpened>(event)) {
      if (++one.opened == 2) std::printf("open %u\n", one.id);
    }
  }

  // ---- what is measured
  void work() {
    if (!work_) return;
    if (now() >= work_->until) {
      work_.reset();
      std::printf("done %zu\n", sent_);
      return;
    }
    Work& job = *work_;
    if (job.each == 0) {
      while (job.one->connection.buffered(job.channel) < kMostBuffered) send_one(job);
      // Goes on as acknowledgements come.
      touched_.push_back(job.one);
      return;
    }
    for (; job.next <= now(); job.next += job.every) {
      for (std::size_t i = 0; i < job.each; ++i) send_one(job);
    }
    touched_.push_back(job.one);
    wake_.set(job.next);
  }
  void send_one(Work& job) {
    if (job.one->connection.send(now(), job.channel, job.message) == sctp::SendResult::queued) ++sent_;
  }
  void ping(One& one) {
    ping_at_ = now();
    pinging_ = &one;
    lost_.set(ping_at_ + base::milliseconds(200));  // nobody promises that it arrives
    (void)one.connection.send(now(), 1, ping_);
    drain(one);
    one.socket->flush();
  }
  void pinged(One& one) {
    times_.push_back(std::chrono::duration<double, std::micro>(now() - ping_at_).count());
    if (--pings_left_ > 0) return ping(one);
    lost_.set(std::nullopt);
    std::ranges::sort(times_);
    std::printf("pinged %.1f %.1f\n", times_[times_.size() / 2], times_[times_.size() * 99 / 100]);
  }

  void read_input() {
    std::array<char, 65536> buffer{};
    const auto got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got <= 0) {
      over_ = true;
      return;
    }
    input_.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
      std::istringstream line(input_.substr(0, end));
      input_.erase(0, end + 1);
      carry_out(line);
    }
  }
  void carry_out(std::istringstream& line) {
    std::string what;
    rtc::ConnectionId id = 0;
    line >> what;
    if (what == "quit") {
      over_ = true;
      return;
    }
    if (what == "echo") {
      std::string on;
      line >> on;
      echo_ = on == "on";
      return;
    }
    if (what == "report") {
      std::printf("report %zu %zu\n", bytes_, messages_);
      bytes_ = messages_ = 0;
      return;
    }
    line >> id;
    if (what == "new") return open(id);
    One& one = *ones_.at(id);
    touched_.push_back(&one);
    std::size_t size = 0;
    std::int64_t amount = 0;
    std::int64_t ms = 0;
    if (what == "offer") {
      one.connection.negotiate(now());
    } else if (what == "description" || what == "candidate") {
      std::string type = "candidate";
      std::string text;
      if (what == "description") line >> type;
      line >> text;
      const base::Bytes decoded = base::from_base64(text).value_or(base::Bytes());
      if (what == "description")
        (void)one.connection.handle_description(now(), type == "offer", base::as_text(decoded));
      else
        (void)one.connection.handle_candidate(now(), base::as_text(decoded));
    } else if (what == "ping") {
      line >> size >> amount;
      ping_.assign(size, std::byte{7});
      pings_left_ = static_cast<std::size_t>(amount);
      times_.clear();
      ping(one);
    } else {
      line >> size;
      if (what != "bulk") line >> amount;
      line >> ms;
      sent_ = 0;
      Work job{.one = &one,
               .message = base::Bytes(size, std::byte{7}),
               .until = now() + base::milliseconds(ms),
               .next = now()};
      if (what == "flood") job.each = static_cast<std::size_t>(amount);
      if (what == "steady") job.each = 1;
      if (job.each > 0) job.channel = 1;
      job.every = what == "steady" ? base::Duration(base::seconds(1)) / amount
                                   : base::Duration(base::milliseconds(1));
      work_ = std::move(job);
      wake_.set(now());
      end_.set(work_->until);
    }
  }

  dtls::CipherPreference preference_;
  Loop loop_;
  crypto::SystemRandom random_;
  std::shared_ptr<const dtls::Context> context_ = dtls::Context::make();
  bool a_port_each_;
  std::vector<std::unique_ptr<UdpSocket>> sockets_;
  rtc::Demultiplexer demultiplexer_;
  std::map<rtc::ConnectionId, std::unique_ptr<One>> ones_;
  std::vector<One*> touched_;
  Loop::Timer wake_{loop_, [] {}};
  Loop::Timer end_{loop_, [] {}};
  std::optional<Work> work_;
  std::size_t sent_ = 0;
  std::size_t bytes_ = 0;
  std::size_t messages_ = 0;
  One* pinging_ = nullptr;
  Loop::Timer lost_{loop_, [this] { ping(*pinging_); }};
  base::Bytes ping_;
  base::Time ping_at_{};
  std::size_t pings_left_ = 0;
  std::vector<double> times_;
  std::string input_;
  bool echo_ = false;
  bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string_view> words(argv + 1, argv + argc);
  const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
  Program(has("--aes") ? dtls::CipherPreference::least_work : dtls::CipherPreference::fewest_bytes,
          has("--a-port-each"))
      .run();
  return 0;
}
