// libFuzzer target: any text as a URL, as a reference that may lead to a login, and as a signed URL. What is shown of a
// URL is one, and of the same origin.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "exporter/credential/signed_url.h"
#include "exporter/diagnosis/login_address.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace authprobe;
  const std::string text(reinterpret_cast<const char*>(data), size);
  (void)diagnosis::leads_to_login(text);
  (void)credential::read_signed_url(text);
  (void)wire::base64_decoded(text);
  if (wire::percent_decoded(wire::percent_encoded(text)) != text) std::abort();
  const auto url = wire::Url::parse(text);
  if (!url) return 0;
  for (const std::string& form : {url->shown(), url->with_redacted_query(), url->without_query("key"),
                                  std::string(wire::with_query(text, "key", "a&b#c").reveal())}) {
    const auto again = wire::Url::parse(form);
    if (form.size() <= wire::Url::kLongest && (!again || !same_origin(*url, *again))) std::abort();
  }
  if (wire::Url(url->origin()).port() != url->port() || url->host().empty()) std::abort();
  (void)url->is_loopback();
  return 0;
}
