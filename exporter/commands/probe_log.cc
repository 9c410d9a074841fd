#include "exporter/commands/probe_log.h"

#include <string_view>

#include "exporter/commands/report_words.h"
#include "exporter/config/redacted_toml.h"
#include "exporter/metrics/probe_exposition.h"
#include "exporter/prober/answer_facts.h"

namespace authprobe::commands {
namespace {

class Lines {
 public:
  void add(std::string_view label, const std::string& value) {
    if (!value.empty()) text_ += std::string(label) + ": " + value + '\n';
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

void add_connection(const config::Target& target, const prober::ProbeRecord& record, Lines& lines) {
  if (const wire::Url* proxy = target.connection->proxy_for(target.url)) lines.add("proxy", proxy->shown());
  if (record.answer) {
    lines.add("address", record.answer->address);
    lines.add("tls",
              record.answer->tls_version + (record.answer->tls_cipher.empty() ? "" : ", " + record.answer->tls_cipher));
  }
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    lines.add("phase " + std::string(to_string(static_cast<http::Phase>(i))), milliseconds(record.phase_seconds[i]));
  }
  lines.add("duration", milliseconds(record.duration_seconds));
}

void add_answer(const prober::ProbeRecord& record, Lines& lines) {
  if (record.answer && record.answer->redirects > 0) {
    lines.add("redirects followed", std::to_string(record.answer->redirects));
  }
  lines.add("status", record.status == 0 ? "none" : std::to_string(record.status));
  if (record.error != http::TransportError::none) lines.add("error", std::string(to_string(record.error)));
  if (record.shown_answer) {
    for (const auto& [name, value] : record.shown_answer->headers) lines.add("header " + name, value);
    lines.add("body", record.shown_answer->excerpt);
  }
}

void add_verdict(const prober::ProbeRecord& record, Lines& lines) {
  lines.add("state", std::string(to_string(record.state)));
  lines.add("reason", record.detail);
  if (!record.refusal || record.state == prober::State::ok) return;
  lines.add("cause", std::string(to_string(record.refusal->cause)) + " (" +
                         std::string(to_string(record.refusal->confidence)) + ')');
  for (const std::string& fact : record.refusal->evidence) lines.add("evidence", fact);
  lines.add("advice", record.refusal->advice);
}

}  // namespace

std::string probe_log(const config::Target& target, const prober::ProbeRecord& record) {
  Lines lines;
  lines.add("target", target.name);
  lines.add("request", target.method + ' ' + target.url.shown());
  lines.add("credential", target.credential.empty() ? "none" : target.credential);
  lines.add("finished", wire::rfc3339(record.finished));
  add_connection(target, record, lines);
  add_answer(record, lines);
  add_verdict(record, lines);
  return "Logs for the probe:\n" + lines.take() + "\n\nMetrics that would have been returned:\n" +
         metrics::probe_exposition(record) + "\n\nTarget configuration:" + config::redacted_toml(target);
}

}  // namespace authprobe::commands
