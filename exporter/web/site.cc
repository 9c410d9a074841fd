#include "exporter/web/site.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "exporter/config/redacted_toml.h"
#include "exporter/web/api.h"
#include "exporter/web/api_json.h"
#include "exporter/web/assets.h"
#include "exporter/web/configuration_page.h"
#include "exporter/web/credential_page.h"
#include "exporter/web/inventory_api.h"
#include "exporter/web/inventory_page.h"
#include "exporter/web/negotiation.h"
#include "exporter/web/now_page.h"
#include "exporter/web/report.h"
#include "exporter/web/target_page.h"
#include "exporter/web/targets_page.h"

namespace authprobe::web {
namespace {

constexpr std::string_view kTargetPages = "/targets";
constexpr std::string_view kCredentialPages = "/credentials";
constexpr std::string_view kInventoryPages = "/inventories";

// Prometheus gives up at its scrape timeout; the answer must be sent before.
constexpr std::chrono::milliseconds kScrapeTimeoutOffset{500};

// A target's own timeout is shorter.
constexpr std::chrono::milliseconds kLongestProbe = std::chrono::hours{1};

// The time limit of a /probe: Prometheus's scrape timeout, less an offset; no limit without a valid header.
std::chrono::milliseconds probe_timeout(const Request& request) {
  const auto header = request.header("X-Prometheus-Scrape-Timeout-Seconds");
  if (!header) return kLongestProbe;
  double value = 0;
  const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), value);
  if (error != std::errc{} || !(value > 0) || value > 3600) return kLongestProbe;
  const std::chrono::milliseconds timeout(static_cast<std::int64_t>(value * 1000));
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

// A page of ours, or no page at all. Browsers send Sec-Fetch-Site to trusted origins only; elsewhere the page's origin
// has to be the one that the request asks, or the one under which a proxy serves us.
bool from_our_own_page(const Request& request, std::string_view external_origin) {
  if (const auto site = request.header("Sec-Fetch-Site")) return *site == "same-origin" || *site == "none";
  const auto origin = request.header("Origin");
  if (!origin) return true;
  if (!external_origin.empty() && *origin == external_origin) return true;
  const std::size_t scheme = origin->find("://");
  return scheme != std::string_view::npos && origin->substr(scheme + 3) == request.header("Host").value_or("");
}

// A page. Its tag leaves out what the page's script keeps up to date, such as ages: it changes with the revision, with
// `probed`, and once a minute, since ends come near without any event.
Response html_page(std::string text, const About& about, const Snapshot& snapshot, WallTime probed = {}) {
  const auto epoch = [](WallTime time) {
    return std::to_string(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  };
  const auto minute = std::chrono::floor<std::chrono::minutes>(snapshot.taken);
  Response response = page(kHtmlType, std::move(text));
  response.headers.emplace_back("ETag", "W/\"" + epoch(about.started) + "-" + std::to_string(snapshot.revision) + "-" +
                                            epoch(minute) + "-" + epoch(probed) + "\"");
  return response;
}

Response asset(std::string_view content_type, std::string_view text) {
  Response response = page(content_type, std::string(text));
  response.headers.emplace_back("Cache-Control", "no-cache");  // asked for again, answered with 304
  return response;
}

// The same routes below a prefix, which their handlers do not see; "/" leads there.
std::vector<Route> below(const std::string& prefix, std::vector<Route> routes) {
  for (Route& route : routes) {
    route.path.insert(0, prefix);
    route.handler = [size = prefix.size(), handler = std::move(route.handler)](Request request, Reply reply) {
      request.path.erase(0, size);
      handler(request, std::move(reply));
    };
  }
  const auto lead = [prefix](const Request&, const Reply& reply) {
    Response response = text_response(302, "the exporter is at " + prefix + "/");
    response.headers.emplace_back("Location", prefix + "/");
    reply(std::move(response));
  };
  routes.push_back({"/", {"GET"}, lead});
  routes.push_back({prefix, {"GET"}, lead});
  return routes;
}

Response no_page(std::string_view what) {
  return text_response(404, "there is no " + std::string(what) + " of this name");
}

Response refused_to_pages() {
  return text_response(403, "refused: a web page has sent this request");
}

}  // namespace

Site::Site(About about, Place place, const StatusStore& store, metrics::Exposition& exposition, Actions actions)
    : about_(std::move(about)),
      place_(std::move(place)),
      store_(store),
      renderings_(store),
      exposition_(exposition),
      actions_(std::move(actions)) {}

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
  const bool debug = request.parameter("debug") == "true";
  actions_.probe(std::string(*name), probe_timeout(request), debug, std::move(reply));
}

// The button of a target's page. It changes no state and counts nowhere, but it sends the credential.
void Site::probe_now(const Request& request, Reply reply) const {
  if (!from_our_own_page(request, place_.external_origin)) return reply(refused_to_pages());
  actions_.probe(std::string(name_in(request, kTargetPages)), kLongestProbe, false, std::move(reply));
}

// Answers with the result of `render`, which runs on the renderer's thread.
Handler Site::rendered(Renderings::Render render) {
  return [this, render = std::move(render)](const Request& request, Reply reply) {
    renderer_.post([this, render, request, reply = std::move(reply)] { reply(renderings_.answer(request, render)); });
  };
}

