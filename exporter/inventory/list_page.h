// One answer of an issuer's list: its rows, and where the next page is. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/inventory/entry.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/time.h"

namespace authprobe::inventory {

// Values that earlier steps have given names to.
using Names = std::vector<std::pair<std::string, std::string>>;

struct ListPage {
  std::string problem;         // why it cannot be read; empty: it can
  std::vector<Entry> entries;  // of the last step
  std::vector<Names> rows;     // of the steps before: the names for the requests of the next step
  std::string next;            // the URL or the cursor of the next page, as the answer has it; empty: this is the last
  bool is_empty = false;       // it has no row
};

// Reads an answer to a request of step `step`, which was made with `names`.
ListPage read_list_page(const config::SecretList& list, std::size_t step, const Names& names,
                        std::span<const wire::Header> headers, std::string_view body, WallTime now);

// The URL of the `Link` header with that relation (RFC 8288), as it is written; empty: there is none.
std::string link_with_relation(std::span<const wire::Header> headers, std::string_view relation);

// A text of a server as people may see it: no control characters, nothing invisible, not long.
std::string shown_text(std::string_view text);

}  // namespace authprobe::inventory
