#include "exporter/prober/inventory_task.h"

#include <algorithm>
#include <utility>

#include "exporter/prober/rate_limit.h"

namespace authprobe::prober {
using inventory::Failure;
using inventory::Listing;
using std::chrono::milliseconds;

namespace {

// As an answer's status and headers tell.
bool tells_limit(const http::Response& response) {
  const bool may_limit = response.status == 403 || response.status == 503;
  return response.status == 429 || (may_limit && wire::find_header(response.headers, "Retry-After") != nullptr);
}

}  // namespace

// Some say it in the body of another status alone, such as AWS in that of a 400.
bool InventoryTask::limits_rate(const http::Response& response, SlotTime now) const {
  if (tells_limit(response)) return true;
  if (response.status < 400 || !rules_) return false;
  diagnosis::Input input;
  input.status = response.status;
  input.headers = response.headers;
  input.body = response.body;
  input.now = SlotClock::to_wall(now);
  const diagnosis::Diagnosis found = diagnosis::diagnose(input, *rules_);
  return found.cause == diagnosis::Cause::rate_limited && found.confidence != diagnosis::Confidence::guess;
}

InventoryTask::InventoryTask(config::Inventory config, std::shared_ptr<credential::Credential> credential)
    : config_(std::move(config)), credential_(std::move(credential)) {
  status_.name = config_.name;
}

// Has one request of another task's list in progress.
class InventoryTask::Helper : public CredentialTask {
 public:
  explicit Helper(InventoryTask& task) : task_(task) {}

  SlotTime due() const override { return task_.due_beside(); }
  std::optional<http::Request> next_request(SlotTime now) override { return task_.send(sent_, now); }
  void on_response(const http::Response& response, SlotTime now) override { task_.take(sent_, response, now); }
  void fill_status(CredentialStatus& /*status*/) const override {}

 private:
  InventoryTask& task_;
  Sent sent_;
};

std::vector<std::unique_ptr<CredentialTask>> InventoryTask::helpers() {
  std::vector<std::unique_ptr<CredentialTask>> helpers;
  if (config_.list->steps.size() < 2) return helpers;
  while (helpers.size() + 1 < kMostInProgress) helpers.push_back(std::make_unique<Helper>(*this));
  return helpers;
}

SlotTime InventoryTask::due() const {
  if (listing_ && in_progress_ > 0) return due_beside();
  if (awaits_token_ && !credential_->awaits_token()) return SlotTime{};
  return refused_ == version() ? SlotTime::max() : next_;
}

// Of a further request while others are in progress.
SlotTime InventoryTask::due_beside() const {
  const bool may_send = listing_ && in_progress_ > 0 && in_progress_ < width() && listing_->has_next();
  return may_send ? next_ : SlotTime::max();
}

// What is in progress may not be in the budget that the issuer told last.
std::size_t InventoryTask::width() const {
  return std::min(most_in_progress_, std::max<std::size_t>(budget_.value_or(kMostInProgress), 1));
}

std::optional<http::Request> InventoryTask::request_for(Listing::Ask ask) const {
  http::Request request;
  request.method = ask.step->method;
  request.url = http::prepared(std::move(ask.url));
  request.headers = ask.step->headers;
  if (wire::find_header(request.headers, "Accept") == nullptr) {
    request.headers.emplace_back("Accept", "application/json");
  }
  if (!ask.body.empty()) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = wire::Secret(ask.body);
  }
  request.connection = config_.connection;
  request.timeout = request.connection->timeout;
  request.session_key = "inventory " + config_.name;
  request.keep_body = std::max<std::size_t>(http::kBodyKept, request.connection->max_response_bytes);
  if (!credential_->authorize(request)) return std::nullopt;
  if (request.identity) request.session_key += '#' + credential_->fingerprint();
  return request;
}

std::optional<http::Request> InventoryTask::next_request(SlotTime now) {
  refused_.reset();
  return send(sent_, now);
}

void InventoryTask::on_response(const http::Response& response, SlotTime now) {
  take(sent_, response, now);
}

