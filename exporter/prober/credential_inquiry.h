// What the servers of a credential answered while it was diagnosed: its token endpoint or login, introspection, and its
// expiry lookup.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"
#include "exporter/wire/url.h"

namespace authprobe::prober {

struct CredentialInquiry {
  enum class Purpose : std::uint8_t { token, introspection, expiry_lookup };
  Purpose purpose;
  wire::Url url;
  http::Response answer;  // without its body, which may have a token in it; an error until it has come
};
std::string_view to_string(CredentialInquiry::Purpose purpose);

class InquiryLog {
 public:
  // `credential` is the one that is diagnosed; requests of others are left out.
  void started(std::uint64_t number, const http::Request& request, const config::Credential& credential);
  void finished(std::uint64_t number, const http::Response& response);
  std::vector<CredentialInquiry> take() { return std::move(inquiries_); }

 private:
  std::vector<CredentialInquiry> inquiries_;                    // in order of their start
  std::unordered_map<std::uint64_t, std::size_t> in_progress_;  // the place in inquiries_, by the request's number
};

}  // namespace authprobe::prober
