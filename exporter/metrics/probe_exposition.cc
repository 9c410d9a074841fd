#include "exporter/metrics/probe_exposition.h"

#include <string_view>
#include <utility>

#include "exporter/metrics/text_writer.h"

namespace authprobe::metrics {
namespace {

// Gauges of one probe, which have no label for the target.
class GaugeText {
 public:
  void family(std::string_view name, std::string_view help) { out_.family(name, "gauge", help); }
  void sample(std::string_view labels, double value) { out_.sample(labels, value); }

  void single(std::string_view name, std::string_view help, double value) {
    family(name, help);
    sample("", value);
  }

  std::string take() {
    out_.flush();
    return std::move(text_);
  }

 private:
  std::string text_;
  const Sink sink_ = [this](std::string_view piece) { text_ += piece; };
  TextWriter out_{sink_};
};

std::string label(std::string_view name, std::string_view value) {
  std::string text;
  append_label(text, name, value);
  return text;
}

void phases(GaugeText& out, const prober::ProbeRecord& record) {
  out.family("probe_http_duration_seconds", "Duration of each phase of the request, summed over redirects.");
  for (std::size_t i = 0; i < http::kPhaseCount; ++i) {
    out.sample(label("phase", to_string(static_cast<http::Phase>(i))), record.phase_seconds[i]);
  }
}

void state(GaugeText& out, const prober::ProbeRecord& record) {
  out.family("authprobe_target_state", "1 for the target's current state, 0 for the others.");
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    const auto candidate = static_cast<prober::State>(i);
    out.sample(label("state", to_string(candidate)), candidate == record.state ? 1 : 0);
  }
}

void cause(GaugeText& out, const diagnosis::Diagnosis& refusal) {
  out.family("authprobe_auth_failure_cause", "Cause of the refusal.");
  std::string both = label("cause", to_string(refusal.cause));
  append_label(both, "confidence", to_string(refusal.confidence));
  out.sample(both, 1);
}

}  // namespace

std::string probe_exposition(const prober::ProbeRecord& record) {
  const bool success = record.state == prober::State::ok;
  GaugeText out;
  out.single("probe_success", "1 if the probe went as expected, else 0.", success ? 1 : 0);
  out.single("probe_duration_seconds", "Duration of the probe.", record.duration_seconds);
  out.single("probe_dns_lookup_time_seconds", "Time to resolve the name.",
             record.phase_seconds[static_cast<std::size_t>(http::Phase::resolve)]);
  out.single("probe_http_status_code", "Status code of the response; 0 without an HTTP response.", record.status);
  phases(out, record);
  if (record.certificate_expiry) {
    out.single("probe_ssl_earliest_cert_expiry", "Earliest expiry in the server's certificate chain.",
               static_cast<double>(record.certificate_expiry->time_since_epoch().count()));
  }
  state(out, record);
  if (record.refusal && !success) cause(out, *record.refusal);
  return out.take();
}

}  // namespace authprobe::metrics
