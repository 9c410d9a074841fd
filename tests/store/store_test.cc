// The hand-over from the probing thread to the writer's, and what the next process finds.
#include "exporter/store/store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

#include "exporter/prober/fleet.h"
#include "tests/metrics/staged_fleet.h"
#include "tests/support/rules.h"
#include "tests/support/temp_folder.h"

namespace authprobe::store {
namespace {

using namespace std::chrono_literals;
using metrics::a_config;
using metrics::a_target;

// While it lives, this process can make no file longer.
class FullDisk {
 public:
  FullDisk() {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);  // write() fails instead
};

// A fleet that is probed in virtual time, and its store.
class StoreTest : public testing::Test {
 protected:
  struct Life {
    Life(const std::string& path, std::shared_ptr<const config::Config> configured)
        : config(std::move(configured)),
          rows(std::make_shared<metrics::FleetMetrics>(*config)),
          fleet(config, test::rules(), prober::SlotTime{1'000'000'000ms}),
          store(path) {
      const Store::Loaded loaded = store.load(*config);
      fleet.restore(loaded.memories, prober::SlotTime{1'000'000'000ms});
      for (std::size_t i = 0; i < loaded.rows.size(); ++i) {
        if (loaded.rows[i]) rows->restore(i, *loaded.rows[i]);
      }
      store.use(config, rows);
      store.start({.wrote = [this](WallTime until) { written_until = until.time_since_epoch().count(); },
                   .failed = [this](const std::string&) { ++failures; },
                   .free = [] {}});
    }

    // Every target answers `status`.
    void probe(int status) {
      now += 15s;
      fleet.offer_due(now);
      while (const auto target = fleet.next_to_start()) {
        fleet.start(*target, {now, prober::SlotClock::to_wall(now)});
        http::Response response;
        response.status = status;
        if (const auto record = fleet.finish(*target, response, {now, prober::SlotClock::to_wall(now)})) {
          rows->record(*record);
          store.changed(*target);
        }
      }
      store.hand_over(fleet);
    }

    // Until all that has been probed so far is in the file.
    void settle() {
      const std::int64_t asked = WallTime(std::chrono::system_clock::now()).time_since_epoch().count();
      while (written_until < asked) {
        store.changed(0);
        store.hand_over(fleet);
        std::this_thread::yield();
      }
    }

    std::shared_ptr<const config::Config> config;
    std::shared_ptr<metrics::FleetMetrics> rows;
    prober::Fleet fleet;
    prober::SlotTime now{1'000'000'000ms};
    std::atomic<std::int64_t> written_until{0};
    std::atomic<int> failures{0};
    Store store;
  };

  static std::shared_ptr<const config::Config> configured(int targets) {
    std::vector<config::Target> all;
    for (int i = 0; i < targets; ++i) {
      all.push_back(a_target("t" + std::to_string(i)));
      all.back().interval = 15s;
    }
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
    return std::make_shared<const config::Config>(a_config(std::move(all)));
  }

  std::string path() const { return folder_.path("state.db"); }
  http_test::TempFolder folder_;
};

// Probes go on while the writer writes; what close() left is all of it.
TEST_F(StoreTest, ProbesGoOnWhileTheWriterWrites) {
  const auto config = configured(300);
  std::string last;
  {
    Life life(path(), config);
    for (int round = 0; round < 200; ++round) life.probe(round % 50 == 49 ? 401 : 200);
    EXPECT_TRUE(life.store.close(life.fleet));
    EXPECT_EQ(life.failures, 0);
    last = text_of(*life.rows);
  }
  Life next(path(), config);
  EXPECT_EQ(text_of(*next.rows), last);
}

// A process that is killed does not close: what it leaves are records of what was new, and tallies.
TEST_F(StoreTest, ProbesThatFoundNothingNewAreInTheTallies) {
  const auto config = configured(250);
  std::string last;
  {
    Life life(path(), config);
    life.probe(200);
    life.settle();
    for (int round = 0; round < 20; ++round) life.probe(200);
    life.settle();
    last = text_of(*life.rows);
  }
  {
    StateFile file(path());
    const StateFile::Records records = file.read();
    EXPECT_EQ(records.blocks.size(), 2u);
    ASSERT_EQ(records.targets.size(), 250u);
    for (const auto& record : records.targets) {
      EXPECT_NE(record.text.find("\"probes\":1,"), std::string::npos) << record.text;
    }
  }
  Life next(path(), config);
  EXPECT_EQ(text_of(*next.rows), last);
}

// Nothing has changed since the disk refused it: no probe marks it again.
TEST_F(StoreTest, WhatAFullDiskRefusedIsWrittenWhenThereIsRoom) {
  const auto config = configured(20);
  std::string last;
  {
    Life life(path(), config);
    life.probe(200);
    life.settle();
    {
      const FullDisk full;
      life.probe(401);
      while (life.failures == 0) {
        life.store.hand_over(life.fleet);
        std::this_thread::yield();
      }
    }
    EXPECT_TRUE(life.store.close(life.fleet));
    EXPECT_EQ(life.failures, 1);
    last = text_of(*life.rows);
  }
  Life next(path(), config);
  EXPECT_EQ(text_of(*next.rows), last);
}

}  // namespace
}  // namespace authprobe::store
