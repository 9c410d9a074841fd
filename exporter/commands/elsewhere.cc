#include "exporter/commands/elsewhere.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "exporter/commands/report_words.h"
#include "exporter/diagnosis/evidence.h"
#include "exporter/http/transfer_set.h"
#include "exporter/wire/encoding.h"

namespace authprobe::commands {
namespace {

using nlohmann::json;
using prober::State;

constexpr std::chrono::seconds kTimeout{5};
constexpr std::size_t kMostBytes = 1u << 20;

http::Request request_to(const wire::Url& exporter, const std::string& target, const config::Tls& tls) {
  std::string base = exporter.text().substr(0, exporter.text().find_first_of("?#"));
  while (base.ends_with('/')) base.pop_back();
  config::Connection connection;
  connection.tls = tls;
  connection.max_response_bytes = kMostBytes;
  http::Request request;
  request.url = http::prepared(*wire::Url::parse(base + "/api/v1/targets/" + wire::percent_encoded(target)));
  request.connection = std::make_shared<const config::Connection>(std::move(connection));
  request.timeout = kTimeout;
  request.keep_body = kMostBytes;
  return request;
}

// Foreign text, for a terminal.
std::string text_of(const json& document, const char* member) {
  const auto found = document.find(member);
  return found != document.end() && found->is_string() ? diagnosis::redact(found->get_ref<const std::string&>()) : "";
}

View view_of(const http::Response& answer) {
  View view;
  if (answer.status == 0 || answer.error != http::TransportError::none) {
    view.problem = "no answer: " + answer.error_detail;
  } else if (answer.status == 404) {
    view.problem = "has no target of this name, or is no authprobe exporter (404)";
  } else if (answer.status != 200) {
    view.problem = "its API answers " + std::to_string(answer.status);
  } else {
    const json document = json::parse(answer.body, nullptr, false);
    if (document.is_object()) view.state = text_of(document, "state");
    if (view.state.empty()) {
      view.problem = "its answer is not one of this exporter's API";
      return view;
    }
    const auto status = document.find("status");
    if (status != document.end() && status->is_number_integer()) view.status = status->get<int>();
    view.since = text_of(document, "since");
    view.cause = text_of(document, "cause");
    view.confidence = text_of(document, "confidence");
    view.last_probe = text_of(document, "last_probe");
  }
  return view;
}

bool refuses(std::string_view state) {
  return state == to_string(State::unauthorized) || state == to_string(State::forbidden);
}

std::string listed(const std::vector<View>& views, bool (*wanted)(const View&)) {
  std::string text;
  for (const View& view : views) {
    if (view.problem.empty() && wanted(view)) text += (text.empty() ? "" : ", ") + view.exporter;
  }
  return text;
}

}  // namespace

std::vector<View> views_from(const std::vector<wire::Url>& exporters, const std::string& target,
                             const config::Tls& tls) {
  http::TransferSet transfers{http::TransferSet::Options{}};
  std::vector<View> views(exporters.size());
  for (std::size_t i = 0; i < exporters.size(); ++i) {
    transfers.start(i, request_to(exporters[i], target, tls));
  }
  for (std::size_t left = exporters.size(); left > 0;) {
    transfers.wait(std::chrono::steady_clock::now() + kTimeout);
    while (const http::Finished* finished = transfers.next_finished()) {
      views[finished->id] = view_of(finished->response);
      --left;
    }
  }
  for (std::size_t i = 0; i < exporters.size(); ++i) views[i].exporter = exporters[i].shown();
  return views;
}

ReportLines view_lines(const std::vector<View>& views) {
  ReportLines lines;
  for (const View& view : views) {
    std::string text = view.exporter + ": ";
    if (!view.problem.empty()) {
      lines.emplace_back("Elsewhere", text + view.problem);
      continue;
    }
    text += view.state;
    if (view.status != 0) text += ", status " + std::to_string(view.status);
    if (!view.cause.empty()) text += ", " + view.cause + " (" + view.confidence + ")";
    if (!view.since.empty()) text += ", since " + view.since;
    lines.emplace_back("Elsewhere", std::move(text));
  }
  return lines;
}

std::string comparison_of(State here, const std::vector<View>& views) {
  const std::string accepted = listed(views, [](const View& view) { return view.state == to_string(State::ok); });
  const std::string refused = listed(views, [](const View& view) { return refuses(view.state); });
  if (refuses(to_string(here)) && !accepted.empty()) {
    return "refused here, accepted from " + accepted +
           ": compare the address, the region and the secret's value of the two; the target is up";
  }
  if (here == State::ok && !refused.empty()) {
    return "accepted here, refused from " + refused +
           ": compare the address, the region and the secret's value of the two";
  }
  if (refuses(to_string(here)) && !refused.empty()) {
    return "refused from everywhere that answered: the place is not the cause";
  }
  return {};
}

json views_json(const std::vector<View>& views) {
  json list = json::array();
  for (const View& view : views) {
    list.push_back({{"exporter", view.exporter},
                    {"problem", text_or_null(view.problem)},
                    {"state", text_or_null(view.state)},
                    {"status", view.status},
                    {"cause", text_or_null(view.cause)},
                    {"confidence", text_or_null(view.confidence)},
                    {"since", text_or_null(view.since)},
                    {"last_probe", text_or_null(view.last_probe)}});
  }
  return list;
}

}  // namespace authprobe::commands
