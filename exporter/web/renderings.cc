#include "exporter/web/renderings.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "exporter/metrics/gzip.h"
#include "exporter/web/negotiation.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/text.h"

namespace authprobe::web {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMostKept = 64u << 20;     // bytes of bodies
constexpr std::size_t kWorthCompressing = 1400;  // bytes: less fits into one packet
// A snapshot serves for so many times the time that it took: the copy of the fleet takes a twentieth of a core at most.
constexpr int kSnapshotRest = 20;
constexpr std::chrono::milliseconds kLongestRest{1'000};

std::string key_of(const Request& request) {
  std::string key = wire::percent_encoded(request.path);
  for (const auto& [name, value] : request.query) {
    key += "&" + wire::percent_encoded(name) + "=" + wire::percent_encoded(value);
  }
  return key;
}

// FNV-1a, 64 bits: tells the versions of one page apart; no protection against anybody.
std::string tag_of(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : body) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3u;
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "W/\"%016llx\"", static_cast<unsigned long long>(hash));
  return text.data();
}

// Weak comparison (RFC 9110, section 8.8.3.2): with or without "W/".
bool names(std::string_view if_none_match, std::string_view etag) {
  const auto strong = [](std::string_view tag) { return tag.starts_with("W/") ? tag.substr(2) : tag; };
  while (!if_none_match.empty()) {
    const std::string_view tag = wire::take_part(if_none_match, ',');
    if (tag == "*" || strong(tag) == strong(etag)) return true;
  }
  return false;
}

}  // namespace

const Snapshot& Renderings::snapshot() {
  const auto begin = steady_clock::now();
  if (begin < next_snapshot_) return snapshot_;
  snapshot_ = store_.snapshot(std::chrono::system_clock::now());
  kept_.clear();
  kept_bytes_ = 0;
  const auto end = steady_clock::now();
  next_snapshot_ = end + std::min<steady_clock::duration>((end - begin) * kSnapshotRest, kLongestRest);
  return snapshot_;
}

Response Renderings::answer(const Request& request, const Render& render) {
  const Snapshot& snapshot = this->snapshot();
  std::string key = key_of(request);
  auto found = kept_.find(key);
  if (found == kept_.end()) {
    Response response = render(request, snapshot);
    if (response.status != 200) return response;
    if (const std::string* set = wire::find_header(response.headers, "ETag"); set == nullptr) {
      response.headers.emplace_back("ETag", tag_of(*response.body));
    }
    response.headers.emplace_back("Vary", "Accept-Encoding");
    std::string etag = *wire::find_header(response.headers, "ETag");
    if (kept_bytes_ + response.body->size() > kMostKept) kept_.clear(), kept_bytes_ = 0;
    kept_bytes_ += response.body->size();
    found = kept_.emplace(std::move(key), Rendering{std::move(response), std::move(etag), nullptr}).first;
  }
  Rendering& rendering = found->second;
  if (const auto known = request.header("If-None-Match"); known && names(*known, rendering.etag)) {
    Response unchanged = rendering.response;
    unchanged.status = 304;
    unchanged.body = nullptr;
    return unchanged;
  }
  const bool compress = rendering.response.body->size() >= kWorthCompressing &&
                        accepts_gzip(request.header("Accept-Encoding").value_or(""));
  return compress ? compressed(rendering) : rendering.response;
}

Response Renderings::compressed(Rendering& rendering) const {
  if (rendering.gzip == nullptr) {
    metrics::GzipWriter writer;
    writer.add(*rendering.response.body);
    rendering.gzip = wire::share(writer.finish());
  }
  Response response = rendering.response;
  response.body = rendering.gzip;
  response.headers.emplace_back("Content-Encoding", "gzip");
  return response;
}

}  // namespace authprobe::web
