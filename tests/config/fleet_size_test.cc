// Ten thousand targets: how long they take and how much memory they keep is printed, not judged, but for sharing.
#include <gmock/gmock.h>
#include <malloc.h>

#include <iostream>
#include <set>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

constexpr int kTargets = 10'000;

std::string fleet() {
  std::string text = "[defaults]\ninterval = '15s'\n";
  for (int i = 0; i < kTargets; ++i) {
    const std::string number = std::to_string(i);
    text += "[targets.service-" + number + "]\nurl = 'https://service-" + number +
            ".internal.example.com/api/v1/health'\nlabels = { team = 'team-" + std::to_string(i % 50) +
            "', tier = '1' }\nexpect.status = ['2xx', " + std::to_string(400 + i % 4) +
            "]\nexpect.body_matches = '\"status\":\\s*\"ok\"'\ntimeout = '" + std::to_string(5 + i % 3) + "s'\n";
  }
  return text;
}

std::size_t allocated() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;  // on the heap, and in blocks of their own
}

TEST(FleetSize, TargetsThatSayTheSameShareIt) {
  const std::string text = fleet();
  const std::size_t before = allocated();
  const auto start = std::chrono::steady_clock::now();
  const LoadResult result = parse(text, "/etc/authprobe/authprobe.toml");
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  std::cout << kTargets << " targets: " << took.count() << " s, " << (allocated() - before) / kTargets
            << " bytes each\n";

  ASSERT_TRUE(result.ok());
  ASSERT_EQ(result.config.targets.size(), static_cast<std::size_t>(kTargets));
  std::set<const void*> connections, expectations;
  for (const Target& target : result.config.targets) {
    connections.insert(target.connection.get());
    expectations.insert(target.expect.get());
  }
  EXPECT_EQ(connections.size(), 3u);
  EXPECT_EQ(expectations.size(), 4u);
}

}  // namespace
}  // namespace authprobe::config
