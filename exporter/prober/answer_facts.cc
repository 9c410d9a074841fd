#include "exporter/prober/answer_facts.h"

#include <charconv>

#include "exporter/wire/text.h"

namespace authprobe::prober {

AnswerFacts facts_of(const http::Response& response, const config::Target& target, bool failed_check) {
  AnswerFacts facts;
  if (response.status != 0) facts.http_version = response.http_version;
  facts.tls = response.redirects.empty() ? target.url.https()
                                         : wire::starts_with_ignoring_case(response.redirects.back().to, "https:");
  if (response.status == 0) facts.tls = false;
  facts.redirects = response.redirects.size();
  if (const std::string* length = wire::find_header(response.headers, "Content-Length")) {
    std::uint64_t bytes = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), bytes);
    if (error == std::errc() && end == length->data() + length->size()) facts.content_length = bytes;
  }
  facts.body_bytes = response.body_bytes;
  facts.address = response.address;
  facts.tls_version = response.tls_version;
  facts.tls_cipher = response.tls_cipher;
  facts.failed_check = failed_check;
  return facts;
}

}  // namespace authprobe::prober
