// Whose file the ticket key may be in: who can replace it can forge tickets.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "crypto/system_random.hpp"
#include "server/state_dir.hpp"

namespace parlor::server {
namespace {

class TicketKeyFile : public testing::Test {
 protected:
  TicketKeyFile() {
    std::string pattern = (std::filesystem::temp_directory_path() / "parlor-key-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~TicketKeyFile() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string path() const { return folder_ + "/ticket.key"; }
  void write(const std::string& at) const {
    std::ofstream(at, std::ios::binary) << std::string(32, 'k');
    ASSERT_EQ(::chmod(at.c_str(), 0600), 0);
  }
  /// What is said about it; empty when it is taken.
  std::string fault() {
    const auto key = load_ticket_key(folder_, random_);
    return key ? "" : key.error();
  }

  std::string folder_;
  crypto::SystemRandom random_;
};

TEST_F(TicketKeyFile, IsTakenWhenItIsOursAlone) {
  write(path());
  EXPECT_EQ(fault(), "");
}

TEST_F(TicketKeyFile, IsRefusedWhenItIsAPipe) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  // Lets an open() that would wait for a writer go on.
  const int writer = ::open(path().c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  ASSERT_EQ(::write(writer, std::string(32, 'k').data(), 32), 32);
  EXPECT_EQ(fault(), path() + " is no regular file; delete it for a new key");
  ::close(writer);
}

TEST_F(TicketKeyFile, IsRefusedWhenNobodyWritesIntoThePipe) {
  ASSERT_EQ(::mkfifo(path().c_str(), 0600), 0);
  ::alarm(10);  // ends the test where it would wait for ever
  EXPECT_EQ(fault(), path() + " is no regular file; delete it for a new key");
  ::alarm(0);
}

TEST_F(TicketKeyFile, IsRefusedWhenItIsALinkOrAFolder) {
  write(folder_ + "/elsewhere");
  ASSERT_EQ(::symlink("elsewhere", path().c_str()), 0);
  EXPECT_EQ(fault(), path() + " is no regular file; delete it for a new key");
  ASSERT_EQ(::unlink(path().c_str()), 0);
  ASSERT_EQ(::mkdir(path().c_str(), 0700), 0);
  EXPECT_EQ(fault(), path() + " is no regular file; delete it for a new key");
}

TEST_F(TicketKeyFile, IsRefusedWhenItIsSomebodyElses) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a file away";
  write(path());
  constexpr uid_t kNobody = 65534;
  ASSERT_EQ(::chown(path().c_str(), kNobody, static_cast<gid_t>(-1)), 0);
  EXPECT_EQ(fault(), path() +
                         " belongs to another user; give it to the one who runs this server, or delete it "
                         "for a new key");
}

}  // namespace
}  // namespace parlor::server
