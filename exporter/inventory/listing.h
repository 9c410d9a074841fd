// One reading of an issuer's list, request by request: what to ask next, and what the answers add up to. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/http/response.h"
#include "exporter/inventory/entry.h"
#include "exporter/inventory/list_page.h"
#include "exporter/inventory/status.h"
#include "exporter/wire/time.h"

namespace authprobe::inventory {

class Listing {
 public:
  // `rules` outlives this object.
  explicit Listing(const config::Inventory& rules);

  // A request, without the credential.
  struct Ask {
    wire::Url url;
    const config::ListStep* step;  // has its method and headers
    std::string body;              // JSON; empty: none
  };
  // The next one. Nothing: the list is complete, or it has failed.
  std::optional<Ask> next();

  // The answer to it, which was no refusal to answer now (429, 503).
  void take(const http::Response& response, WallTime now);

  // The issuer did not answer it: it is the next one again.
  void again() { again_ = true; }

  // Why the list cannot be read to its end.
  struct Problem {
    Failure why = Failure::none;
    std::string text;
  };
  const Problem& problem() const { return problem_; }

  bool is_complete() const { return problem_.why == Failure::none && open_.empty(); }
  std::size_t requests() const { return requests_; }

  // Only if it is complete; once.
  EntryList take_list(WallTime now);

 private:
  // A request that is to be made.
  struct Open {
    std::size_t step = 0;
    Names names;
    std::string url;     // of a page behind the first; empty: the step's own
    std::string cursor;  // by which the page is asked for; empty: the first page
    int number = 1;      // of the page
  };
  void fail(Failure why, std::string text);
  bool skip_gone(const http::Response& response);
  void take_page(Open asked, ListPage page);
  void open_next_page(Open asked, const ListPage& page);
  std::optional<wire::Url> url_of(const Open& open);

  const config::Inventory& rules_;
  std::deque<Open> open_;  // the first is next
  wire::Url asked_url_;    // of the request in progress
  std::vector<Entry> entries_;
  std::size_t requests_ = 0;
  std::size_t rows_read_ = 0;  // answers of steps behind the first
  bool again_ = false;         // the request was made, but not answered
  Problem problem_;
};

}  // namespace authprobe::inventory
