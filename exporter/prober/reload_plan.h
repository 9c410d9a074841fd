// What a reload works out of two configurations before the probing thread takes the second one: any thread may do it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/admission.h"

namespace authprobe::prober {

struct ReloadPlan {
  static constexpr std::size_t kNone = SIZE_MAX;

  // `from` is the configuration in force; null: none.
  ReloadPlan(std::shared_ptr<const config::Config> from, std::shared_ptr<const config::Config> to);

  std::shared_ptr<const config::Config> from;
  std::shared_ptr<const config::Config> to;
  std::vector<std::size_t> unchanged;   // by target: the index of its equal in `from`; kNone: it is new or changed
  std::vector<std::uint32_t> host_of;   // by target: the number of what bounds on one host count
  std::vector<std::uint32_t> scope_of;  // by target; Admission::kNone: no scope; empty: no target has one
  Admission admission;                  // of `to`, with nothing in flight
};

}  // namespace authprobe::prober