std::optional<http::Request> InventoryTask::send(Sent& sent, SlotTime now) {
  next_ = now + kWithoutSecret;
  awaits_token_ = credential_->awaits_token();
  if (awaits_token_) return std::nullopt;
  if (!credential_->problem().empty()) {
    fail({Failure::credential, credential_->problem()}, now);
    return std::nullopt;
  }
  if (!listing_) {
    listing_.emplace(config_);
    begun_ = now;
    ++list_number_;
  }
  auto ask = listing_->next();
  if (!ask) {
    fail(listing_->problem(), now);
    return std::nullopt;
  }
  sent = {list_number_, ask->number};
  auto request = request_for(std::move(*ask));
  if (!request) {
    fail({Failure::elsewhere, "the credential must not be sent to the host of the list"}, now);
    return std::nullopt;
  }
  ++in_progress_;
  next_ = now;
  return request;
}

void InventoryTask::take(const Sent& sent, const http::Response& response, SlotTime now) {
  if (!listing_ || sent.list != list_number_) return;  // of a list that has failed since
  --in_progress_;
  if (limits_rate(response, now)) {
    listing_->again(sent.request);
    if (!pause(response, now)) fail({Failure::rate_limited, "the issuer limits how often it is asked"}, now);
    return;
  }
  if (response.status == 401) {
    credential_->token_refused(credential_->token_number());
    if (credential_->password_like()) refused_ = version();  // no account is locked by our questions
  }
  listing_->take(sent.request, response, SlotClock::to_wall(now));
  if (listing_->problem().why != Failure::none) {
    fail(listing_->problem(), now);
  } else if (listing_->is_complete()) {
    finish(now);
  } else {
    rest_as_told(response, now);
  }
}

// The same page again, later. False where that would be too late for this list.
bool InventoryTask::pause(const http::Response& response, SlotTime now) {
  const WallTime when = SlotClock::to_wall(now);
  const auto told = read_retry_after(response.headers, when);
  // The other answers of the same moment say it once more.
  if (next_ <= now) most_in_progress_ = std::max<std::size_t>(most_in_progress_ / 2, 1);
  next_ = std::max(next_, now + std::max<milliseconds>(told.value_or(kUsualPause), std::chrono::seconds{1}));
  return next_ - begun_ < std::max<milliseconds>(config_.interval, kLeastTimeForList);
}

// No request is sent that would be refused: the budget that the answer tells of is used up.
void InventoryTask::rest_as_told(const http::Response& response, SlotTime now) {
  const RateLimit limit = read_rate_limit(response.headers, SlotClock::to_wall(now));
  if (!limit.remaining) return;
  budget_ = static_cast<std::size_t>(std::clamp<double>(static_cast<double>(*limit.remaining), 0, kMostInProgress));
  if (*limit.remaining > 0 || !limit.reset) return;
  const SlotTime reset = SlotClock::from(*limit.reset);
  next_ = std::max(next_, std::clamp(reset, now, now + std::max<milliseconds>(config_.interval, kLeastTimeForList)));
}

void InventoryTask::finish(SlotTime now) {
  auto list = std::make_shared<inventory::EntryList>(listing_->take_list(SlotClock::to_wall(now)));
  for (inventory::Entry& entry : list->entries) {
    // Of 10,000 ids some have five characters in common with a long token: only the whole of it is masked in them.
    credential_->secret_mask().mask(entry.id);
    for (std::string* text : {&entry.name, &entry.owner}) credential_->secret_mask().mask_shown(*text);
  }
  status_.list = std::move(list);
  new_list_ = status_.list;
  status_.failure = Failure::none;
  status_.problem.clear();
  status_.attempted_at = SlotClock::to_wall(now);
  end_list();
  most_in_progress_ = std::min(most_in_progress_ + 1, kMostInProgress);
  failures_in_a_row_ = 0;
  next_ = begun_ + config_.interval;
}

// Answers to what is still in progress are not waited for.
void InventoryTask::end_list() {
  listing_.reset();
  in_progress_ = 0;
  budget_.reset();
}

void InventoryTask::fail(Listing::Problem problem, SlotTime now) {
  ++status_.failures[static_cast<std::size_t>(problem.why)];
  status_.failure = problem.why;
  status_.problem = std::move(problem.text);
  credential_->secret_mask().mask_shown(status_.problem);
  status_.attempted_at = SlotClock::to_wall(now);
  end_list();
  const milliseconds wait = kFirstRetry * (1 << std::min(failures_in_a_row_, 10));
  ++failures_in_a_row_;
  next_ = std::max(next_, now + std::min<milliseconds>(wait, config_.interval));
}

}  // namespace authprobe::prober
