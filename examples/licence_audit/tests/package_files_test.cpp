#include "examples/licence_audit/package_files.hpp"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "examples/licence_audit/tests/temporary_folder.hpp"

namespace licence_audit {
namespace {

using audit::v1::Problem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> packages(const temporary_folder& folder) {
  std::vector<std::string> result;
  const auto found = find_package_files(folder.path());
  EXPECT_TRUE(found) << found.error();
  for (const auto& file : *found) result.push_back(file.package);
  return result;
}

Problem::Kind problem(const std::string& path) {
  const auto bytes = read_package_file(path);
  return bytes ? Problem::UNSPECIFIED : bytes.error().kind();
}

/// Root may read everything: becomes nobody for a while.
class as_nobody {
 public:
  as_nobody() {
    if (::geteuid() == 0) became_ = ::seteuid(65'534) == 0;
  }
  ~as_nobody() {
    if (became_ && ::seteuid(0) != 0) std::abort();
  }
  as_nobody(const as_nobody&) = delete;
  as_nobody& operator=(const as_nobody&) = delete;

 private:
  bool became_ = false;
};

TEST(find_package_files, lists_folders_with_a_copyright_file_sorted) {
  const temporary_folder folder;
  folder.write("zebra/copyright", "z");
  folder.write("apple/copyright", "a");
  folder.write("apple/changelog", "a");
  folder.write("none/readme", "n");
  folder.write("file", "f");
  const auto found = find_package_files(folder.path());
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, ElementsAre(package_file{"apple", folder.path("apple/copyright")},
                                  package_file{"zebra", folder.path("zebra/copyright")}));
}

TEST(find_package_files, a_link_is_a_package_of_its_own) {
  const temporary_folder folder;
  folder.write("one/copyright", "1");
  std::filesystem::create_symlink("one", folder.path("two"));
  std::filesystem::create_directory(folder.path("three"));
  std::filesystem::create_symlink("../one/copyright", folder.path("three/copyright"));
  EXPECT_THAT(packages(folder), ElementsAre("one", "three", "two"));
  EXPECT_EQ(read_package_file(folder.path("two/copyright")), "1");
  EXPECT_EQ(read_package_file(folder.path("three/copyright")), "1");
}

TEST(find_package_files, what_cannot_be_read_is_listed_for_the_reader) {
  const temporary_folder folder;
  std::filesystem::create_directories(folder.path("broken"));
  std::filesystem::create_symlink("nowhere", folder.path("broken/copyright"));
  std::filesystem::create_symlink("loop", folder.path("loop"));
  std::filesystem::create_directories(folder.path("folder/copyright"));
  EXPECT_THAT(packages(folder), ElementsAre("broken", "folder", "loop"));
}

TEST(find_package_files, a_folder_that_is_not_there_is_an_error_with_its_name) {
  const auto found = find_package_files("/nonexistent/packages");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error(), HasSubstr("/nonexistent/packages"));
  EXPECT_FALSE(find_package_files("/dev/null"));
}

TEST(find_package_files, of_an_empty_folder_are_none) {
  const temporary_folder folder;
  EXPECT_THAT(packages(folder), IsEmpty());
}

TEST(read_package_file, each_obstacle_is_a_problem_of_its_own) {
  const temporary_folder folder;
  folder.write("file", "x");
  std::filesystem::create_directory(folder.path("folder"));
  std::filesystem::create_symlink("loop", folder.path("loop"));
  std::filesystem::create_symlink("gone", folder.path("dangling"));
  ASSERT_EQ(::mkfifo(folder.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(problem(folder.path("file")), Problem::UNSPECIFIED);
  EXPECT_EQ(problem(folder.path("gone")), Problem::MISSING);
  EXPECT_EQ(problem(folder.path("dangling")), Problem::MISSING);
  EXPECT_EQ(problem(folder.path("file/copyright")), Problem::MISSING);
  EXPECT_EQ(problem(folder.path("folder")), Problem::NOT_A_FILE);
  EXPECT_EQ(problem(folder.path("pipe")), Problem::NOT_A_FILE);
  EXPECT_EQ(problem("/dev/zero"), Problem::NOT_A_FILE);
  EXPECT_EQ(problem(folder.path("loop")), Problem::LINK_LOOP);
}

TEST(read_package_file, a_forbidden_file_is_a_problem) {
  const temporary_folder folder;
  folder.write("secret", "x");
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  std::filesystem::permissions(folder.path("secret"), std::filesystem::perms::none);
  const as_nobody nobody;
  EXPECT_EQ(problem(folder.path("secret")), Problem::NO_PERMISSION);
}

TEST(read_package_file, a_giant_file_is_refused) {
  const temporary_folder folder;
  folder.write("giant", "x");
  std::filesystem::resize_file(folder.path("giant"), (16 << 20) + 1);
  EXPECT_EQ(problem(folder.path("giant")), Problem::TOO_LARGE);
  std::filesystem::resize_file(folder.path("giant"), 16 << 20);
  EXPECT_EQ(problem(folder.path("giant")), Problem::UNSPECIFIED);
}

}  // namespace
}  // namespace licence_audit
