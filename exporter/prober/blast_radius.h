// How many targets of each credential are in each state: what a dead credential takes down. Counted as states change,
// since looking at a whole fleet again and again costs more than its probes. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/prober/credential_status.h"
#include "exporter/prober/target_state.h"

namespace authprobe::prober {

class BlastRadius {
 public:
  using Counts = decltype(CredentialStatus::targets);  // by State

  BlastRadius() = default;

  // All targets of `config` begin as pending.
  explicit BlastRadius(const config::Config& config) : credential_of_(config.targets.size(), kNone) {
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    for (const auto& credential : config.credentials) numbers.emplace(credential.name, numbers.size());
    counts_.resize(numbers.size());
    for (std::size_t i = 0; i < config.targets.size(); ++i) {
      const auto number = numbers.find(config.targets[i].credential);
      if (number == numbers.end()) continue;
      credential_of_[i] = number->second;
      ++at(number->second, State::pending);
    }
  }

  void move(std::size_t target, State from, State to) {
    if (from == to) return;  // before anything is looked up: nearly all end here
    const std::uint32_t credential = credential_of_[target];
    if (credential == kNone) return;
    --at(credential, from);
    ++at(credential, to);
  }

  // Of the credential at this place in the configuration.
  const Counts& of(std::size_t credential) const { return counts_[credential]; }

 private:
  static constexpr std::uint32_t kNone = 0xffffffff;
  Counts::value_type& at(std::uint32_t credential, State state) {
    return counts_[credential][static_cast<std::size_t>(state)];
  }

  std::vector<std::uint32_t> credential_of_;  // by target
  std::vector<Counts> counts_;                // by credential
};

}  // namespace authprobe::prober
