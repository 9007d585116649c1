// links: parlor_ice
// Datagrams to an agent that is alone, that checks, and that is connected: from anybody, and from a peer who
// knows the password and then says what it likes. Memory and output stay bounded, deadlines lie ahead.

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "ice/agent.hpp"
#include "ice/binding.hpp"
#include "stun/attributes.hpp"
#include "stun/writer.hpp"

namespace {

using namespace parlor::ice;
using parlor::base::Bytes;
using parlor::base::BytesView;
using parlor::base::SocketAddress;
namespace stun = parlor::stun;

constexpr int kMostDatagrams = 400;  // that one input may lead to

void check(bool holds) {
  if (!holds) std::abort();
}

SocketAddress address(std::uint8_t last) {
  return {parlor::base::IpAddress::v4({192, 0, 2, 1}), static_cast<std::uint16_t>(1 + last)};
}

class Attacked {
 public:
  explicit Attacked(std::uint8_t how) : random_(1), agent_(now_, {.lite = (how & 4) != 0}, random_) {
    agent_.set_role((how & 1) != 0 ? Role::controlling : Role::controlled);
    agent_.add_address(now_, here_, 65535);
    if ((how & 2) != 0) agent_.set_remote(now_, peer_, (how & 8) != 0);
    drain();
  }
  void datagram(std::uint8_t from, BytesView bytes) {
    if (is_stun(bytes)) agent_.handle_datagram(now_, here_, address(from), bytes);
    (void)ufrag_of(bytes);
    drain();
  }
  /// A request or an answer with the right integrity around attributes that are the input's.
  void signed_message(std::uint8_t from, std::uint8_t kind, BytesView attributes) {
    std::array<std::byte, 700> buffer{};
    const bool answer = (kind & 1) != 0;
    stun::MessageWriter writer(buffer,
                               !answer           ? stun::MessageClass::request
                               : (kind & 2) != 0 ? stun::MessageClass::error
                                                 : stun::MessageClass::success,
                               stun::Method::binding, answer ? last_ : stun::TransactionId{});
    if (!answer) writer.add<stun::Username>(agent_.local_credentials().ufrag + ":" + peer_.ufrag);
    parlor::base::ByteReader reader(attributes);
    while (const auto type = reader.u16()) {
      const auto size = reader.u8();
      const auto value = size ? reader.take(*size) : std::nullopt;
      if (!value) break;
      writer.add(stun::AttributeType{*type}, *value);
    }
    writer.add_message_integrity(
        parlor::base::as_bytes(answer ? peer_.password : agent_.local_credentials().password));
    writer.add_fingerprint();
    const auto message = writer.finish();
    if (message.empty()) return;
    agent_.handle_datagram(now_, here_, address(from), message);
    drain();
  }
  void candidate(std::uint8_t which) {
    agent_.add_remote_candidate(now_, {.address = address(which), .priority = which, .foundation = "1"});
    drain();
  }
  void wait(std::uint8_t steps) {
    now_ += parlor::base::milliseconds(steps * steps);
    if (const auto due = agent_.poll_timeout(); due && *due <= now_) agent_.handle_timeout(now_);
    drain();
    const auto next = agent_.poll_timeout();
    check(!next || *next > now_);
  }
  void restart() {
    agent_.restart(now_);
    drain();
  }
  void data(std::uint8_t from) {
    agent_.handle_data(now_, here_, address(from));
    drain();
  }

 private:
  void drain() {
    int count = 0;
    while (const auto transmit = agent_.poll_transmit()) {
      check(++count < kMostDatagrams && !transmit->bytes.empty() && transmit->local == here_);
      if (const auto message = stun::Message::parse(transmit->bytes)) last_ = message->transaction_id();
    }
    while (agent_.poll_event()) continue;
    check(agent_.pairs().size() <= Checklist::kMostPairs);
    check(agent_.local_candidates().size() <= 64);
  }

  parlor::base::Time now_ = parlor::base::time_from(parlor::base::seconds(1));
  parlor::base::SeededRandom random_;
  SocketAddress here_{parlor::base::IpAddress::v4({192, 0, 2, 2}), 9};
  Credentials peer_{"peer", "peer-password-012345678"};
  stun::TransactionId last_{};
  Agent agent_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parlor::base::ByteReader reader(std::as_bytes(std::span(data, size)));
  const auto first = reader.u8();
  if (!first) return 0;
  Attacked attacked(*first);
  while (const auto what = reader.u8()) {
    const auto how = reader.u8();
    if (!how) break;
    switch (*what % 8) {
      case 0:
        attacked.wait(*how);
        break;
      case 1:
        attacked.candidate(*how);
        break;
      case 2:
        attacked.data(*how);
        break;
      case 3:
        if (*how == 0xff) attacked.restart();
        break;
      case 4:
        if (const auto bytes = reader.take(*how))
          attacked.datagram(static_cast<std::uint8_t>(*what / 8), *bytes);
        break;
      default:
        if (const auto bytes = reader.take(*how % 64U))
          attacked.signed_message(static_cast<std::uint8_t>(*what / 32), *how, *bytes);
    }
  }
  return 0;
}