std::vector<Route> Site::pages() {
  return {
      {"/", {"GET"}, rendered([this](const Request&, const Snapshot& snapshot) {
         return html_page(now_page(snapshot, about_), about_, snapshot);
       })},
      {std::string(kTargetPages), {"GET"}, rendered([this](const Request& request, const Snapshot& snapshot) {
         return targets_page(request, snapshot, about_);
       })},
      {std::string(kTargetPages) + "/*",
       {"GET", "POST"},
       [this, shown = rendered([this](const Request& request, const Snapshot& snapshot) {
                const TargetStatus* target = find_target(snapshot, name_in(request, kTargetPages));
                if (target == nullptr) return no_page("target");
                return html_page(target_page(*target, snapshot, about_), about_, snapshot,
                                 target->last_probe.value_or(WallTime{}));
              })](const Request& request, Reply reply) {
         request.method == "POST" ? probe_now(request, std::move(reply)) : shown(request, std::move(reply));
       }},
      {std::string(kCredentialPages), {"GET"}, rendered([this](const Request&, const Snapshot& snapshot) {
         return html_page(credentials_page(snapshot, about_), about_, snapshot);
       })},
      {std::string(kCredentialPages) + "/*",
       {"GET"},
       rendered([this](const Request& request, const Snapshot& snapshot) {
         const CredentialRow* row = find_credential(snapshot, name_in(request, kCredentialPages));
         if (row == nullptr) return no_page("credential");
         return html_page(credential_page(*row, snapshot, about_), about_, snapshot);
       })},
      {std::string(kInventoryPages), {"GET"}, rendered([this](const Request&, const Snapshot& snapshot) {
         return html_page(inventories_page(snapshot, about_), about_, snapshot);
       })},
      {std::string(kInventoryPages) + "/*", {"GET"}, rendered([this](const Request& request, const Snapshot& snapshot) {
         const InventoryRow* row = find_inventory(snapshot, name_in(request, kInventoryPages));
         if (row == nullptr) return no_page("inventory");
         const auto state = entry_state_named(request.parameter("state").value_or(""));
         return html_page(inventory_page(*row, state, snapshot, about_), about_, snapshot);
       })},
      {"/configuration", {"GET"}, rendered([this](const Request&, const Snapshot& snapshot) {
         return html_page(configuration_page(snapshot, about_), about_, snapshot);
       })},
  };
}

std::vector<Route> Site::files() {
  return {
      // As text, so that browsers show it.
      {"/config", {"GET"}, rendered([](const Request&, const Snapshot& snapshot) {
         return page("text/plain; charset=utf-8", config::redacted_toml(*snapshot.config));
       })},
      {"/report.md", {"GET"}, rendered([](const Request&, const Snapshot& snapshot) {
         return page("text/markdown; charset=utf-8", report_markdown(snapshot));
       })},
      {"/report.csv", {"GET"}, rendered([](const Request&, const Snapshot& snapshot) {
         return page("text/csv; charset=utf-8; header=present", report_csv(snapshot));
       })},
      {"/report.json", {"GET"}, rendered([](const Request&, const Snapshot& snapshot) {
         return page(kJsonType, report_json(snapshot));
       })},
      {"/calendar.ics", {"GET"}, rendered([](const Request&, const Snapshot& snapshot) {
         return page("text/calendar; charset=utf-8", calendar(snapshot));
       })},
      {"/assets/page.css", {"GET"}, rendered([](const Request&, const Snapshot&) {
         return asset("text/css; charset=utf-8", assets::style());
       })},
      {"/assets/page.js", {"GET"}, rendered([](const Request&, const Snapshot&) {
         return asset("text/javascript; charset=utf-8", assets::script());
       })},
  };
}

std::vector<Route> Site::api() {
  return {
      {std::string(kTargetsPath), {"GET"}, rendered(targets_answer)},
      {std::string(kTargetsPath) + "/*", {"GET"}, rendered(target_answer)},
      {std::string(kCredentialsPath), {"GET"}, rendered(credentials_answer)},
      {std::string(kCredentialsPath) + "/*", {"GET"}, rendered(credential_answer)},
      {std::string(kInventoriesPath), {"GET"}, rendered(inventories_answer)},
      {std::string(kInventoriesPath) + "/*", {"GET"}, rendered(inventory_answer)},
      {std::string(kChangesPath), {"GET"}, rendered(changes_answer)},
      {"/api/v1/openapi.json", {"GET"}, rendered([](const Request&, const Snapshot&) {
         return asset("application/json", assets::openapi());
       })},
  };
}

std::vector<Route> Site::routes() {
  std::vector<Route> routes{
      {about_.metrics_path, {"GET"}, [this](const Request& q, Reply r) { serve_metrics(q, std::move(r)); }},
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
  };
  for (auto more : {pages(), files(), api()}) std::ranges::move(more, std::back_inserter(routes));
  return place_.route_prefix.empty() ? routes : below(place_.route_prefix, std::move(routes));
}

}  // namespace authprobe::web
