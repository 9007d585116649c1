#include "server/static_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "server/temp_folder_test.hpp"

namespace parlor::server {
namespace {

namespace fs = std::filesystem;

std::string content(StaticFiles& files, const std::string& path, std::string_view accept = "") {
  Found found = files.find(path, accept);
  auto* file = std::get_if<FoundFile>(&found);
  return file != nullptr ? *files.read(*file) : "(none)";
}
/// The same memory for as long as it is kept.
std::shared_ptr<const std::string> bytes(StaticFiles& files, const std::string& path) {
  Found found = files.find(path, "");
  return files.read(std::get<FoundFile>(found));
}
std::string tag(StaticFiles& files, const std::string& path) {
  return std::get<FoundFile>(files.find(path, "")).etag;
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
  EXPECT_EQ(content(files, "/a.js", "gzip, br"), "plain");
  EXPECT_FALSE(std::get<FoundFile>(files.find("/a.js", "gzip, br")).has_encodings);
}

TEST(StaticFiles, NoticesAChangeAtOnceAndKeepsWhatDidNotChange) {
  const TempFolder folder;
  folder.write("a", "one");
  StaticFiles files(folder.path());
  const auto first = bytes(files, "/a");
  const std::string first_tag = tag(files, "/a");
  EXPECT_EQ(bytes(files, "/a"), first) << "the same memory";
  folder.write("a", "two!");
  folder.touch("a", 5);
  EXPECT_EQ(content(files, "/a"), "two!");
  EXPECT_NE(tag(files, "/a"), first_tag);
  EXPECT_EQ(*first, "one") << "still being sent";
  fs::remove(folder.at("a"));
  EXPECT_EQ(content(files, "/a"), "(none)");
}

TEST(StaticFiles, TagsTheContentAndNothingElse) {
  const TempFolder folder;
  folder.write("a", "same");
  folder.write("b", "same");
  folder.write("c", "other");
  StaticFiles files(folder.path());
  EXPECT_EQ(tag(files, "/a").size(), 34U);
  EXPECT_EQ(tag(files, "/a"), tag(files, "/b"));
  EXPECT_NE(tag(files, "/a"), tag(files, "/c"));
}

TEST(StaticFiles, DoesNotReadAFileAgainForItsTagAlone) {
  const TempFolder folder;
  folder.write("a", "first");
  StaticFiles files(folder.path(), {.max_cache = 0});
  const std::string known = tag(files, "/a");
  // What is in it changes and nothing that can be seen from outside does: whoever does not read cannot know.
  const auto time = fs::last_write_time(folder.at("a"));
  std::fstream(folder.at("a"), std::ios::in | std::ios::out) << "later";
  fs::last_write_time(folder.at("a"), time);
  EXPECT_EQ(tag(files, "/a"), known);
}

TEST(StaticFiles, TellsTheTagOfWhatWasReadWhenTheFileChangedMeanwhile) {
  const TempFolder folder;
  folder.write("a", "before");
  StaticFiles files(folder.path(), {.max_cache = 0});
  Found found = files.find("/a", "");
  folder.write("a", "after");
  auto& file = std::get<FoundFile>(found);
  EXPECT_EQ(*files.read(file), "after");
  EXPECT_EQ(file.etag, tag(files, "/a"));
}

TEST(StaticFiles, BoundsTheTagsThatItKnows) {
  const TempFolder folder;
  for (int i = 0; i < 10; ++i) folder.write("f" + std::to_string(i), std::to_string(i));
  StaticFiles files(folder.path(), {.max_cache = 0, .max_tags = 3});
  std::set<std::string> tags;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 10; ++i) tags.insert(tag(files, "/f" + std::to_string(i)));
  }
  EXPECT_EQ(tags.size(), 10U);
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
  const auto before = bytes(files, "/f9");
  EXPECT_EQ(content(files, "/f0").size(), 100U);
  EXPECT_EQ(bytes(files, "/f9"), before) << "used a moment ago";
  EXPECT_EQ(content(files, "/long"), "(none)");
}

}  // namespace
}  // namespace parlor::server
