// libFuzzer target: the first line as a Link header, the rest as a page of an issuer's list. What is shown of it is
// short and has no control characters, and no next page is at another origin.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/inventory/listing.h"
#include "exporter/wire/text.h"
#include "tests/inventory/lists.h"

namespace {

bool is_shown(std::string_view text) {
  return text.size() <= 203 && std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  http::Response response;
  response.status = 200;
  response.headers.emplace_back("Link", wire::take_part(text, '\n'));
  response.body = text;
  config::SecretList list = test::tokens();
  list.secrets = {"/secrets"};
  config::SecretList xml = test::tokens({config::NextPage::cursor, "/R/Marker", "Marker"});
  xml.steps[0].rows = "/R/Keys/member";
  xml.steps[0].rows_optional = true;
  for (config::SecretList shape : {test::tokens(), list, test::tokens({config::NextPage::url, "/next", ""}), xml}) {
    const config::Inventory rules = test::inventory_of(std::move(shape));
    inventory::Listing listing(rules);
    const auto first = listing.next();
    listing.take(first->number, response, now);
    if (listing.problem().why == inventory::Failure::none && !listing.is_complete()) {
      const auto ask = listing.next();
      if (ask && !wire::same_origin(ask->url, wire::Url("https://issuer.example/"))) std::abort();
      if (ask) listing.take(ask->number, response, now);
    }
    for (const inventory::Entry& entry : listing.take_list(now).entries) {
      if (!is_shown(entry.id) || !is_shown(entry.name) || !is_shown(entry.owner)) std::abort();
    }
  }
  return 0;
}
