#include "server/state_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>
#include <vector>

#include "crypto/system_random.hpp"
#include "server/temp_folder_test.hpp"

namespace parlor::server {
namespace {

TEST(StateDir, MakesAPrivateKeyOnceAndGivesItAgain) {
  const TempFolder folder;
  crypto::SystemRandom random;
  const std::string state = folder.at("deep/down");
  const auto first = load_ticket_key(state, random);
  ASSERT_TRUE(first) << first.error();
  EXPECT_NE(*first, TicketKey{});
  struct stat status {};
  ASSERT_EQ(::stat((state + "/ticket.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const auto again = load_ticket_key(state, random);
  ASSERT_TRUE(again);
  EXPECT_EQ(*first, *again);
  const auto files = std::filesystem::directory_iterator(state);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1) << "no draft is left";
}

TEST(StateDir, GivesServersThatStartAtOnceTheSameKey) {
  const TempFolder folder;
  std::vector<TicketKey> keys(16);
  std::vector<std::thread> threads;
  for (auto& key : keys) {
    threads.emplace_back([&] {
      crypto::SystemRandom random;
      const auto loaded = load_ticket_key(folder.path(), random);
      if (loaded) key = *loaded;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_NE(keys.front(), TicketKey{});
  for (const auto& key : keys) EXPECT_EQ(key, keys.front());
}

TEST(StateDir, RefusesAKeyThatOthersCanReadOrThatIsNone) {
  crypto::SystemRandom random;
  for (const auto& [content, mode] :
       {std::pair{std::string(32, 'k'), 0640}, std::pair{std::string(32, 'k'), 0604},
        std::pair{std::string(31, 'k'), 0600}, std::pair{std::string(33, 'k'), 0600},
        std::pair{std::string(), 0600}}) {
    const TempFolder folder;
    folder.write("ticket.key", content);
    ASSERT_EQ(::chmod(folder.at("ticket.key").c_str(), static_cast<mode_t>(mode)), 0);
    const auto key = load_ticket_key(folder.path(), random);
    ASSERT_FALSE(key) << content.size() << " " << mode;
    EXPECT_NE(key.error().find("ticket.key"), std::string::npos);
  }
}

TEST(StateDir, SaysWhyItCannot) {
  const TempFolder folder;
  folder.write("file", "");
  crypto::SystemRandom random;
  const auto key = load_ticket_key(folder.at("file/below"), random);
  ASSERT_FALSE(key);
  EXPECT_TRUE(key.error().starts_with("cannot make the folder ")) << key.error();
  EXPECT_FALSE(has_ticket_key(folder.at("file/below")));
  folder.write("ticket.key", "");
  EXPECT_TRUE(has_ticket_key(folder.path()));
}

}  // namespace
}  // namespace parlor::server
