#include "exporter/metrics/process_metrics.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "exporter/metrics/exposition.h"
#include "tests/metrics/exposition_text.h"

namespace authprobe::metrics {
namespace {

double value(const std::string& name) {
  Exposition exposition({process_metrics()});
  return std::stod(value_of(*exposition.text(), "process_" + name));
}

double descriptors_by_trying() {
  double count = 0;
  for (int fd = 0; fd < 4'096; ++fd) count += fcntl(fd, F_GETFD) != -1;
  return count;
}

TEST(ProcessMetrics, CountOpenDescriptors) {
  const double before = value("open_fds");
  EXPECT_EQ(before, descriptors_by_trying());
  std::vector<int> opened;
  for (int i = 0; i < 10; ++i) opened.push_back(dup(0));
  EXPECT_EQ(value("open_fds"), before + 10);
  for (const int fd : opened) close(fd);
  EXPECT_EQ(value("max_fds"), static_cast<double>(sysconf(_SC_OPEN_MAX)));
}

TEST(ProcessMetrics, TellWhatMemoryHolds) {
  const double before = value("resident_memory_bytes");
  const std::vector<char> touched(64 << 20, 'x');
  EXPECT_GT(value("resident_memory_bytes"), before + (60 << 20));
  EXPECT_GT(value("virtual_memory_bytes"), value("resident_memory_bytes"));
  EXPECT_GT(value("virtual_memory_max_bytes"), 0);
}

TEST(ProcessMetrics, TellWhenTheProcessBegan) {
  const double now = static_cast<double>(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  EXPECT_LE(value("start_time_seconds"), now + 2);
  EXPECT_GT(value("start_time_seconds"), now - 600);
}

TEST(ProcessMetrics, CpuTimeGrowsWithWork) {
  const double before = value("cpu_seconds_total");
  while (value("cpu_seconds_total") < before + 0.01) {
  }
  EXPECT_GE(value("threads"), 1);
}

}  // namespace
}  // namespace authprobe::metrics
