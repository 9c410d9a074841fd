#include "exporter/commands/probe.h"

#include <algorithm>
#include <memory>
#include <ostream>

#include "exporter/commands/cli.h"
#include "exporter/config/load.h"
#include "exporter/metrics/probe_exposition.h"
#include "exporter/prober/prober.h"

namespace authprobe::commands {
namespace {

// The configuration with `target` alone; nullptr where it cannot be had, said on `err`.
std::shared_ptr<const config::Config> only(const ProbeOptions& options, std::ostream& err) {
  config::LoadResult result = config::load(options.config_file);
  if (!result.ok()) {
    for (const auto& finding : result.findings) err << to_string(finding) << '\n';
    return nullptr;
  }
  auto& targets = result.config.targets;
  std::erase_if(targets, [&](const config::Target& target) { return target.name != options.target; });
  if (targets.empty()) {
    err << options.config_file << ": there is no target \"" << options.target << "\"\n";
    return nullptr;
  }
  // Its credential is asked about nowhere: one probe is to be one probe.
  auto& credentials = result.config.credentials;
  std::erase_if(credentials, [&](const config::Credential& c) { return c.name != targets[0].credential; });
  for (config::Credential& credential : credentials) {
    credential.next.clear();
    credential.expiry.lookup = {};
    credential.expiry.introspection = {};
  }
  return std::make_shared<const config::Config>(std::move(result.config));
}

}  // namespace

int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err) {
  const auto config = only(options, err);
  if (!config) return kExitCannot;
  prober::Prober prober(config);
  prober.probe_now(0, 1, config->targets[0].connection->timeout);
  std::optional<prober::ProbeRecord> record;
  while (!(record = prober.next_record())) prober.wait();
  out << metrics::probe_exposition(*record);
  if (!record->detail.empty()) err << options.target << ": " << record->detail << '\n';
  return record->state == prober::State::ok ? kExitOk : kExitNotFine;
}

}  // namespace authprobe::commands
