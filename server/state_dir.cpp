#include "server/state_dir.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>

#include "base/bytes.hpp"
#include "server/descriptor.hpp"

namespace parlor::server {
namespace {

std::string failure(const std::string& what, const std::string& path, int error) {
  return "cannot " + what + " " + path + ": " + std::strerror(error);
}

std::string irregular(const std::string& path) {
  return path + " is no regular file; delete it for a new key";
}

/// Waits for nobody who would have to write it first, and takes no key that somebody else could have put
/// there.
base::Result<TicketKey, std::string> read_key(const std::string& path, bool& absent) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  absent = !file.is_open() && errno == ENOENT;
  if (!file.is_open() && errno == ELOOP) return base::Unexpected{irregular(path)};
  if (!file.is_open()) return base::Unexpected{failure("read", path, errno)};
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return base::Unexpected{failure("read", path, errno)};
  if (!S_ISREG(status.st_mode)) return base::Unexpected{irregular(path)};
  if (status.st_uid != ::geteuid()) {
    return base::Unexpected{
        path +
        " belongs to another user; give it to the one who runs this server, or delete it for a new key"};
  }
  if ((status.st_mode & 077) != 0) {
    return base::Unexpected{path +
                            " can be read by others; make it private (chmod 600) or delete it for a new key"};
  }
  TicketKey key{};
  const ssize_t got = ::read(file.get(), key.data(), key.size());
  if (got != static_cast<ssize_t>(key.size()) || status.st_size != static_cast<off_t>(key.size())) {
    return base::Unexpected{path + " is no ticket key; delete it for a new one"};
  }
  return key;
}

/// Writes a whole new key under another name and links it to its own: it appears complete or not at all, and
/// never over one that another server has just made.
std::optional<std::string> write_key(const std::string& path, const TicketKey& key, base::Random& random) {
  std::array<std::byte, 8> unique{};
  random.fill(unique);
  const std::string draft = path + "." + base::to_hex(unique);
  {
    const Descriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open()) return failure("write", draft, errno);
    if (::write(file.get(), key.data(), key.size()) != static_cast<ssize_t>(key.size()) ||
        ::fsync(file.get()) != 0) {
      const int error = errno;
      ::unlink(draft.c_str());
      return failure("write", draft, error);
    }
  }
  const bool linked = ::link(draft.c_str(), path.c_str()) == 0;
  const int error = errno;
  ::unlink(draft.c_str());
  if (!linked && error != EEXIST) return failure("write", path, error);
  return std::nullopt;
}

std::string key_path(const std::string& folder) {
  return folder + "/ticket.key";
}

}  // namespace

bool has_ticket_key(const std::string& folder) {
  struct stat status {};
  return ::lstat(key_path(folder).c_str(), &status) == 0;
}

base::Result<TicketKey, std::string> load_ticket_key(const std::string& folder, base::Random& random) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return base::Unexpected{"cannot make the folder " + folder + ": " + error.message()};
  const std::string path = key_path(folder);
  bool absent = false;
  auto key = read_key(path, absent);
  if (key || !absent) return key;
  TicketKey made{};
  random.fill(made);
  if (auto fault = write_key(path, made, random)) return base::Unexpected{*fault};
  return read_key(path, absent);
}

}  // namespace parlor::server
