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

SlotTime InventoryTask::due() const {
  if (awaits_token_ && !credential_->awaits_token()) return SlotTime{};
  return refused_ == version() ? SlotTime::max() : next_;
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
  }
  auto ask = listing_->next();
  if (!ask) {
    fail(listing_->problem(), now);
    return std::nullopt;
  }
  auto request = request_for(std::move(*ask));
  if (!request) fail({Failure::elsewhere, "the credential must not be sent to the host of the list"}, now);
  return request;
}

void InventoryTask::on_response(const http::Response& response, SlotTime now) {
  if (!listing_) return;
  if (limits_rate(response, now)) {
    if (!pause(response, now)) fail({Failure::rate_limited, "the issuer limits how often it is asked"}, now);
    return;
  }
  if (response.status == 401) {
    credential_->token_refused(credential_->token_number());
    if (credential_->password_like()) refused_ = version();  // no account is locked by our questions
  }
  listing_->take(response, SlotClock::to_wall(now));
  if (listing_->problem().why != Failure::none) {
    fail(listing_->problem(), now);
  } else if (listing_->is_complete()) {
    finish(now);
  } else {
    next_ = now;
    rest_as_told(response, now);
  }
}

// The same page again, later. False where that would be too late for this list.
bool InventoryTask::pause(const http::Response& response, SlotTime now) {
  const WallTime when = SlotClock::to_wall(now);
  const auto told = read_retry_after(response.headers, when);
  next_ = now + std::max<milliseconds>(told.value_or(kUsualPause), std::chrono::seconds{1});
  listing_->again();
  return next_ - begun_ < std::max<milliseconds>(config_.interval, kLeastTimeForList);
}

// No request is sent that would be refused: the budget that the answer tells of is used up.
void InventoryTask::rest_as_told(const http::Response& response, SlotTime now) {
  const RateLimit limit = read_rate_limit(response.headers, SlotClock::to_wall(now));
  if (!limit.remaining || *limit.remaining > 0 || !limit.reset) return;
  const SlotTime reset = SlotClock::from(*limit.reset);
  next_ = std::clamp(reset, now, now + std::max<milliseconds>(config_.interval, kLeastTimeForList));
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
  listing_.reset();
  failures_in_a_row_ = 0;
  next_ = begun_ + config_.interval;
}

void InventoryTask::fail(Listing::Problem problem, SlotTime now) {
  ++status_.failures[static_cast<std::size_t>(problem.why)];
  status_.failure = problem.why;
  status_.problem = std::move(problem.text);
  credential_->secret_mask().mask_shown(status_.problem);
  status_.attempted_at = SlotClock::to_wall(now);
  listing_.reset();
  const milliseconds wait = kFirstRetry * (1 << std::min(failures_in_a_row_, 10));
  ++failures_in_a_row_;
  next_ = std::max(next_, now + std::min<milliseconds>(wait, config_.interval));
}

}  // namespace authprobe::prober
