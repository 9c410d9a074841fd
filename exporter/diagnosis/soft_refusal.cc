// The cheap question that is asked of every successful probe.
#include <algorithm>
#include <array>

#include "exporter/diagnosis/body_clues.h"
#include "exporter/diagnosis/standards.h"

namespace authprobe::diagnosis {
namespace {

// An error document is short, and says so at its start; a long answer is looked at no further than this.
constexpr std::size_t kLookedAt = 2048;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// Every form of error that built_like_error() knows has one of these in it, and so does every login page.
bool has_hint(std::string_view start) {
  static constexpr std::array<std::string_view, 12> kHints = {"rror",     "ERROR",  "\"err",    "\"ok\"",
                                                              "uccess\"", "ault",   "\"status", "\"code",
                                                              "\"cod\"",  "\"stat", "assword",  "uthenticated"};
  return std::ranges::any_of(kHints, [&](std::string_view hint) { return contains(start, hint); });
}

}  // namespace

bool may_hide_refusal(int status, std::span<const Header> headers, std::string_view body) {
  if (status >= 300 && status < 400) return !header_of(headers, "location").empty();
  if (status < 200 || status >= 300) return false;
  if (body.empty()) return !header_of(headers, "cf-mitigated").empty();
  return has_hint(body.substr(0, kLookedAt)) ||
         (body.size() > kLookedAt &&
          has_hint(body.substr(body.size() - std::min<std::size_t>(512, body.size() - kLookedAt))));
}

}  // namespace authprobe::diagnosis
