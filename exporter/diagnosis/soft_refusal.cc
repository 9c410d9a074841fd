// The cheap question that is asked of every successful probe.
#include <algorithm>

#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

// An error document is short, and says so at its start; a long answer is looked at no further than this.
constexpr std::size_t kLookedAt = 2048;
constexpr std::size_t kEndLookedAt = 512;  // GraphQL may put errors behind its data
constexpr std::size_t kSmallPage = 4096;

// Every form of error that built_like_error() knows has one of these in it, and so does every login page. One pass: the
// character where a hint may begin decides which are compared.
bool has_hint(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = text.substr(i, 16);
    switch (text[i]) {
      case '"':
        if (rest.starts_with("\"err") || rest.starts_with("\"ok\"") || rest.starts_with("\"stat") ||
            rest.starts_with("\"cod"))
          return true;
        break;
      case 'r':
        if (rest.starts_with("rror") || rest.starts_with("rrcode") || rest.starts_with("rrCode") ||
            rest.starts_with("rrmsg"))
          return true;
        break;
      case 'e':
        if (rest.starts_with("etCode") || rest.starts_with("etcode") || rest.starts_with("esult")) return true;
        break;
      case 'E':
        if (rest.starts_with("ERROR") || rest.starts_with("Exception") || rest.starts_with("Err")) return true;
        break;
      case 'u':
        if (rest.starts_with("uccess") || rest.starts_with("uthenticated")) return true;
        break;
      case 'a':
        if (rest.starts_with("ault") || rest.starts_with("assword")) return true;
        break;
      case 'C':
        if (rest.starts_with("Code\"")) return true;
        break;
      default: break;
    }
  }
  return false;
}

}  // namespace

bool may_hide_refusal(int status, std::span<const Header> headers, std::string_view body) {
  if (status >= 300 && status < 400) return !header_of(headers, "location").empty();
  if (status < 200 || status >= 300) return false;
  if (body.size() < kSmallPage && body.starts_with('<'))
    return true;  // firewalls' pages under a success code are short
  if (const std::string_view grpc = header_of(headers, "grpc-status"); !grpc.empty()) return grpc != "0";
  if (body.empty())
    return !header_of(headers, "x-amzn-waf-action").empty() || !header_of(headers, "cf-mitigated").empty();
  const std::string_view start = body.substr(0, kLookedAt);
  const std::string_view end = body.substr(std::max(start.size(), body.size() - std::min(body.size(), kEndLookedAt)));
  return has_hint(start) || has_hint(end);
}

}  // namespace authprobe::diagnosis
