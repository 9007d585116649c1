#include "server/static_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "server/temp_folder_test.hpp"

namespace parlor::server {
namespace {

namespace fs = std::filesystem;

std::string content(StaticFiles& files, const std::string& path, std::string_view accept = "") {
  const Found found = files.find(path, accept);
  const auto* file = std::get_if<FoundFile>(&found);
  return file != nullptr ? *file->file.content : "(none)";
}
bool is_folder(StaticFiles& files, const std::string& path) {
  return std::holds_alternative<FoundFolder>(files.find(path, ""));
}

TEST(StaticFiles, FindsFilesAndTheIndexOfAFolder) {
  const TempFolder folder;
  folder.write("index.html", "home");
  folder.write("games/index.html", "games");
  folder.write("games/a.js", "a");
  fs::create_directories(folder.at("empty"));
  StaticFiles files(folder.path());
  EXPECT_EQ(content(files, "/"), "home");
  EXPECT_EQ(content(files, "/games/"), "games");
  EXPECT_EQ(content(files, "/games/a.js"), "a");
  EXPECT_TRUE(is_folder(files, "/games"));
  EXPECT_FALSE(is_folder(files, "/empty"));
  EXPECT_FALSE(is_folder(files, "/games/"));
  for (const char* path : {"/nothing", "/games/a.js/", "/empty/", "/games/index.html/x"}) {
    EXPECT_EQ(content(files, path), "(none)") << path;
  }
}

TEST(StaticFiles, ServesNothingWithoutAFolder) {
  StaticFiles none("");
  EXPECT_EQ(content(none, "/"), "(none)");
  StaticFiles missing("/nowhere/at/all");
  EXPECT_EQ(content(missing, "/"), "(none)");
  EXPECT_EQ(missing.warm().files, 0U);
}

TEST(StaticFiles, FollowsNoLinkOutOfTheFolder) {
  const TempFolder outside;
  outside.write("secret", "secret");
  const TempFolder folder;
  folder.write("a", "a");
  fs::create_symlink("a", folder.at("inside"));
  fs::create_symlink(outside.at("secret"), folder.at("file"));
  fs::create_directory_symlink(outside.path(), folder.at("dir"));
  // A folder whose name begins with ours is another one.
  const std::string twin = folder.path() + "-twin";
  fs::create_directories(twin);
  std::ofstream(twin + "/secret") << "secret";
  fs::create_symlink(twin + "/secret", folder.at("twin"));
  StaticFiles files(folder.path());
  EXPECT_EQ(content(files, "/inside"), "a");
  for (const char* path : {"/file", "/dir/secret", "/dir", "/twin", "/../"})
    EXPECT_EQ(content(files, path), "(none)") << path;
  fs::remove_all(twin);
}

TEST(StaticFiles, ServesNoDevices) {
  const TempFolder folder;
  ASSERT_EQ(::mkfifo(folder.at("pipe").c_str(), 0600), 0);
  StaticFiles files(folder.path());
  EXPECT_EQ(content(files, "/pipe"), "(none)");
}

TEST(StaticFiles, SendsWhatWasCompressedBeforehandUnlessItIsOlder) {
  const TempFolder folder;
  folder.write("a.js", "plain");
  folder.write("a.js.br", "br");
  folder.write("a.js.gz", "gz");
  folder.touch("a.js", -10);
  StaticFiles files(folder.path());
  EXPECT_EQ(content(files, "/a.js", "gzip, br"), "br");
  EXPECT_EQ(content(files, "/a.js", "gzip"), "gz");
  EXPECT_EQ(content(files, "/a.js", ""), "plain");
  folder.touch("a.js.br", -60);
  EXPECT_EQ(content(files, "/a.js", "gzip, br"), "gz");
  folder.touch("a.js.gz", -60);
  const Found found = files.find("/a.js", "gzip, br");
  EXPECT_EQ(*std::get<FoundFile>(found).file.content, "plain");
  EXPECT_FALSE(std::get<FoundFile>(found).has_encodings);
}

TEST(StaticFiles, NoticesAChangeAtOnceAndKeepsWhatDidNotChange) {
  const TempFolder folder;
  folder.write("a", "one");
  StaticFiles files(folder.path());
  const Found first = files.find("/a", "");
  const Found again = files.find("/a", "");
  EXPECT_EQ(std::get<FoundFile>(first).file.content, std::get<FoundFile>(again).file.content)
      << "the same memory";
  folder.write("a", "two!");
  folder.touch("a", 5);
  const Found changed = files.find("/a", "");
  EXPECT_EQ(*std::get<FoundFile>(changed).file.content, "two!");
  EXPECT_NE(std::get<FoundFile>(changed).file.etag, std::get<FoundFile>(first).file.etag);
  EXPECT_EQ(*std::get<FoundFile>(first).file.content, "one") << "still being sent";
  fs::remove(folder.at("a"));
  EXPECT_EQ(content(files, "/a"), "(none)");
}

TEST(StaticFiles, TagsTheContentAndNothingElse) {
  const TempFolder folder;
  folder.write("a", "same");
  folder.write("b", "same");
  folder.write("c", "other");
  StaticFiles files(folder.path());
  const auto tag = [&](const char* path) { return std::get<FoundFile>(files.find(path, "")).file.etag; };
  EXPECT_EQ(tag("/a").size(), 34U);
  EXPECT_EQ(tag("/a"), tag("/b"));
  EXPECT_NE(tag("/a"), tag("/c"));
}

TEST(StaticFiles, BoundsItsCacheAndTheLengthOfAFile) {
  const TempFolder folder;
  for (int i = 0; i < 10; ++i) folder.write("f" + std::to_string(i), std::string(100, 'x'));
  folder.write("long", std::string(301, 'x'));
  StaticFiles files(folder.path(), {.max_file = 300, .max_cache = 350});
  const auto loaded = files.warm();
  EXPECT_EQ(loaded.files, 3U);
  EXPECT_EQ(loaded.bytes, 300U);
  EXPECT_EQ(loaded.skipped, 8U);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(content(files, "/f" + std::to_string(i)).size(), 100U);
  const Found before = files.find("/f9", "");
  EXPECT_EQ(content(files, "/f0").size(), 100U);
  const Found after = files.find("/f9", "");
  EXPECT_EQ(std::get<FoundFile>(before).file.content, std::get<FoundFile>(after).file.content)
      << "used a moment ago";
  EXPECT_EQ(content(files, "/long"), "(none)");
}

}  // namespace
}  // namespace parlor::server
