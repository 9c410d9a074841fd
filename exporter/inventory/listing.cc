#include "exporter/inventory/listing.h"

#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "exporter/http/prepared_url.h"
#include "exporter/wire/encoding.h"

namespace authprobe::inventory {
namespace {

// Each "{name}" of the text, encoded for its place.
template <typename Encode>
std::string filled(std::string text, const Names& names, Encode encode) {
  for (const auto& [name, value] : names) {
    const std::string place = '{' + name + '}';
    const std::string encoded = encode(value);
    for (auto at = text.find(place); at != std::string::npos; at = text.find(place, at + encoded.size())) {
      text.replace(at, place.size(), encoded);
    }
  }
  return text;
}

std::string in_url(const std::string& value) {
  return wire::percent_encoded(value);
}

// Inside of quotes that the text has.
std::string in_json(const std::string& value) {
  const std::string quoted = nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return quoted.substr(1, quoted.size() - 2);
}

std::string text_with_query(const std::string& url, const std::string& name, const std::string& value) {
  const auto parsed = wire::Url::parse(url);
  const std::string without = parsed ? parsed->without_query(name) : url;
  return std::string(wire::with_query(without, name, value).reveal());
}

Failure failure_of_status(int status) {
  return status == 401 || status == 403 ? Failure::refused : Failure::status;
}

}  // namespace

Listing::Listing(const config::Inventory& rules) : rules_(rules) {
  open_.emplace_back();
}

void Listing::fail(Failure why, std::string text) {
  problem_ = {why, std::move(text)};
  open_.clear();
  entries_.clear();
}

std::optional<wire::Url> Listing::url_of(const Open& open) {
  const config::ListStep& step = rules_.list->steps[open.step];
  if (!open.url.empty()) return wire::Url::parse(open.url);
  std::string text = filled(step.url, open.names, in_url);
  if (!open.cursor.empty()) text = text_with_query(text, step.next.parameter, open.cursor);
  if (step.next.by == config::NextPage::number) {
    text = text_with_query(text, step.next.parameter, std::to_string(open.number));
  }
  return wire::Url::parse(std::move(text));
}

std::optional<Listing::Ask> Listing::next() {
  if (open_.empty()) return std::nullopt;
  if (std::exchange(again_, false)) --requests_;
  if (requests_ >= static_cast<std::size_t>(rules_.max_requests)) {
    fail(Failure::too_long, "the list needs more than " + std::to_string(rules_.max_requests) + " requests");
    return std::nullopt;
  }
  const Open& open = open_.front();
  const config::ListStep& step = rules_.list->steps[open.step];
  auto url = url_of(open);
  if (!url || !wire::same_origin(*url, step.sample)) {
    fail(Failure::elsewhere, "the next request would not go to " + step.sample.origin());
    return std::nullopt;
  }
  asked_url_ = *url;
  ++requests_;
  return Ask{std::move(*url), &step, filled(step.body, open.names, in_json)};
}

void Listing::take(const http::Response& response, WallTime now) {
  if (open_.empty()) return;
  if (response.error != http::TransportError::none) {
    return fail(response.error == http::TransportError::too_large ? Failure::too_long : Failure::transport,
                response.error_detail);
  }
  if (skip_gone(response)) return;
  if (response.status < 200 || response.status > 299) {
    return fail(failure_of_status(response.status), "status " + std::to_string(response.status));
  }
  if (response.body_is_cut) return fail(Failure::too_long, "a page is longer than max_response_bytes");
  Open asked = std::move(open_.front());
  open_.pop_front();
  ListPage page = read_list_page(*rules_.list, asked.step, asked.names, response.headers, response.body, now);
  if (!page.problem.empty()) return fail(Failure::unreadable, page.problem);
  rows_read_ += asked.step > 0 ? 1 : 0;
  take_page(std::move(asked), std::move(page));
}

// What an earlier step listed may be gone a moment later. That all of it is gone is no list.
bool Listing::skip_gone(const http::Response& response) {
  if (response.status != 0 && response.status == rules_.list->steps[open_.front().step].empty_status) {
    rows_read_ += open_.front().step > 0 ? 1 : 0;
    open_.pop_front();
    return true;
  }
  const bool is_gone = response.status == 404 || response.status == 410;
  const bool is_last = open_.size() == 1;
  if (!is_gone || open_.front().step == 0 || (is_last && rows_read_ == 0)) return false;
  open_.pop_front();
  return true;
}

// The requests of the next step come before the next page, so that few are open at a time.
void Listing::take_page(Open asked, ListPage page) {
  std::ranges::move(page.entries, std::back_inserter(entries_));
  const auto most = static_cast<std::size_t>(rules_.max_entries);
  if (entries_.size() > most || page.rows.size() > most) {
    return fail(Failure::too_long, "the list has more than " + std::to_string(most) + " secrets");
  }
  const std::size_t step = asked.step + 1;
  open_next_page(std::move(asked), page);
  for (auto names = page.rows.rbegin(); names != page.rows.rend(); ++names) {
    open_.push_front({.step = step, .names = std::move(*names), .url = {}, .cursor = {}});
  }
}

void Listing::open_next_page(Open asked, const ListPage& page) {
  const config::Paging& paging = rules_.list->steps[asked.step].next;
  switch (paging.by) {
    case config::NextPage::none: return;
    case config::NextPage::number:
      if (page.is_empty) return;
      ++asked.number;
      break;
    case config::NextPage::cursor:
      if (page.next.empty()) return;
      if (page.next == asked.cursor) return fail(Failure::unreadable, "the next page is the same page");
      asked.cursor = page.next;
      break;
    case config::NextPage::link:
    case config::NextPage::url: {
      if (page.next.empty()) return;
      const auto url = http::redirect_url(asked_url_, page.next);
      if (!url) return fail(Failure::unreadable, "the address of the next page is no URL");
      if (*url == asked_url_) return fail(Failure::unreadable, "the next page is the same page");
      asked.url = url->text();
      break;
    }
  }
  open_.push_front(std::move(asked));
}

EntryList Listing::take_list(WallTime now) {
  settle(entries_);
  return {std::exchange(entries_, {}), now, requests_};
}

}  // namespace authprobe::inventory
