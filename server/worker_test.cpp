#include "server/worker.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <new>
#include <string>
#include <thread>

#include "crypto/hmac.hpp"
#include "crypto/system_random.hpp"

namespace parlor::server {
namespace {

/// Of what takes 75 s in use. Sweeps come each second.
constexpr base::Duration kIdleDeadline = base::milliseconds(2500);
constexpr const char* kHello = R"({"type":"hello","version":1,"game":"test","build":"1","name":"Alice"})";

/// A worker without sockets, on a thread of its own.
class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    shared_.workers.push_back(std::make_unique<Worker>(0, random_));
    signaling::LobbyConfig lobby;
    lobby.idle_deadline = kIdleDeadline;
    lobby.mac = [](base::BytesView key, base::BytesView data) { return crypto::hmac_sha256(key, data); };
    worker().open(shared_, lobby, {});
  }
  ~WorkerTest() override { end(); }

  Worker& worker() { return *shared_.workers.front(); }
  void run() {
    thread_ = std::thread([this] { worker().run(); });
  }
  void end() {
    if (!thread_.joinable()) return;
    worker().shut_down(base::milliseconds(100));
    thread_.join();
    worker().let_go();
  }
  template <class Condition>
  static bool eventually(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }

  crypto::SystemRandom random_;
  Shared shared_{config::ServeConfig{}, std::nullopt, DescriptorShares{}};
  std::thread thread_;
};

/// Does everything well, or ends everything with bad_alloc.
class FakeSession final : public WsSession {
 public:
  FakeSession(Worker& worker, bool fails) : worker_(worker), fails_(fails) {}

  void sweep(base::Time) override { did(sweeps); }
  void flush() override { did(flushes); }
  void send(std::shared_ptr<const std::string>) override { did(sends); }
  void send_frame(relay::RelayTransmit) override {}
  void close_as_slow() override {}
  std::size_t waiting() override { return 0; }
  void shut_down(base::Time) override {}
  void abort() override {
    ++aborts;
    worker_.forget(*this);
    worker_.remove(*this);
  }
  void accept(Upgrade) override {}
  void close(std::uint16_t, const std::string&) override { ++closes; }
  void move_to(Worker&, signaling::Guest, signaling::Errand) override {}
  void on_sent() override {}
  void on_closed() override {}

  std::atomic<int> sweeps = 0;
  std::atomic<int> flushes = 0;
  std::atomic<int> sends = 0;
  std::atomic<int> aborts = 0;
  std::atomic<int> closes = 0;

 private:
  void did(std::atomic<int>& what) {
    ++what;
    if (fails_) throw std::bad_alloc();
  }
  Worker& worker_;
  const bool fails_;
};

TEST_F(WorkerTest, SweepsOnWhenASessionFails) {
  const auto alice = std::make_shared<FakeSession>(worker(), false);
  const auto mallory = std::make_shared<FakeSession>(worker(), true);
  const auto bob = std::make_shared<FakeSession>(worker(), false);
  for (const auto& session : {alice, mallory, bob}) worker().add(session);
  run();
  EXPECT_TRUE(eventually([&] { return alice->sweeps >= 2 && bob->sweeps >= 2; }))
      << alice->sweeps << " and " << bob->sweeps << " sweeps";
  EXPECT_EQ(mallory->aborts, 1);
  EXPECT_EQ(mallory->sweeps, 1);
}

TEST_F(WorkerTest, FlushesOthersWhenASessionFails) {
  const auto mallory = std::make_shared<FakeSession>(worker(), true);
  const auto alice = std::make_shared<FakeSession>(worker(), false);
  const auto trudy = std::make_shared<FakeSession>(worker(), true);
  worker().post([&] {
    for (const auto& session : {mallory, alice, trudy}) worker().add(session);
    for (const auto& session : {mallory, alice, trudy}) worker().flush_soon(*session);
  });
  run();
  EXPECT_TRUE(eventually([&] { return alice->flushes == 1 && mallory->aborts == 1 && trudy->aborts == 1; }))
      << alice->flushes << " flushes";
  worker().post([&] { worker().flush_soon(*alice); });
  EXPECT_TRUE(eventually([&] { return alice->flushes == 2; })) << alice->flushes << " flushes";
}

TEST_F(WorkerTest, SendsToOthersWhenASessionFails) {
  const auto mallory = std::make_shared<FakeSession>(worker(), true);
  const auto alice = std::make_shared<FakeSession>(worker(), false);
  for (const auto& session : {mallory, alice}) {
    worker().post([this, session] {
      worker().add(session);
      worker().opened(*session, Upgrade{});
      worker().frame(*session, kHello);
    });
  }
  run();
  EXPECT_TRUE(eventually([&] { return alice->sends == 1; })) << "no welcome";
  EXPECT_EQ(mallory->aborts, 1);
}

TEST_F(WorkerTest, WhoOnlyPlaysIsNotSilent) {
  const auto player = std::make_shared<FakeSession>(worker(), false);
  const auto silent = std::make_shared<FakeSession>(worker(), false);
  for (const auto& session : {player, silent}) {
    worker().post([this, session] {
      worker().add(session);
      worker().opened(*session, Upgrade{});
      worker().frame(*session, kHello);
    });
  }
  run();
  const auto until_silent_is_closed_twice_over = [&, begin = std::chrono::steady_clock::now()] {
    worker().post([&] { worker().game_frame(*player, {}); });
    return silent->closes > 0 && std::chrono::steady_clock::now() - begin > 2 * kIdleDeadline;
  };
  EXPECT_TRUE(eventually(until_silent_is_closed_twice_over));
  EXPECT_EQ(player->closes, 0);
}

}  // namespace
}  // namespace parlor::server
