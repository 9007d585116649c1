// Both sides over a network that loses, doubles and reorders: what each kind of message is promised.

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "base/random.hpp"
#include "sctp/packet/test_support.hpp"
#include "sctp/rx/reassembly.hpp"
#include "sctp/rx/received.hpp"
#include "sctp/tx/outstanding.hpp"

namespace parlor::sctp {
namespace {

using base::milliseconds;
using base::time_from;

#ifdef PARLOR_SLOWED
constexpr std::uint64_t kSeeds = 50;
#else
constexpr std::uint64_t kSeeds = 200;
#endif

TEST(Outstanding, ReliableMessagesArriveOnceAndInOrderAndOthersAtMostOnce) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    base::SeededRandom random(seed);
    const bool interleaved = seed % 2 == 0;
    const std::uint32_t loss = random.below(31);
    const Tsn initial(0xfffffff0);
    SendQueue queue;
    queue.set_interleaved(interleaved);
    Outstanding sent(initial, queue);
    sent.set_interleaved(interleaved);
    ReceivedTsns received(initial);
    Reassembly reassembly{{}};
    base::Time now = time_from(base::seconds(1));
    base::Time last_progress = now;
    struct UnderWay {
      base::Time arrives;
      base::Bytes packet;
    };
    std::vector<UnderWay> there;
    std::vector<UnderWay> back;
    const auto put = [&](std::vector<UnderWay>& way, base::BytesView packet) {
      for (std::uint32_t copies = random.below(100) < loss ? 0
                                  : random.below(50) == 0  ? 2
                                                           : 1;
           copies > 0; --copies)
        way.push_back({now + milliseconds(20 + random.below(30)), {packet.begin(), packet.end()}});
    };
    std::uint32_t made = 0;
    std::map<StreamId, std::uint32_t> due;
    std::set<std::uint32_t> once;
    std::map<std::uint32_t, StreamId> reliable;
    bool moved = false;
    for (int step = 0; step < 40'000 && (step < 400 || !reliable.empty() || !sent.empty()); ++step) {
      now += milliseconds(5);
      if (step < 400 && random.below(3) == 0) {
        OutgoingMessage message;
        message.stream = static_cast<StreamId>(random.below(4));
        message.bytes.resize(4 + random.below(3000));
        base::ByteWriter(message.bytes).u32(made);
        if (message.stream == 1) message.max_retransmits = static_cast<std::uint16_t>(random.below(2));
        if (message.stream == 2) message.expires = now + milliseconds(random.below(200));
        message.unordered = message.stream == 3 || (message.stream == 1 && random.below(2) == 0);
        if (message.stream == 0 || message.stream == 3) reliable[made] = message.stream;
        ++made;
        queue.add(std::move(message));
      }
      sent.abandon_expired(now);
      for (int packets = 0; packets < 3; ++packets) {
        base::Bytes buffer(1200);
        PacketWriter writer(buffer, 1, 1, 1);
        if (moved || now - last_progress > milliseconds(300)) (void)sent.write_forward(writer);
        while (const auto again = sent.next_lost(now, writer.room()))
          write_data(writer, again->fragment.chunk(again->tsn), interleaved);
        while (writer.room() > 40 && sent.in_flight() < 20'000) {
          auto fragment = queue.next(now, writer.room() - 24);
          if (!fragment) break;
          const OutgoingFragment copy = *fragment;
          write_data(writer, copy.chunk(sent.add(now, std::move(*fragment))), interleaved);
        }
        if (!writer.empty()) put(there, writer.finish(false));
      }
      moved = false;
      for (std::size_t i = 0; i < there.size();) {
        if (there[i].arrives > now) {
          ++i;
          continue;
        }
        const base::Bytes bytes = std::move(there[i].packet);
        there.erase(there.begin() + static_cast<std::ptrdiff_t>(i));
        const auto arrived = Packet::parse(bytes, Checksum::required);
        for (const Chunk& chunk : *arrived) {
          if (chunk.type == ChunkType::forward_tsn || chunk.type == ChunkType::i_forward_tsn) {
            const auto forward = ForwardTsn::read(chunk);
            std::vector<Skipped> skipped;
            for (std::size_t one = 0; one < forward->count(); ++one) skipped.push_back(forward->skipped(one));
            if (received.skip_to(forward->cumulative()))
              reassembly.skip(received.cumulative(), skipped, interleaved);
            continue;
          }
          const auto data = read_data(chunk);
          if (received.would(data->tsn) == ReceivedTsns::Arrival::first) {
            const bool next = data->tsn == received.cumulative() + 1;
            const auto taken = reassembly.add(*data, interleaved, next);
            ASSERT_NE(taken, Reassembly::Taken::violation) << "seed " << seed;
            if (taken == Reassembly::Taken::no_room) continue;
          }
          (void)received.add(data->tsn);
        }
        while (const auto message = reassembly.poll()) {
          const std::uint32_t number = *base::ByteReader(message->bytes).u32();
          EXPECT_TRUE(once.insert(number).second) << "seed " << seed << ": " << number << " came twice";
          reliable.erase(number);
          if (message->unordered) continue;
          EXPECT_GE(number, due[message->stream]) << "seed " << seed << " stream " << message->stream;
          due[message->stream] = number + 1;
        }
        base::Bytes buffer(1200);
        PacketWriter writer(buffer, 1, 1, 1);
        write_sack(writer, received.cumulative(), 100'000, received.gaps(), received.duplicates());
        received.forget_duplicates();
        put(back, writer.finish(false));
      }
      for (std::size_t i = 0; i < back.size();) {
        if (back[i].arrives > now) {
          ++i;
          continue;
        }
        const base::Bytes bytes = std::move(back[i].packet);
        back.erase(back.begin() + static_cast<std::ptrdiff_t>(i));
        const auto packet = Packet::parse(bytes, Checksum::required);
        const auto outcome = sent.handle_sack(now, *Sack::read(*packet->begin()));
        if (outcome.advanced || outcome.bytes > 0) last_progress = now;
        moved = moved || outcome.counts;
      }
      if (!sent.empty() && now - last_progress > milliseconds(400)) {
        sent.timed_out(now);
        last_progress = now;
      }
    }
    EXPECT_TRUE(reliable.empty()) << "seed " << seed << ": " << reliable.size() << " are missing";
    EXPECT_TRUE(sent.empty()) << "seed " << seed;
    EXPECT_EQ(sent.in_flight(), 0U) << "seed " << seed;
    EXPECT_EQ(reassembly.memory(), 0U) << "seed " << seed;
    EXPECT_FALSE(received.has_gaps()) << "seed " << seed;
  }
}

}  // namespace
}  // namespace parlor::sctp
