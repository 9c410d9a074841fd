// libFuzzer target: any body as the answer of a token endpoint, of a login (JSON, XML or a page), of an introspection
// and of a lookup. The first line is the place of the token.
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/credential/login_refusal.h"
#include "exporter/credential/token_answer.h"
#include "exporter/credential/token_info.h"
#include "exporter/credential/xml_text.h"

namespace {

void check(const authprobe::credential::TokenAnswer& answer) {
  const bool failed = answer.failure != authprobe::credential::FetchFailure::none;
  if (failed != answer.token.value.empty()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string_view place = text.substr(0, text.find('\n'));
  const WallTime now{std::chrono::sys_days(std::chrono::year(2026) / 1 / 2)};
  http::Response response;
  response.status = 200;
  response.body = text.substr(std::min(text.size(), place.size() + 1));
  response.headers = {{"Content-Type", response.body.starts_with('<') ? "text/html" : "application/json"},
                      {"Set-Cookie", std::string(place)}};
  config::Login login;
  login.url = wire::Url("https://login.example.com/");
  login.from_name = place.starts_with('/') ? place : "/token";
  // The configuration takes valid pointers only (RFC 6901).
  std::replace(login.from_name.begin(), login.from_name.end(), '~', '_');
  login.expiry_pointer = "/expires_in";
  (void)credential::login_refusal(login, response);
  (void)credential::xml_text(response.body, place);
  check(credential::read_token_answer(login, response, now));
  for (const auto from : {config::TakenValue::From::input, config::TakenValue::From::meta,
                          config::TakenValue::From::form, config::TakenValue::From::cookie}) {
    config::Login flow = login;
    config::LoginStep& step = flow.steps.emplace_back();
    step.url = login.url;
    step.take = {{"csrf", from, std::string(place)}};
    credential::LoginProgress progress;
    (void)credential::read_token_answer(flow, response, now, progress);
  }
  check(credential::read_token_answer(config::Oauth2{}, response, now));
  (void)credential::read_introspection(response.body, now);
  config::ExpiryLookup lookup;
  lookup.json_pointer = login.from_name;
  (void)credential::read_lookup(lookup, response.headers, response.body, now);
  return 0;
}
