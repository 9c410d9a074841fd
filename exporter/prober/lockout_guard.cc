#include "exporter/prober/lockout_guard.h"

#include <algorithm>

namespace authprobe::prober {

bool LockoutGuard::admit(std::uint64_t revision, SlotTime now) {
  if (revision != revision_) *this = LockoutGuard(revision);
  if (refusals_ < kFreeRefusals) return true;
  if (now < next_trial_) return false;
  next_trial_ = now + rest_;  // also where nothing ever comes of this one
  on_trial_ = true;
  return true;
}

void LockoutGuard::restore(std::uint64_t revision, const Memory& memory) {
  *this = LockoutGuard(revision);
  refusals_ = memory.refusals;
  rest_ = memory.rest;
  next_trial_ = memory.next_trial;
}

void LockoutGuard::refused(SlotTime now) {
  if (refusals_ >= kFreeRefusals && !on_trial_) return;  // it was under way when the rest began
  rest_ = ++refusals_ <= kFreeRefusals ? kFirstRest : std::min<SlotClock::duration>(2 * rest_, kLongestRest);
  next_trial_ = now + rest_;
  on_trial_ = false;
}

}  // namespace authprobe::prober
