#include "exporter/prober/credential_inquiry.h"

#include <optional>

namespace authprobe::prober {
namespace {

using Purpose = CredentialInquiry::Purpose;

std::optional<Purpose> purpose_of(const wire::Url& url, const config::Credential& credential) {
  if (const wire::Url* token = config::token_url(credential.kind); token != nullptr && *token == url) {
    return Purpose::token;
  }
  if (credential.expiry.introspection.url == url) return Purpose::introspection;
  if (credential.expiry.lookup.url == url) return Purpose::expiry_lookup;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::token: return "token";
    case Purpose::introspection: return "introspection";
    case Purpose::expiry_lookup: return "expiry_lookup";
  }
  return {};
}

void InquiryLog::started(std::uint64_t number, const http::Request& request, const config::Credential& credential) {
  const auto purpose = purpose_of(request.url->url(), credential);
  if (!purpose || request.is_message) return;  // a KDC's answers are no HTTP
  in_progress_.emplace(number, inquiries_.size());
  http::Response none;
  none.error = http::TransportError::timeout;
  none.error_detail = "no answer yet";
  inquiries_.push_back({*purpose, request.url->url(), std::move(none)});
}

void InquiryLog::finished(std::uint64_t number, const http::Response& response) {
  const auto found = in_progress_.extract(number);
  if (found.empty()) return;
  http::Response& head = inquiries_[found.mapped()].answer;
  head.status = response.status;
  head.error = response.error;
  head.error_detail = response.error_detail;
  head.headers = response.headers;
  head.address = response.address;
  head.total_seconds = response.total_seconds;
}

}  // namespace authprobe::prober
