#pragma once
// The folder of pages: looks a path up, keeps what was read in a bounded cache, and notices when a file
// changed, so that a developer's rebuild shows without a restart. Shared by the workers; the lock is not held
// while a file is read. Signaling never comes here.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>

#include "http/accept_encoding.hpp"

namespace parlor::server {

struct StaticLimits {
  std::size_t max_file = 64 * 1024 * 1024;    ///< a longer one is not served
  std::size_t max_cache = 256 * 1024 * 1024;  ///< the longest unused goes first
  std::size_t max_tags = 65'536;              ///< of so many files the tag is known without reading them
};

/// A file as the folder has it.
struct OnDisk {
  /// What tells one state of a file from another.
  struct Stamp {
    std::int64_t modified_ns = 0;
    std::uint64_t size = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  std::string real_path;
  Stamp stamp;
  bool is_folder = false;
};
/// One file in one encoding, not read yet.
struct FoundFile {
  std::string path;  ///< below the folder, of the file without encoding
  http::Encoding encoding = http::Encoding::identity;
  bool has_encodings = false;  ///< the answer depends on Accept-Encoding
  std::string etag;            ///< strong, of the content: with its quotes
  OnDisk on_disk;

  [[nodiscard]] std::uint64_t size() const { return on_disk.stamp.size; }
};
/// The path names a folder that has an index.html.
struct FoundFolder {};
struct NotFound {};
using Found = std::variant<NotFound, FoundFolder, FoundFile>;

class StaticFiles {
 public:
  /// An empty root serves nothing.
  explicit StaticFiles(const std::string& root, StaticLimits limits = {});

  /// `path` as http::parse_target gives it. A file x is sent as x.br or x.gz where those stand beside it and
  /// are not older. Nothing outside of the folder is found, by symbolic links neither.
  [[nodiscard]] Found find(const std::string& path, std::string_view accept_encoding);
  /// Its content, and in `file` the tag that belongs to it, should the file have changed since it was found.
  /// Null when it is gone, or has grown since: it is being written.
  [[nodiscard]] std::shared_ptr<const std::string> read(FoundFile& file);

  struct Loaded {
    std::size_t files = 0;
    std::size_t bytes = 0;
    std::size_t skipped = 0;  ///< too long, or the cache was full
  };
  /// Reads everything once, as far as the cache goes.
  Loaded warm();

 private:
  struct Content {
    std::shared_ptr<const std::string> bytes;
    std::string etag;
  };
  struct Cached {
    OnDisk::Stamp stamp;
    Content content;
    std::list<std::string>::iterator age;
  };
  struct Tag {
    OnDisk::Stamp stamp;
    std::string etag;
  };

  [[nodiscard]] std::optional<OnDisk> stat_inside(const std::string& path) const;
  [[nodiscard]] std::optional<std::string> tag_of(const OnDisk& on_disk);
  [[nodiscard]] std::optional<Content> load(const OnDisk& on_disk);
  // With the lock held:
  [[nodiscard]] std::optional<std::string> known_tag(const OnDisk& on_disk) const;
  [[nodiscard]] std::optional<Content> cached(const OnDisk& on_disk);
  void keep(const OnDisk& on_disk, const Content& content);
  void make_room(std::size_t bytes);

  std::string root_;  ///< real path; empty when there is none
  StaticLimits limits_;
  std::mutex mutex_;
  std::unordered_map<std::string, Cached> cache_;  ///< by real path; max_cache bytes at most
  std::list<std::string> ages_;                    ///< real paths, the longest unused first
  std::size_t cached_bytes_ = 0;
  std::unordered_map<std::string, Tag> tags_;  ///< by real path; max_tags at most
};

}  // namespace parlor::server
