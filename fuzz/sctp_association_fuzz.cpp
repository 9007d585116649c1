// links: parlor_sctp
// A peer that has agreed on everything and then sends what it likes, when it likes: nothing is read beyond
// it, time and output stay bounded, and deadlines lie ahead.

#include <array>
#include <cstdint>
#include <cstdlib>

#include "base/random.hpp"
#include "sctp/association/association.hpp"

namespace {

using namespace parlor::sctp;
using parlor::base::Bytes;
using parlor::base::BytesView;

constexpr int kMostPackets = 2000;  // that one input may lead to

void check(bool holds) {
  if (!holds) std::abort();
}

class Attacked {
 public:
  explicit Attacked(bool interleaving) : random_(1), association_(options(interleaving), random_) {
    const auto own = read_init_chunk(association_.local_init());
    tag_ = own->tag;
    Init peer = *own;
    peer.tag = 7;
    peer.initial_tsn = Tsn(0xfffffff0);
    check(association_.connect_with(now_, write_init_chunk(peer)));
    drain();
  }

  void packet(BytesView chunks) {
    Bytes bytes(12);
    parlor::base::ByteWriter writer(bytes);
    writer.u16(5000);
    writer.u16(5000);
    writer.u32(tag_);
    writer.u32(0);  // agreed on: none
    bytes.insert(bytes.end(), chunks.begin(), chunks.end());
    association_.handle_packet(now_, bytes);
    drain();
  }
  void wait(std::uint8_t steps) {
    now_ += parlor::base::milliseconds(steps * steps);
    if (const auto at = association_.poll_timeout(); at && *at <= now_) association_.handle_timeout(now_);
    drain();
    const auto next = association_.poll_timeout();
    check(!next || *next > now_);
  }
  void send(std::uint8_t how) {
    const Bytes message(1 + how * 40U);
    SendOptions options;
    options.unordered = (how & 1) != 0;
    if ((how & 2) != 0) options.max_retransmits = std::uint16_t{0};
    if ((how & 4) != 0) options.lifetime = parlor::base::milliseconds(50);
    (void)association_.send(now_, how % 8, 53, message, options);
    drain();
  }
  void reset(std::uint8_t stream) {
    (void)association_.reset_streams(now_, std::array<StreamId, 1>{static_cast<StreamId>(stream % 8)});
    drain();
  }
  void shut_down() {
    association_.shut_down(now_);
    drain();
  }

 private:
  static AssociationOptions options(bool interleaving) {
    AssociationOptions options;
    options.extensions.interleaving = interleaving;
    options.receive = {.memory = 20'000, .largest_message = 5'000, .streams = 16};
    options.send_buffer = 40'000;
    return options;
  }
  void drain() {
    int packets = 0;
    std::array<std::byte, 1200> buffer{};
    while (const std::size_t size = association_.poll_transmit(buffer)) {
      check(size <= 1115 && ++packets < kMostPackets);
    }
    while (association_.poll_event()) continue;
  }

  parlor::base::Time now_ = parlor::base::time_from(parlor::base::seconds(1));
  parlor::base::SeededRandom random_;
  Association association_;
  VerificationTag tag_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  parlor::base::ByteReader reader(std::as_bytes(std::span(data, size)));
  const auto first = reader.u8();
  if (!first) return 0;
  Attacked attacked((*first & 1) != 0);
  while (const auto what = reader.u8()) {
    const auto how = reader.u8();
    if (!how) break;
    switch (*what % 8) {
      case 0:
        attacked.wait(*how);
        break;
      case 1:
        attacked.send(*how);
        break;
      case 2:
        attacked.reset(*how);
        break;
      case 3:
        if (*how == 0xff) attacked.shut_down();
        break;
      default:
        if (const auto chunks = reader.take(*how)) attacked.packet(*chunks);
    }
  }
  return 0;
}
