// What connections hold and what records allocate: counts OpenSSL's memory and every operator new of the
// program.

#include <gtest/gtest.h>
#include <malloc.h>
#include <openssl/crypto.h>

#include <cstdlib>
#include <new>

#include "base/random.hpp"
#include "dtls/fake_transport.hpp"
#include "dtls/openssl_handshake.hpp"
#include "dtls/test_openssl_end.hpp"

namespace {

std::size_t allocated = 0;  // times
std::size_t held = 0;       // bytes

void* counted(void* memory) {
  if (memory != nullptr) ++allocated;
  held += malloc_usable_size(memory);
  return memory;
}
void give_back(void* memory) {
  held -= malloc_usable_size(memory);
  std::free(memory);
}

// Before main(), since OpenSSL takes no others once it has allocated.
const int kCounting =
    CRYPTO_set_mem_functions([](std::size_t size, const char*, int) { return counted(std::malloc(size)); },
                             [](void* memory, std::size_t size, const char*, int) {
                               held -= malloc_usable_size(memory);
                               return counted(std::realloc(memory, size));
                             },
                             [](void* memory, const char*, int) { give_back(memory); });

}  // namespace

// Where the compiler inlines only one of a pair, it takes malloc and delete for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  if (void* memory = counted(std::malloc(size == 0 ? 1 : size))) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  give_back(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  give_back(memory);
}

namespace parlor::dtls {
namespace {

constexpr std::size_t kMostConnected = 4096;  // bytes, of the 64 KB that a connection may take in all
constexpr std::size_t kMostIdle = 1024;

/// Two of ours, driven without a world around them.
class MemoryPair {
 public:
  explicit MemoryPair(CipherPreference preference) {
    const TransportOptions options{.preference = preference};
    for (auto& one : ends_) one = make_transport(context_, options);
    for (auto& one : ends_)
      one->set_remote_fingerprints(now_, std::array<Fingerprint, 1>{context_->fingerprint()});
  }
  void connect() {
    ends_[0]->start(now_, Role::client);
    ends_[1]->start(now_, Role::server);
    bool goes_on = true;
    while (goes_on) {
      const bool from_client = pass(0);
      const bool from_server = pass(1);
      goes_on = from_client || from_server;
    }
    for (auto& one : ends_) {
      while (one->poll_event()) continue;
    }
  }
  [[nodiscard]] Transport& end(std::size_t side) { return *ends_[side]; }
  [[nodiscard]] base::Time now() const { return now_; }

 private:
  bool pass(std::size_t from) {
    const std::size_t size = ends_[from]->poll_transmit(now_, buffer_);
    std::span<std::byte> rest = std::span(buffer_).first(size);
    EXPECT_FALSE(ends_[1 - from]->take(now_, rest));
    return size > 0;
  }

  std::shared_ptr<const Context> context_ = Context::make();
  std::array<std::unique_ptr<Transport>, 2> ends_;
  std::array<std::byte, 4096> buffer_{};
  base::Time now_ = base::time_from(seconds(1));
};

constexpr CipherPreference kPreferences[] = {CipherPreference::fewest_bytes, CipherPreference::least_work};

TEST(DtlsMemory, OfAConnectedTransportIsFourKilobytesAtMost) {
  ASSERT_EQ(kCounting, 1);
  for (const CipherPreference preference : kPreferences) {
    { MemoryPair(preference).connect(); }  // what the first one leaves behind for all
    MemoryPair pair(preference);
    const std::size_t idle = held;
    pair.connect();
    ASSERT_EQ(pair.end(0).state(), State::connected);
    ASSERT_EQ(pair.end(1).state(), State::connected);
    const std::size_t each = (held - idle) / 2;
    RecordProperty(preference == CipherPreference::least_work ? "aes" : "chacha", static_cast<int>(each));
    EXPECT_LE(each + kMostIdle, kMostConnected);
  }
}

TEST(DtlsMemory, OfOneThatDidNotBeginIsNextToNothing) {
  const auto context = Context::make();
  const std::size_t before = held;
  const auto transport = make_transport(context);
  RecordProperty("idle", static_cast<int>(held - before));
  EXPECT_LE(held - before, kMostIdle);
}

TEST(DtlsMemory, OfAHandshakeThatIsFloodedIsBounded) {
  const auto context = Context::make();
  const std::size_t before = held;
  OpensslHandshake handshake(context, {});
  const base::Time now = base::time_from(seconds(1));
  handshake.start(now, Role::server);
  Bytes record(kRecordHeaderSize + 12 + 100);
  std::uint64_t sequence = 0;
  for (const std::uint16_t epoch : {std::uint16_t{0}, std::uint16_t{1}}) {
    for (std::uint16_t message = 1; message < 200; ++message) {  // but not the first, which would be read
      const std::span<std::byte> whole(record);
      base::ByteWriter writer{whole.subspan(kRecordHeaderSize)};
      writer.u8(11);
      writer.u8(0);
      writer.u16(0x3fff);  // of 16 KB …
      writer.u16(message);
      writer.u32(0);  // … the beginning
      writer.u16(100);
      write_header(
          sized({.type = ContentType::handshake, .epoch = epoch, .sequence = sequence++}, record.size()),
          record);
      handshake.handle_record(now, record);
    }
  }
  EXPECT_EQ(handshake.state(), HandshakeState::running);
  RecordProperty("flooded", static_cast<int>(held - before));
  EXPECT_LE(held - before, OpensslHandshake::kMostMemory);
  EXPECT_GT(held - before, 200'000U) << "it was no flood";
}

TEST(DtlsMemory, OfEveryConnectionIsGivenBack) {
  { MemoryPair(CipherPreference::fewest_bytes).connect(); }
  const std::size_t before = held;
  for (int i = 0; i < 10; ++i) MemoryPair(CipherPreference::fewest_bytes).connect();
  EXPECT_LE(held, before + 1024);
}

TEST(DtlsMemory, IsNotAllocatedForRecords) {
  for (const CipherPreference preference : kPreferences) {
    MemoryPair pair(preference);
    pair.connect();
    const std::array<std::byte, 100> plain{};
    std::array<std::byte, 200> record{};
    std::size_t taken = 0;
    const std::size_t before = allocated;
    for (int i = 0; i < 1000; ++i) {
      const std::size_t size = pair.end(0).seal(plain, record);
      if (i % 2 == 1) record[size - 1] ^= std::byte{1};
      std::span<std::byte> rest = std::span(record).first(size);
      while (const auto data = pair.end(1).take(pair.now(), rest)) taken += data->size();
    }
    EXPECT_EQ(allocated - before, 0U);
    EXPECT_EQ(taken, 500U * 100U);
  }
}

}  // namespace
}  // namespace parlor::dtls
