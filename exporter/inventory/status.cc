#include "exporter/inventory/status.h"

namespace authprobe::inventory {

std::string_view to_string(Failure failure) {
  constexpr std::array<std::string_view, kFailureCount> kWords{
      "none", "credential", "transport", "refused", "rate_limited", "status", "unreadable", "too_long", "elsewhere"};
  return kWords[static_cast<std::size_t>(failure)];
}

}  // namespace authprobe::inventory
