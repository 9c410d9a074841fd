// How the targets of a credential, and the credentials of a host, stand together: counted as probes finish, so that
// asking costs the same for ten targets and for ten thousand. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/diagnosis/controls.h"

namespace authprobe::prober {

class RefusalCounts {
 public:
  RefusalCounts() = default;
  // `host_of[target]` numbers the target's host. Targets without a credential have no siblings.
  RefusalCounts(const std::vector<config::Target>& targets, const std::vector<std::uint32_t>& host_of);

  // A probe of the target has finished, and the target is refused now, or it is not.
  void update(std::size_t target, bool refused);

  // The target has been let in at some time before.
  void note_let_in(std::size_t target);

  // The counts for a target's diagnosis; what is about the target itself is left to the caller.
  diagnosis::FleetContext context_of(std::size_t target) const;

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  enum class Standing : std::uint8_t { unknown, fine, refused };
  struct Group {
    std::size_t probed = 0;
    std::size_t refused = 0;
    std::size_t fine = 0;     // let in since the refusals began
    std::uint32_t round = 1;  // how often refusals have begun, where there were none
    bool let_in = false;      // at any time; of hosts only
    bool all_refused() const { return probed > 0 && refused == probed; }
    void change(Standing from, Standing to);
  };
  struct Member {
    std::uint32_t credential = kNone;  // index into credentials_
    std::uint32_t pair = kNone;        // index into pairs_: this credential at this host
    std::uint32_t host = kNone;        // index into hosts_
    Standing standing = Standing::unknown;
    std::uint32_t fine_in = 0;  // the round of the credential's refusals in which it is counted as fine
  };

  void count_fine(Member& member, bool refused);

  std::vector<Member> members_;     // per target
  std::vector<Group> credentials_;  // of targets
  std::vector<Group> pairs_;        // of targets
  std::vector<Group> hosts_;        // of pairs: refused ones are those with every target refused
};

}  // namespace authprobe::prober
