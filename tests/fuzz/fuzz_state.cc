// libFuzzer target: any bytes as a record or a block of tallies of the state file. What is taken of them can be written
// and read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporter/metrics/fleet_metrics.h"
#include "exporter/metrics/text_writer.h"
#include "exporter/store/credential_json.h"
#include "exporter/store/tally.h"
#include "exporter/store/target_json.h"

namespace {

authprobe::config::Config one_target() {
  authprobe::config::Config config;
  config.targets.emplace_back().name = std::string("a");
  config.targets[0].url = authprobe::wire::Url("https://api.example.com/");
  config.targets[0].connection = std::make_shared<authprobe::config::Connection>();
  config.targets[0].expect = std::make_shared<authprobe::config::Expectation>();
  return config;
}

// A tally that is applied to a record has its counts, and is the same when it has been written and read again.
void check_tally(const authprobe::metrics::SavedRow& tally, const authprobe::config::Config& config) {
  using namespace authprobe;
  store::SavedTarget target;
  store::apply_tally(tally, target);
  metrics::FleetMetrics fleet(config);
  fleet.restore(0, target.row);
  metrics::Text shown;
  metrics::TextWriter writer(shown);
  fleet.render(writer);
  std::string blob = store::begin_tallies();
  store::append_tally(blob, "a", fleet.row(0));
  store::Tallies again;
  if (!store::read_tallies(blob, again) || again.size() != 1) std::abort();
  if (again.begin()->second.values.probes.get() != tally.values.probes.get()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  static const config::Config kConfig = one_target();
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto target = store::read_target_json(text, now)) {
    metrics::FleetMetrics fleet(kConfig);
    fleet.restore(0, target->row);
    metrics::Text shown;
    metrics::TextWriter writer(shown);
    fleet.render(writer);
    const std::string once = store::target_json(target->memory, fleet.row(0));
    const auto again = store::read_target_json(once, now);
    if (!again || again->memory.state.state != target->memory.state.state) std::abort();
  }
  if (const auto credential = store::read_credential_json("c", text, now)) {
    const std::string once = store::credential_json(*credential);
    const auto again = store::read_credential_json("c", once, now);
    if (!again || store::credential_json(*again) != once) std::abort();
  }
  store::Tallies tallies;
  store::read_tallies(text, tallies);
  for (const auto& [key, tally] : tallies) check_tally(tally, kConfig);
  return 0;
}
