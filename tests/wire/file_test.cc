#include "exporter/wire/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/support/temp_folder.h"

namespace authprobe::wire {
namespace {

class FileTest : public testing::Test {
 protected:
  std::string problem(const std::string& path, std::size_t most_bytes = 1024) {
    return read_file(path, most_bytes).problem;
  }
  http_test::TempFolder folder_;
};

TEST_F(FileTest, IsReadWhole) {
  const std::string text(200'000, 'x');
  const auto read = read_file(folder_.write("long", text), 200'000);
  EXPECT_EQ(read.problem, "");
  EXPECT_EQ(read.text.reveal(), text);
  EXPECT_EQ(read_file(folder_.write("empty", ""), 1).text.reveal(), "");
  EXPECT_NE(read_file("/proc/self/status", 64 * 1024).text.reveal(), "");  // its size is 0
}

TEST_F(FileTest, OneThatIsTooLargeIsRefused) {
  EXPECT_EQ(problem(folder_.write("file", std::string(1025, 'x'))), "is larger than 1 KiB");
  EXPECT_EQ(problem(folder_.write("file", std::string((2u << 20) + 1, 'x')), 2u << 20), "is larger than 2 MiB");
}

TEST_F(FileTest, OnlyRegularFilesAreRead) {
  EXPECT_EQ(problem(folder_.path("none")), "cannot be read: No such file or directory");
  EXPECT_EQ(problem(folder_.path("")), "cannot be read: it is a directory");
  EXPECT_EQ(problem("/dev/zero"), "cannot be read: it is not a regular file");
}

// Nobody writes to the pipe: a blocking open() would wait for ever.
TEST_F(FileTest, APipeDoesNotMakeTheReaderWait) {
  ASSERT_EQ(mkfifo(folder_.path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(problem(folder_.path("pipe")), "cannot be read: it is not a regular file");
}

TEST_F(FileTest, AnotherVersionHasAnotherStamp) {
  const std::string path = folder_.write("file", "one");
  const auto first = stamp_of(path);
  EXPECT_TRUE(first);
  EXPECT_EQ(stamp_of(path), first);
  folder_.write("file", "three");
  EXPECT_NE(stamp_of(path), first);
  const auto second = stamp_of(path);
  folder_.replace("file", "other");  // of the same length
  EXPECT_NE(stamp_of(path), second);
  EXPECT_FALSE(stamp_of(folder_.path("none")));
}

}  // namespace
}  // namespace authprobe::wire
