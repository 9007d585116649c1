// The promise that an answer costs no allocation: counts every operator new of the program while the
// responder works.

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <new>

#include "base/random.hpp"
#include "stun/attributes.hpp"
#include "stun/responder.hpp"
#include "stun/stream_framer.hpp"
#include "stun/test_support.hpp"
#include "stun/writer.hpp"

namespace {
std::size_t allocations = 0;
}

// Where the compiler inlines only one of a pair, it takes malloc and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace parlor::stun {
namespace {

TEST(StunResponderAllocation, AnswersWithoutAny) {
  base::SeededRandom random(1);
  RateTable<PlainCell> limit({.per_second = 100, .burst = 5}, random);
  const BehaviorAddresses behavior{
      {*base::IpAddress::parse("198.51.100.1"), *base::IpAddress::parse("203.0.113.1")}, {3478, 3479}};
  const Responder plain(std::nullopt, &limit);
  const Responder tests(behavior);
  std::array<std::byte, 512> in{};
  std::array<std::byte, 2048> out{};
  MessageWriter writer(in, MessageClass::request, Method::binding, test::kId);
  writer.add<ChangeRequest>({true, true});
  writer.add(AttributeType{0xC057}, {});
  const auto bytes = writer.finish();
  const base::SocketAddress ipv4 = test::address("192.0.2.1:1");
  const base::SocketAddress ipv6 = test::address("[2001:db8::1]:1");
  StreamFramer framer;

  const std::size_t before = allocations;
  std::size_t answers = 0;
  for (int i = 0; i < 10; ++i) {  // success, 420, rate limited, not STUN
    for (const base::SocketAddress& source : {ipv4, ipv6}) {
      answers += tests.respond({}, {source, Transport::udp, Origin{}, bytes}, out).size != 0 ? 1U : 0U;
      answers += plain.respond({}, {source, Transport::udp, std::nullopt, bytes}, out).size != 0 ? 1U : 0U;
      (void)plain.respond({}, {source, Transport::udp, std::nullopt, base::BytesView(bytes).first(19)}, out);
    }
    const auto space = framer.space();
    std::copy(bytes.begin(), bytes.end(), space.begin());
    framer.commit(bytes.size());
    while (framer.next()) ++answers;
  }
  EXPECT_EQ(allocations - before, 0u);
  EXPECT_EQ(answers, 20u + 10u + 10u);
}

}  // namespace
}  // namespace parlor::stun
