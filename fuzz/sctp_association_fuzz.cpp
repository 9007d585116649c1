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
  void too_large(std::uint8_t how) {
    association_.handle_too_large(now_, how * 8U);
    drain();
  }
  void change_path(std::uint8_t how) {
    association_.set_reachable(now_, (how & 1) != 0);
    if ((how & 2) != 0) association_.set_path(now_, 1000 + how, 1000 + how * 2U);
    drain();
  }
  void answer_probe() {
    if (heartbeat_.empty()) return;
    Bytes chunks(4);
    parlor::base::ByteWriter writer(chunks);
    writer.u8(static_cast<std::uint8_t>(ChunkType::heartbeat_ack));
    writer.u8(0);
    writer.u16(static_cast<std::uint16_t>(4 + heartbeat_.size()));
    chunks.insert(chunks.end(), heartbeat_.begin(), heartbeat_.end());
    heartbeat_.clear();
    packet(chunks);
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
    options.largest_packet = 1432;
    return options;
  }
  void drain() {
    int packets = 0;
    std::array<std::byte, 2048> buffer{};
    while (const std::size_t size = association_.poll_transmit(buffer)) {
      check(size <= association_.largest_packet() && ++packets < kMostPackets);
      const auto packet = Packet::parse(BytesView(buffer).first(size), Checksum::zero_too);
      check(packet.has_value());
      for (const Chunk& chunk : *packet) {
        if (chunk.type == ChunkType::heartbeat) heartbeat_.assign(chunk.value.begin(), chunk.value.end());
      }
    }
    while (association_.poll_event()) continue;
  }

  parlor::base::Time now_ = parlor::base::time_from(parlor::base::seconds(1));
  parlor::base::SeededRandom random_;
  Association association_;
  VerificationTag tag_ = 0;
  Bytes heartbeat_;  ///< the latest that it sent
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
        if (*how == 0xff) {
          attacked.shut_down();
        } else if (*how >= 0xc0) {
          attacked.answer_probe();
        } else if (*how >= 0x80) {
          attacked.change_path(*how);
        } else {
          attacked.too_large(*how);
        }
        break;
      default:
        if (const auto chunks = reader.take(*how)) attacked.packet(*chunks);
    }
  }
  return 0;
}
