#include "exporter/prober/list_fetches.h"

#include <algorithm>
#include <utility>

#include "exporter/config/target_list.h"
#include "exporter/wire/text.h"

namespace authprobe::prober {
namespace {

using std::chrono::milliseconds;

bool asks_the_same(const config::TargetList& a, const config::TargetList& b) {
  return a.name == b.name && a.url == b.url && a.url_credential == b.url_credential &&
         a.refresh_interval == b.refresh_interval && a.connection == b.connection;
}

// As Prometheus writes it: "60", "0.5".
std::string seconds_text(milliseconds interval) {
  std::string text = std::to_string(interval.count() / 1000);
  if (const auto rest = interval.count() % 1000; rest != 0) {
    text += '.' + std::to_string(1000 + rest).substr(1);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text;
}

// Prometheus's rule: ^(?i:application\/json(;\s*charset=("utf-8"|utf-8))?)$
bool is_json(std::string_view content_type) {
  const std::string_view type = wire::take_part(content_type, ';');
  const std::string_view charset = wire::trimmed(content_type);
  return wire::equal_ignoring_case(type, "application/json") &&
         (charset.empty() || wire::equal_ignoring_case(charset, "charset=utf-8") ||
          wire::equal_ignoring_case(charset, "charset=\"utf-8\""));
}

// Why the answer has no list; empty: it has.
std::string problem_of(const http::Response& response) {
  if (response.error != http::TransportError::none) {
    return "cannot be fetched: " +
           (response.error_detail.empty() ? std::string(http::to_string(response.error)) : response.error_detail);
  }
  if (response.status != 200) return "is answered with " + std::to_string(response.status) + ", not 200";
  if (response.body_is_cut) return "is larger than 4 MiB";
  const std::string* type = wire::find_header(response.headers, "Content-Type");
  return type != nullptr && is_json(*type) ? "" : "must have the Content-Type application/json";
}

}  // namespace

void ListFetches::load(const config::Config& config) {
  std::vector<Fetch> fetches;
  for (const config::TargetList& list : config.lists) {
    if (list.url.empty()) continue;
    const auto old =
        std::ranges::find_if(fetches_, [&](const Fetch& fetch) { return asks_the_same(fetch.list, list); });
    fetches.push_back(old == fetches_.end() ? Fetch{list, nullptr, {}, 0, false, {}, {}} : std::move(*old));
  }
  fetches_ = std::move(fetches);
}

std::vector<ListFetches::ListRequest> ListFetches::start_due(SlotTime now, const CredentialSet& credentials) {
  std::vector<ListRequest> requests;
  for (Fetch& fetch : fetches_) {
    if (fetch.number != 0 || fetch.next > now) continue;
    fetch.credential = credentials.find(fetch.list.url_credential);
    auto request = request_for(fetch, now);
    if (!request) continue;
    fetch.number = ++last_number_;
    requests.push_back({fetch.number, std::move(*request)});
  }
  return requests;
}

void ListFetches::give_up(Fetch& fetch, const std::string& problem) {
  fetch.is_answered = true;
  if (std::exchange(fetch.unasked, problem) != problem)
    unasked_.push_back({fetch.list.name, fetch.list.url, {}, problem});
}

std::optional<http::Request> ListFetches::request_for(Fetch& fetch, SlotTime now) {
  const config::TargetList& list = fetch.list;
  fetch.next = now + kWithoutSecret;
  if (fetch.credential) {
    fetch.credential->refresh(std::chrono::steady_clock::now());
    if (fetch.credential->awaits_token()) return std::nullopt;
    if (!fetch.credential->problem().empty()) {
      give_up(fetch, "cannot be fetched: " + fetch.credential->problem());
      return std::nullopt;
    }
    if (fetch.refused == fetch.credential->revision()) return std::nullopt;
  }
  http::Request request;
  request.url = http::prepared(list.url);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("X-Prometheus-Refresh-Interval-Seconds", seconds_text(list.refresh_interval));
  request.user_agent = AUTHPROBE_USER_AGENT;
  request.connection = list.connection;
  request.timeout = list.connection->timeout;
  request.keep_body = config::kLargestListFile;
  if (fetch.credential && !fetch.credential->authorize(request)) {
    give_up(fetch, "cannot be fetched: its credential must not be sent there");
    return std::nullopt;
  }
  fetch.unasked.clear();
  fetch.next = now + list.refresh_interval;
  return request;
}

SlotTime ListFetches::next_look() const {
  SlotTime next = SlotTime::max();
  for (const Fetch& fetch : fetches_) {
    if (fetch.number == 0) next = std::min(next, fetch.next);
  }
  return next;
}

std::optional<ListAnswer> ListFetches::finish(std::uint64_t number, http::Response& response, SlotTime now) {
  const auto fetch = std::ranges::find(fetches_, number, &Fetch::number);
  if (fetch == fetches_.end()) return std::nullopt;
  fetch->number = 0;
  fetch->is_answered = true;
  fetch->next = std::max(fetch->next, now);
  if (response.status == 401 && fetch->credential) {
    fetch->credential->token_refused(fetch->credential->token_number());
    if (fetch->credential->password_like()) fetch->refused = fetch->credential->revision();
  }
  ListAnswer answer{fetch->list.name, fetch->list.url, {}, problem_of(response)};
  if (answer.problem.empty()) answer.text = std::move(response.body);
  if (fetch->credential) fetch->credential->secret_mask().mask_shown(answer.problem);
  return answer;
}

bool ListFetches::all_answered() const {
  return std::ranges::all_of(fetches_, &Fetch::is_answered);
}

}  // namespace authprobe::prober
