// Keeps a password that is refused from being sent so often that its account is locked: after a few refusals in a row,
// whichever targets met them, one probe at a time tries it, after longer and longer rests. Pure.
#pragma once

#include <cstdint>

#include "exporter/prober/slot_clock.h"

namespace authprobe::prober {

class LockoutGuard {
 public:
  // Directories lock an account after five failures at the least, as a rule.
  static constexpr int kFreeRefusals = 3;
  static constexpr std::chrono::minutes kFirstRest{1};
  static constexpr std::chrono::minutes kLongestRest{30};

  // Whether a probe may send the password now. Each admitted one reports what came of it. `revision` changes with the
  // password, and another one is no longer held back.
  bool admit(std::uint64_t revision, SlotTime now);

  void refused(SlotTime now);
  void accepted() { *this = LockoutGuard(revision_); }

  // How long it rests between two trials; 0: it does not.
  SlotClock::duration rest() const { return refusals_ < kFreeRefusals ? SlotClock::duration{0} : rest_; }

  // What outlives the process, so that one that ends again and again does not lock the account.
  struct Memory {
    int refusals = 0;
    SlotClock::duration rest{0};
    SlotTime next_trial;
    bool operator==(const Memory&) const = default;
  };
  Memory memory() const { return {refusals_, rest_, next_trial_}; }
  // `revision` is that of the same password.
  void restore(std::uint64_t revision, const Memory& memory);

  LockoutGuard() = default;

 private:
  explicit LockoutGuard(std::uint64_t revision) : revision_(revision) {}

  std::uint64_t revision_ = 0;
  int refusals_ = 0;
  SlotClock::duration rest_{0};
  SlotTime next_trial_;
  bool on_trial_ = false;
};

}  // namespace authprobe::prober
