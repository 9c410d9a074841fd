// What the Service loads while it runs: the configuration again, and lists of targets whose files have changed.
#include <chrono>
#include <utility>

#include "exporter/commands/descriptors.h"
#include "exporter/commands/service.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/listed_targets.h"
#include "exporter/metrics/list_metrics.h"

namespace authprobe::commands {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kListsEvery{1};

std::string findings_text(const std::vector<config::Finding>& findings) {
  std::string text;
  for (const auto& finding : findings) {
    if (finding.severity == config::Finding::Severity::error) text += (text.empty() ? "" : "\n") + to_string(finding);
  }
  return text;
}

}  // namespace

config::LoadResult ConfigSource::load(const config::LoadMemory& before) const {
  config::LoadResult result = config::load(file, before);
  if (shard && result.ok()) config::keep_shard(*shard, result.config);
  keep_to_descriptors(result.config);
  return result;
}

void Service::remember(config::LoadMemory memory, const std::vector<config::ListReport>& lists) {
  memory_ = std::move(memory);
  note_lists(lists);
}

void Service::reload(const web::Reply& reply) {
  config::LoadResult result = source_.load({nullptr, memory_.lists});
  std::string errors = findings_text(result.findings);
  SignatureFiles files;
  if (result.ok()) files = read_signature_files(result.config.settings.signatures);
  if (!files.error.empty()) errors = files.error;
  if (!errors.empty()) {
    exporter_metrics_.config_refused();
    log_.error("configuration not reloaded: keeping the old configuration", {{"errors", errors}});
    if (reply) reply(web::text_response(500, "configuration not reloaded: keeping the old configuration\n" + errors));
    return;
  }
  auto config = std::make_shared<const config::Config>(std::move(result.config));
  loaded_ = config;
  memory_ = std::move(result.memory);
  mailbox_.post([this, config, rules = std::move(files.rules), reply, lists = std::move(result.lists)] {
    take(config, rules);
    note_lists(lists);
    log_.info("configuration reloaded", {{"targets", std::to_string(config->targets.size())}});
    if (reply) reply(web::text_response(200, "configuration reloaded"));
  });
}

void Service::read_lists() {
  // A look before the load: what changes meanwhile is seen at the next one.
  if (!list_files_.differs(config::list_stamps(loaded_->lists))) return;
  config::LoadResult result = source_.load(memory_);
  if (!result.ok()) {
    log_.error("lists of targets not read: keeping the old ones", {{"errors", findings_text(result.findings)}});
    return;
  }
  memory_ = std::move(result.memory);
  const bool is_other = result.config.targets != loaded_->targets;
  if (is_other) loaded_ = std::make_shared<const config::Config>(std::move(result.config));
  mailbox_.post([this, config = is_other ? loaded_ : nullptr, lists = std::move(result.lists)] {
    if (config) take(config, rules_);
    note_lists(lists);
    if (config) log_.info("lists of targets read", {{"targets", std::to_string(config->targets.size())}});
  });
}

void Service::note_lists() {
  const auto now = steady_clock::now();
  if (prober_.config().lists.empty() || now - lists_noted_ < kListsEvery || is_reading_lists_.exchange(true)) return;
  lists_noted_ = now;
  const bool is_taken = loader_.post([this] {
    read_lists();
    is_reading_lists_ = false;
  });
  if (!is_taken) is_reading_lists_ = false;
}

void Service::note_lists(const std::vector<config::ListReport>& reports) {
  list_log_.note(reports);
  list_metrics_.set(metrics::list_families(reports));
}

}  // namespace authprobe::commands
