#include "server/static_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "crypto/hash.hpp"

namespace parlor::server {
namespace {

namespace fs = std::filesystem;
constexpr std::int64_t kSecond = 1'000'000'000;

std::optional<std::string> real_path(const std::string& path) {
  const std::unique_ptr<char, void (*)(void*)> real(::realpath(path.c_str(), nullptr), std::free);
  if (!real) return std::nullopt;
  return std::string(real.get());
}

std::optional<std::string> read_file(const std::string& path, std::size_t limit) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return std::nullopt;
  std::string content;
  content.resize(limit + 1);
  std::size_t size = 0;
  ssize_t got = 0;
  while (size < content.size() && (got = ::read(file, content.data() + size, content.size() - size)) > 0) {
    size += static_cast<std::size_t>(got);
  }
  ::close(file);
  // One byte more than it had when it was looked at: it is being written. The next request sees it whole.
  if (got < 0 || size > limit) return std::nullopt;
  content.resize(size);
  content.shrink_to_fit();
  return content;
}

/// 128 bits of the content's hash. Each encoding of a page is another content, so has another tag (RFC 9110
/// §8.8.3.3).
std::string etag_of(const std::string& content) {
  const auto digest = crypto::sha256(base::as_bytes(content));
  return "\"" + base::to_hex(base::BytesView(digest).first(16)) + "\"";
}

}  // namespace

StaticFiles::StaticFiles(const std::string& root, StaticLimits limits) : limits_(limits) {
  if (!root.empty()) root_ = real_path(root).value_or("");
}

Found StaticFiles::find(const std::string& path, std::string_view accept_encoding) {
  if (root_.empty()) return NotFound{};
  const bool wants_folder = path.ends_with('/');
  const std::string file_path = wants_folder ? path + "index.html" : path;
  const auto plain = stat_inside(file_path);
  if (!plain) return NotFound{};
  if (plain->is_folder) {
    const auto index = wants_folder ? std::nullopt : stat_inside(path + "/index.html");
    return index && !index->is_folder ? Found(FoundFolder{}) : Found(NotFound{});
  }
  // A sibling that is older than the file was made from an older one. In whole seconds: compressors copy the
  // file's time, not all of them to the nanosecond.
  const auto sibling = [&](const char* suffix) {
    auto found = stat_inside(file_path + suffix);
    if (found &&
        (found->is_folder || found->stamp.modified_ns / kSecond < plain->stamp.modified_ns / kSecond))
      found.reset();
    return found;
  };
  const auto br = sibling(".br");
  const auto gzip = sibling(".gz");

  FoundFile found;
  found.path = file_path;
  found.has_encodings = br || gzip;
  found.encoding = http::choose_encoding(accept_encoding, {.gzip = gzip.has_value(), .br = br.has_value()});
  const auto& chosen = found.encoding == http::Encoding::br     ? br
                       : found.encoding == http::Encoding::gzip ? gzip
                                                                : plain;
  auto etag = tag_of(*chosen);
  if (!etag) return NotFound{};
  found.etag = std::move(*etag);
  found.on_disk = *chosen;
  return found;
}

std::shared_ptr<const std::string> StaticFiles::read(FoundFile& file) {
  auto content = load(file.on_disk);
  if (!content) return nullptr;
  file.etag = std::move(content->etag);
  return std::move(content->bytes);
}

std::optional<OnDisk> StaticFiles::stat_inside(const std::string& path) const {
  const auto real = real_path(root_ + path);
  if (!real) return std::nullopt;
  const std::string prefix = root_ == "/" ? "/" : root_ + "/";
  if (*real != root_ && !real->starts_with(prefix)) return std::nullopt;
  struct stat status {};
  if (::stat(real->c_str(), &status) != 0) return std::nullopt;
  if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) return std::nullopt;
  OnDisk found;
  found.real_path = *real;
  found.is_folder = S_ISDIR(status.st_mode);
  found.stamp.modified_ns = std::int64_t{status.st_mtim.tv_sec} * kSecond + status.st_mtim.tv_nsec;
  found.stamp.size = static_cast<std::uint64_t>(status.st_size);
  found.stamp.inode = status.st_ino;
  return found;
}

