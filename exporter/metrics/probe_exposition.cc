#include "exporter/metrics/probe_exposition.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>
#include <cstdint>
#include <string_view>
#include <utility>

#include "exporter/metrics/text_writer.h"
#include "exporter/prober/answer_facts.h"

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
    return std::string(static_cast<std::string_view>(text_));
  }

 private:
  Text text_;
  TextWriter out_{text_};
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

// FNV-1a of the address's bytes, as the blackbox exporter has it: equal hashes, equal addresses.
double hash_of(const std::string& address) {
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  const bool is_v6 = address.find(':') != std::string::npos;
  if (inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data()) != 1) return 0;
  std::uint32_t hash = 2166136261;
  for (std::size_t i = 0; i < (is_v6 ? sizeof(in6_addr) : sizeof(in_addr)); ++i) hash = (hash ^ bytes[i]) * 16777619;
  return hash;
}

double number_in(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void answer(GaugeText& out, const prober::AnswerFacts& facts) {
  out.single("probe_http_version", "Version of HTTP of the response; 0 without an HTTP response.",
             number_in(facts.http_version));
  out.single("probe_http_ssl", "1 if the last request, after redirects, used TLS, else 0.", facts.tls ? 1 : 0);
  out.single("probe_http_redirects", "Redirects that were followed.", static_cast<double>(facts.redirects));
  out.single("probe_http_content_length", "Content-Length of the response; -1 if it has none.",
             facts.content_length ? static_cast<double>(*facts.content_length) : -1);
  out.single("probe_http_uncompressed_body_length", "Length of the decompressed body.",
             static_cast<double>(facts.body_bytes));
  out.single("probe_failed_due_to_regex", "1 if a check of the response's headers or body failed, else 0.",
             facts.failed_check ? 1 : 0);
  if (facts.address.empty()) return;
  out.single("probe_ip_protocol", "Version of IP of the connection, 4 or 6.",
             facts.address.find(':') == std::string::npos ? 4 : 6);
  out.single("probe_ip_addr_hash", "Hash of the server's IP address, to see it change.", hash_of(facts.address));
}

// Under the names of version 0.25 of the blackbox exporter (https://github.com/prometheus/blackbox_exporter).
void handshake(GaugeText& out, const prober::AnswerFacts& facts) {
  if (!facts.tls_version.empty()) {
    out.family("probe_tls_version_info", "Version of TLS of the last handshake.");
    out.sample(label("version", facts.tls_version), 1);
  }
  if (!facts.tls_cipher.empty()) {
    out.family("probe_tls_cipher_info", "Cipher suite of the last handshake.");
    out.sample(label("cipher", facts.tls_cipher), 1);
  }
}

void chain(GaugeText& out, const http::CertificateChain& chain) {
  if (!chain.verified || chain.certificates.empty()) return;
  out.single("probe_ssl_last_chain_expiry_timestamp_seconds", "Earliest expiry in the verified certificate chain.",
             static_cast<double>(chain.first_end()->time_since_epoch().count()));
  std::string labels = label("fingerprint_sha256", chain.fingerprint);
  append_label(labels, "subject", chain.certificates.front().subject);
  append_label(labels, "issuer", chain.certificates.front().issuer);
  append_label(labels, "subjectalternative", chain.dns_names);
  append_label(labels, "serialnumber", chain.serial);
  out.family("probe_ssl_last_chain_info", "The server's own certificate.");
  out.sample(labels, 1);
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
  if (record.answer) answer(out, *record.answer);
  if (record.certificate_expiry) {
    out.single("probe_ssl_earliest_cert_expiry", "Earliest expiry in the server's certificate chain.",
               static_cast<double>(record.certificate_expiry->time_since_epoch().count()));
  }
  if (record.answer) handshake(out, *record.answer);
  if (record.certificate_chain) chain(out, *record.certificate_chain);
  state(out, record);
  if (record.refusal && !success) cause(out, *record.refusal);
  return out.take();
}

}  // namespace authprobe::metrics
