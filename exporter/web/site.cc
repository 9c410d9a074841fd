#include "exporter/web/site.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "exporter/config/redacted_toml.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/pages.h"

namespace authprobe::web {
namespace {

using std::chrono::system_clock;

constexpr std::string_view kTargetsFolder = "/api/v1/targets/";

// Prometheus gives up at its scrape timeout; the answer must be sent before.
constexpr std::chrono::milliseconds kScrapeTimeoutOffset{500};

// The time limit of a /probe: Prometheus's scrape timeout, less an offset; no limit without a valid header.
std::chrono::milliseconds probe_timeout(const Request& request) {
  constexpr std::chrono::milliseconds kNoBound = std::chrono::hours{1};
  const auto header = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  if (!header) return kNoBound;
  double seconds = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
  if (error != std::errc{} || !(seconds > 0) || seconds > 3600) return kNoBound;
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(seconds * 1000));
  return timeout > 2 * kScrapeTimeoutOffset ? timeout - kScrapeTimeoutOffset : timeout / 2;
}

// What a web page makes a browser send is no request of an operator. Browsers say so: each request with an effect has
// an Origin (Fetch, section 3.2), and each one to a trusted origin has Sec-Fetch-Site (Fetch Metadata, section 2.1). No
// page of ours sends such requests, so that no comparison with our own name, which proxies change, is needed.
bool from_a_page(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  return request.header("Origin").has_value() || (site && *site != "none");
}

// A link or an image of another site.
bool from_another_site(const Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  return site && *site != "none" && *site != "same-origin";
}

Response refused_to_pages() {
  return text_response(403, "refused: a web page has sent this request");
}

}  // namespace

Site::Site(About about, const StatusStore& store, metrics::Exposition& exposition, Actions actions)
    : about_(std::move(about)), store_(store), exposition_(exposition), actions_(std::move(actions)) {}

void Site::serve_metrics(const Request& request, Reply reply) {
  const bool gzip = accepts_gzip(request.header("Accept-Encoding").value_or(""));
  renderer_.post([this, gzip, reply = std::move(reply)] {
    Response response{.content_type = std::string(metrics::kTextContentType),
                      .headers = {{"Vary", "Accept-Encoding"}},
                      .body = gzip ? exposition_.gzip() : exposition_.text()};
    if (gzip) response.headers.emplace_back("Content-Encoding", "gzip");
    reply(std::move(response));
  });
}

void Site::serve_probe(const Request& request, Reply reply) const {
  if (from_another_site(request)) return reply(refused_to_pages());
  const auto name = request.parameter("target");
  if (!name || name->empty()) {
    reply(text_response(400, "the parameter target is missing: /probe?target=NAME"));
    return;
  }
  actions_.probe(std::string(*name), probe_timeout(request), std::move(reply));
}

Response Site::landing() const {
  Overview overview;
  overview.version = about_.version;
  overview.revision = about_.revision;
  overview.started = started_;
  overview.now = system_clock::now();
  overview.metrics_path = about_.telemetry_path;
  overview.targets = store_.targets();
  overview.credentials = store_.credentials(overview.targets);
  return page(kHtmlType, landing_page(overview));
}

Response Site::one_target(const Request& request) const {
  const auto target = store_.target(std::string_view(request.path).substr(kTargetsFolder.size()));
  if (target) return page(kJsonType, target_json(*target));
  Response response = page(kJsonType, error_json("there is no target of this name"));
  response.status = 404;
  return response;
}

// Answers with the result of `render`, which runs on the renderer's thread.
Handler Site::rendered(std::function<Response(const Request&)> render) {
  return [this, render = std::move(render)](const Request& request, Reply reply) {
    renderer_.post([render, request, reply = std::move(reply)] { reply(render(request)); });
  };
}

std::vector<Route> Site::routes() {
  return {
      {about_.telemetry_path, {"GET"}, [this](const Request& q, Reply r) { serve_metrics(q, std::move(r)); }},
      {"/probe", {"GET"}, [this](const Request& q, Reply r) { serve_probe(q, std::move(r)); }},
      {"/-/healthy",
       {"GET"},
       [this](const Request&, const Reply& reply) {
         const auto trouble = actions_.trouble();
         reply(trouble ? text_response(503, "not healthy: " + *trouble) : text_response(200, "healthy"));
       }},
      {"/-/ready",
       {"GET"},
       [this](const Request&, const Reply& reply) {
         reply(actions_.ready() ? text_response(200, "ready")
                                : text_response(503, "not ready: the first round of probes is in progress"));
       }},
      {"/-/reload",
       {"POST"},
       [this](const Request& request, Reply reply) {
         if (from_a_page(request)) return reply(refused_to_pages());
         actions_.reload(std::move(reply));
       }},
      {"/config", {"GET"}, rendered([this](const Request&) {
         return page("application/toml; charset=utf-8", config::redacted_toml(*store_.config()));
       })},
      {"/", {"GET"}, rendered([this](const Request&) { return landing(); })},
      {"/api/v1/targets", {"GET"}, rendered([this](const Request&) {
         return page(kJsonType, targets_json(store_.targets()));
       })},
      {"/api/v1/credentials", {"GET"}, rendered([this](const Request&) {
         return page(kJsonType, credentials_json(store_.credentials(store_.targets())));
       })},
      {std::string(kTargetsFolder) + "*", {"GET"}, rendered([this](const Request& q) { return one_target(q); })},
  };
}

}  // namespace authprobe::web