std::optional<std::string> StaticFiles::tag_of(const OnDisk& on_disk) {
  if (on_disk.stamp.size > limits_.max_file) return std::nullopt;
  {
    const std::lock_guard lock(mutex_);
    if (auto tag = known_tag(on_disk)) return tag;
  }
  auto content = load(on_disk);
  if (!content) return std::nullopt;
  return std::move(content->etag);
}

std::optional<StaticFiles::Content> StaticFiles::load(const OnDisk& on_disk) {
  std::optional<std::string> tag;
  {
    const std::lock_guard lock(mutex_);
    if (auto content = cached(on_disk)) return content;
    tag = known_tag(on_disk);
  }
  auto bytes = read_file(on_disk.real_path, on_disk.stamp.size);
  if (!bytes) return std::nullopt;
  // What is shorter than it was when it was looked at has changed since, whatever its tag was then.
  Content content;
  content.etag = tag && bytes->size() == on_disk.stamp.size ? std::move(*tag) : etag_of(*bytes);
  content.bytes = std::make_shared<const std::string>(std::move(*bytes));
  const std::lock_guard lock(mutex_);
  keep(on_disk, content);
  return content;
}

std::optional<std::string> StaticFiles::known_tag(const OnDisk& on_disk) const {
  const auto known = tags_.find(on_disk.real_path);
  if (known == tags_.end() || !(known->second.stamp == on_disk.stamp)) return std::nullopt;
  return known->second.etag;
}

std::optional<StaticFiles::Content> StaticFiles::cached(const OnDisk& on_disk) {
  const auto found = cache_.find(on_disk.real_path);
  if (found == cache_.end() || !(found->second.stamp == on_disk.stamp)) return std::nullopt;
  ages_.splice(ages_.end(), ages_, found->second.age);
  return found->second.content;
}

void StaticFiles::keep(const OnDisk& on_disk, const Content& content) {
  if (tags_.size() >= limits_.max_tags && tags_.count(on_disk.real_path) == 0) tags_.clear();
  tags_[on_disk.real_path] = {on_disk.stamp, content.etag};
  const auto former = cache_.find(on_disk.real_path);
  if (former != cache_.end()) {
    cached_bytes_ -= former->second.content.bytes->size();
    ages_.erase(former->second.age);
    cache_.erase(former);
  }
  const std::size_t size = content.bytes->size();
  if (size > limits_.max_cache) return;
  make_room(size);
  const auto age = ages_.insert(ages_.end(), on_disk.real_path);
  cache_.emplace(on_disk.real_path, Cached{on_disk.stamp, content, age});
  cached_bytes_ += size;
}

void StaticFiles::make_room(std::size_t bytes) {
  while (cached_bytes_ + bytes > limits_.max_cache && !ages_.empty()) {
    const auto oldest = cache_.find(ages_.front());
    cached_bytes_ -= oldest->second.content.bytes->size();
    cache_.erase(oldest);
    ages_.pop_front();
  }
}

StaticFiles::Loaded StaticFiles::warm() {
  Loaded loaded;
  if (root_.empty()) return loaded;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root_, error), end; !error && it != end; it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    const std::string path = it->path().string();
    const auto on_disk = stat_inside(path.substr(root_ == "/" ? 0 : root_.size()));
    if (!on_disk) continue;
    if (cached_bytes_ + on_disk->stamp.size > limits_.max_cache || !load(*on_disk)) {
      ++loaded.skipped;
      continue;
    }
    ++loaded.files;
    loaded.bytes += on_disk->stamp.size;
  }
  return loaded;
}

}  // namespace parlor::server
