#include "exporter/inventory/listing.h"

#include <algorithm>
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
  asked_.clear();
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
  if (requests_ >= static_cast<std::size_t>(rules_.max_requests)) {
    fail(Failure::too_long, "the list needs more than " + std::to_string(rules_.max_requests) + " requests");
    return std::nullopt;
  }
  Open open = std::move(open_.front());
  open_.pop_front();
  const config::ListStep& step = rules_.list->steps[open.step];
  auto url = url_of(open);
  if (!url || !wire::same_origin(*url, step.sample)) {
    fail(Failure::elsewhere, "the next request would not go to " + step.sample.origin());
    return std::nullopt;
  }
  ++requests_;
  Ask ask{*url, &step, filled(step.body, open.names, in_json), ++last_number_};
  asked_.push_back({ask.number, std::move(*url), std::move(open)});
  return ask;
}

std::optional<Listing::Asked> Listing::take_asked(std::uint64_t number) {
  const auto found = std::ranges::find(asked_, number, &Asked::number);
  if (found == asked_.end()) return std::nullopt;
  Asked asked = std::move(*found);
  asked_.erase(found);
  return asked;
}

void Listing::again(std::uint64_t number) {
  auto asked = take_asked(number);
  if (!asked) return;
  open_.push_front(std::move(asked->open));
  --requests_;
}

void Listing::take(std::uint64_t number, const http::Response& response, WallTime now) {
  auto asked = take_asked(number);
  if (!asked) return;
  if (response.error != http::TransportError::none) {
    return fail(response.error == http::TransportError::too_large ? Failure::too_long : Failure::transport,
                response.error_detail);
  }
  if (skips_gone(*asked, response)) return;
  if (response.status < 200 || response.status > 299) {
    return fail(failure_of_status(response.status), "status " + std::to_string(response.status));
  }
  if (response.body_is_cut) return fail(Failure::too_long, "a page is longer than max_response_bytes");
  const Open& open = asked->open;
  ListPage page = read_list_page(*rules_.list, open.step, open.names, response.headers, response.body, now);
  if (!page.problem.empty()) return fail(Failure::unreadable, page.problem);
  rows_read_ += open.step > 0 ? 1U : 0U;
  take_page(std::move(*asked), std::move(page));
}

// What an earlier step listed may be gone a moment later. That all of it is gone is no list.
bool Listing::skips_gone(const Asked& asked, const http::Response& response) {
  const std::size_t step = asked.open.step;
  if (response.status != 0 && response.status == rules_.list->steps[step].empty_status) {
    rows_read_ += step > 0 ? 1U : 0U;
    return true;
  }
  const bool is_gone = response.status == 404 || response.status == 410;
  const bool is_last = open_.empty() && asked_.empty();
  return is_gone && step > 0 && !(is_last && rows_read_ == 0);
}

// The requests of the next step come before the next page, so that few are open at a time.
void Listing::take_page(Asked asked, ListPage page) {
  std::ranges::move(page.entries, std::back_inserter(entries_));
  const auto most = static_cast<std::size_t>(rules_.max_entries);
  if (entries_.size() > most || page.rows.size() > most) {
    return fail(Failure::too_long, "the list has more than " + std::to_string(most) + " secrets");
  }
  const std::size_t step = asked.open.step + 1;
  open_next_page(std::move(asked), page);
  for (auto names = page.rows.rbegin(); names != page.rows.rend(); ++names) {
    open_.push_front({.step = step, .names = std::move(*names), .url = {}, .cursor = {}});
  }
}

void Listing::open_next_page(Asked asked, const ListPage& page) {
  Open& open = asked.open;
  const config::Paging& paging = rules_.list->steps[open.step].next;
  switch (paging.by) {
    case config::NextPage::none: return;
    case config::NextPage::number:
      if (page.is_empty) return;
      ++open.number;
      break;
    case config::NextPage::cursor:
      if (page.next.empty()) return;
      if (page.next == open.cursor) return fail(Failure::unreadable, "the next page is the same page");
      open.cursor = page.next;
      break;
    case config::NextPage::link:
    case config::NextPage::url: {
      if (page.next.empty()) return;
      const auto url = http::redirect_url(asked.url, page.next);
      if (!url) return fail(Failure::unreadable, "the address of the next page is no URL");
      if (*url == asked.url) return fail(Failure::unreadable, "the next page is the same page");
      open.url = url->text();
      break;
    }
  }
  open_.push_front(std::move(open));
}

EntryList Listing::take_list(WallTime now) {
  settle(entries_);
  return {std::exchange(entries_, {}), now, requests_};
}

}  // namespace authprobe::inventory
