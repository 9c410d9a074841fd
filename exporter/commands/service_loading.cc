// What the Service loads while it runs: the configuration again, and lists of targets whose files have changed.
#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

#include "exporter/commands/descriptors.h"
#include "exporter/commands/service.h"
#include "exporter/commands/signature_files.h"
#include "exporter/config/broken_file.h"
#include "exporter/config/list_files.h"

namespace authprobe::commands {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kListsEvery{1};
constexpr std::size_t kMostFilesSaid = 100;

std::string reloaded_text(const std::vector<config::BrokenFile>& broken) {
  if (broken.empty()) return "configuration reloaded";
  std::string text = "configuration reloaded, except for included files with errors";
  for (const config::BrokenFile& file : std::span(broken).first(std::min(broken.size(), kMostFilesSaid))) {
    text += '\n' + config::errors_text(file.findings);
  }
  if (broken.size() > kMostFilesSaid) text += "\nand " + std::to_string(broken.size() - kMostFilesSaid) + " more files";
  return text;
}

}  // namespace

config::LoadResult ConfigSource::load(const config::LoadMemory& before) const {
  config::LoadResult result = config::load_usable(file, before);
  if (shard && result.ok()) config::keep_shard(*shard, result.config);
  keep_to_descriptors(result.config);
  return result;
}

void Service::remember(config::LoadResult result) {
  memory_ = std::move(result.memory);
  watched_ = std::move(result.watched);
  note_lists(result.lists);
  note_broken(result.broken);
}

void Service::reload(const web::Reply& reply) {
  config_files_.differs(config::stamps_of(watched_));
  load_again(true, reply);
}

void Service::reload_changed() {
  // A look before the load: what changes meanwhile is seen at the next one.
  if (config_files_.differs(config::stamps_of(watched_))) load_again(false, {});
}

void Service::load_again(bool is_asked, const web::Reply& reply) {
  config::LoadMemory memory = memory_;
  memory.sources.reset();
  config::LoadResult result = source_.load(memory);
  std::string errors = config::errors_text(result.findings);
  SignatureFiles files;
  if (result.ok()) files = read_signature_files(result.config);
  if (!files.error.empty()) errors = files.error;
  watched_ = result.watched;  // of a refused one too: the error may be mended in a file that is to come
  if (!errors.empty()) {
    refuse(errors, is_asked, reply);
    return;
  }
  const bool was_refused = !std::exchange(refused_, {}).empty();
  const bool may_be_same =
      !is_asked && !was_refused && result.config.settings.signatures.empty() && result.config.provider_files.empty();
  const bool is_same = may_be_same && config::is_same(result.config, *loaded_);
  const auto before = loaded_;
  if (!is_same) loaded_ = std::make_shared<const config::Config>(std::move(result.config));
  memory_ = std::move(result.memory);
  lists_have_changed_ = false;
  mailbox_.post([this, next = is_same ? nullptr : prepare(before, loaded_), rules = std::move(files.rules), reply,
                 lists = std::move(result.lists), broken = std::move(result.broken)] {
    if (next) take(*next, rules);
    note_lists(lists);
    note_broken(broken);
    if (next) log_.info("configuration reloaded", {{"targets", std::to_string(next->config->targets.size())}});
    if (reply) reply(web::text_response(200, reloaded_text(broken)));
  });
}

void Service::refuse(const std::string& errors, bool is_asked, const web::Reply& reply) {
  exporter_metrics_.config_refused();
  const bool is_said = std::exchange(refused_, errors) == errors;
  if (is_asked || !is_said) {
    log_.error("configuration not reloaded: keeping the old configuration", {{"errors", errors}});
  }
  if (reply) reply(web::text_response(500, "configuration not reloaded: keeping the old configuration\n" + errors));
}

void Service::read_lists() {
  // A look before the load: what changes meanwhile is seen at the next one.
  if (list_files_.differs(config::list_stamps(loaded_->lists))) lists_have_changed_ = true;
  load_lists_if_due();
}

void Service::read_answer(const prober::ListAnswer& answer) {
  const auto list = std::ranges::find(loaded_->lists, answer.list, &config::TargetList::name);
  if (list == loaded_->lists.end() || !(list->url == answer.url)) return;
  if (config::take_answer(*list, answer.text, answer.problem, memory_)) lists_have_changed_ = true;
  load_lists_if_due();
}

// A list that changes all the time delays no other one for long, and keeps nobody busy. read_lists() comes each second.
void Service::load_lists_if_due() {
  const auto begin = steady_clock::now();
  if (!lists_have_changed_ || !list_pace_.is_due(begin)) return;
  load_lists();
  lists_have_changed_ = false;
  list_pace_.done(begin, steady_clock::now());
}

void Service::load_lists() {
  config::LoadResult result = source_.load(memory_);
  if (!result.ok()) {
    log_.error("lists of targets not read: keeping the old ones", {{"errors", config::errors_text(result.findings)}});
    return;
  }
  memory_ = std::move(result.memory);
  const bool is_other = result.config.targets != loaded_->targets;
  const auto before = loaded_;
  if (is_other) loaded_ = std::make_shared<const config::Config>(std::move(result.config));
  mailbox_.post([this, next = is_other ? prepare(before, loaded_) : nullptr, lists = std::move(result.lists),
                 broken = std::move(result.broken)] {
    if (next) take(*next, rules_);
    note_lists(lists);
    note_broken(broken);
    if (next) log_.info("lists of targets read", {{"targets", std::to_string(next->config->targets.size())}});
  });
}

void Service::pass_list_answers() {
  for (prober::ListAnswer& answer : prober_.take_list_answers()) {
    ++answers_passed_;
    const bool is_taken = loader_.post([this, answer = std::move(answer)] {
      read_answer(answer);
      mailbox_.post([this] { --answers_passed_; });
    });
    if (!is_taken) --answers_passed_;
  }
}

void Service::look_at_files() {
  const auto now = steady_clock::now();
  if (!prober_.config().lists.empty() && now - lists_noted_ >= kListsEvery) {
    lists_noted_ = now;
    load_beside(is_reading_lists_, &Service::read_lists);
  }
  if (source_.reload_every.count() > 0 && now - files_noted_ >= source_.reload_every) {
    files_noted_ = now;
    load_beside(is_reading_files_, &Service::reload_changed);
  }
}

// One at a time: a load may take longer than the interval.
void Service::load_beside(std::atomic<bool>& is_busy, void (Service::*load)()) {
  if (is_busy.exchange(true)) return;
  const bool is_taken = loader_.post([this, &is_busy, load] {
    (this->*load)();
    is_busy = false;
  });
  if (!is_taken) is_busy = false;
}

void Service::note_lists(const std::vector<config::ListReport>& reports) {
  list_log_.note(reports);
  list_metrics_.set(metrics::list_families(reports));
}

void Service::note_broken(const std::vector<config::BrokenFile>& files) {
  broken_file_log_.note(files);
  broken_file_metrics_.set(metrics::broken_file_families(files));
}

}  // namespace authprobe::commands
