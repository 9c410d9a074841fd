// What outlives the process: marks what probes have changed, and writes it to the state file on a thread of its own, so
// that no probe waits for a disk.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/metrics/fleet_metrics.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/fleet.h"
#include "exporter/store/generation.h"
#include "exporter/store/state_file.h"

namespace authprobe::store {

class Store {
 public:
  // Between two transactions; after a failed one.
  static constexpr std::chrono::milliseconds kPause{500};
  static constexpr std::chrono::seconds kPauseAfterFailure{5};
  // close() returns after this time, whatever the disk does.
  static constexpr std::chrono::seconds kLongestClose{5};

  // The writer's thread calls these.
  struct Listener {
    std::function<void(WallTime until)> wrote;  // all that happened until then is in the file
    std::function<void(const std::string& error)> failed;
    std::function<void()> free;  // hand_over() was called while a transaction ran: it is to be called again
  };

  // Opens the file. Throws StateFileError.
  explicit Store(const std::string& path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // What an earlier process knew of this configuration's targets, by index, and of its credentials. Counters go by name
  // alone, and the rest by name and configuration, as in a reload.
  struct Loaded {
    std::vector<std::optional<prober::TargetMemory>> memories;
    std::vector<std::optional<metrics::SavedRow>> rows;
    std::vector<prober::CredentialStatus> credentials;
    std::size_t unreadable = 0;  // records that were left out
  };
  Loaded load(const config::Config& config);

  // After load(): begins to write.
  void start(Listener listener);

  // The members below are for the probing thread.

  // A configuration is in use from now on, with these rows of its targets.
  void use(std::shared_ptr<const config::Config> config, std::shared_ptr<const metrics::FleetMetrics> rows);

  // A probe or a control has changed what is known of the target. It costs a comparison.
  void changed(std::size_t target) {
    if (marked_[target]) return;
    marked_[target] = true;
    changed_.push_back(target);
  }
  void record(const std::vector<prober::CredentialStatus>& credentials);

  // Once a turn of the loop: gives the writer what has changed, unless it is writing.
  void hand_over(const prober::Fleet& fleet);

  // Writes all that has changed and ends the writer. False where the disk keeps it longer than kLongestClose: the
  // writer still runs then, and the process has to end without destroying this object.
  bool close(const prober::Fleet& fleet);

 private:
  struct Batch {
    std::shared_ptr<Generation> generation;
    WallTime until;  // all that happened until then is in it, or in the file
    std::vector<std::pair<std::size_t, prober::TargetMemory>> targets;
    std::vector<prober::CredentialStatus> credentials;
  };

  void mark_all();
  void fill(const prober::Fleet& fleet);
  void give();
  void run();
  void write_batch();
  StateFile::Records records_of(const Batch& batch);
  void pause(std::chrono::milliseconds time);

  StateFile file_;
  Listener listener_;

  // The probing thread's.
  std::shared_ptr<Generation> generation_;
  std::vector<bool> marked_;
  std::vector<std::size_t> changed_;
  std::optional<std::vector<prober::CredentialStatus>> credentials_;

  // Who may touch the batch and the file: the writer while busy_, the probing thread otherwise.
  std::atomic<bool> busy_{false};
  std::atomic<bool> wanted_{false};  // hand_over() came in vain
  std::atomic<bool> failed_{false};  // what was written last is lost: all is to be written again
  Batch batch_;
  std::vector<std::string> credential_texts_;  // as written last, by index

  std::mutex mutex_;
  std::condition_variable turn_;
  std::condition_variable idle_;
  bool stopping_ = false;  // under mutex_: no more pauses
  bool ended_ = false;     // likewise: no more batches
  std::thread writer_;
};

}  // namespace authprobe::store
