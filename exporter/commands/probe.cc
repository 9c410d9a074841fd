#include <algorithm>
#include <memory>
#include <ostream>

#include "exporter/commands/commands.h"
#include "exporter/commands/signature_files.h"
#include "exporter/commands/single_target.h"
#include "exporter/metrics/probe_exposition.h"
#include "exporter/prober/prober.h"

namespace authprobe::commands {

int probe(const ProbeOptions& options, std::ostream& out, std::ostream& err) {
  auto loaded = load_single_target(options.config_file, options.target, Questions::left_out, err);
  if (!loaded) return kExitCannot;
  for (config::Credential& credential : loaded->credentials) credential.next.clear();  // only one request is sent
  const auto config = std::make_shared<const config::Config>(std::move(*loaded));
  const SignatureFiles files = read_signature_files(*config);
  if (!files.error.empty()) {
    err << files.error << '\n';
    return kExitCannot;
  }
  prober::Prober prober(config, files.rules);
  prober.probe_now(0, 1, config->targets[0].connection->timeout);
  const prober::Prober::Event* event = nullptr;
  while ((event = prober.next_event()) == nullptr) prober.wait();
  const auto* record = std::get_if<prober::ProbeRecord>(event);  // nothing else is in flight
  out << metrics::probe_exposition(*record);
  if (!record->detail.empty()) err << options.target << ": " << record->detail << '\n';
  return record->state == prober::State::ok ? kExitOk : kExitNotFine;
}

}  // namespace authprobe::commands
