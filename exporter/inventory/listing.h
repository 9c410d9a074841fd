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
    std::uint64_t number = 0;      // for its answer
  };
  // The next one; those before it need not be answered. Nothing: has_next() is false, or the list has failed.
  std::optional<Ask> next();
  bool has_next() const { return !open_.empty(); }

  // The answer to the request of that number, which was no refusal to answer now (429, 503).
  void take(std::uint64_t number, const http::Response& response, WallTime now);

  // The issuer did not answer that request: it is the next one again.
  void again(std::uint64_t number);

  // Why the list cannot be read to its end.
  struct Problem {
    Failure why = Failure::none;
    std::string text;
  };
  const Problem& problem() const { return problem_; }

  bool is_complete() const { return problem_.why == Failure::none && open_.empty() && asked_.empty(); }
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
  // One that was made.
  struct Asked {
    std::uint64_t number = 0;
    wire::Url url;
    Open open;
  };
  std::optional<Asked> take_asked(std::uint64_t number);
  void fail(Failure why, std::string text);
  bool skips_gone(const Asked& asked, const http::Response& response);
  void take_page(Asked asked, ListPage page);
  void open_next_page(Asked asked, const ListPage& page);
  std::optional<wire::Url> url_of(const Open& open);

  const config::Inventory& rules_;
  std::deque<Open> open_;     // the first is next
  std::vector<Asked> asked_;  // in progress
  std::vector<Entry> entries_;
  std::uint64_t last_number_ = 0;
  std::size_t requests_ = 0;
  std::size_t rows_read_ = 0;  // answers of steps behind the first
  Problem problem_;
};

}  // namespace authprobe::inventory
