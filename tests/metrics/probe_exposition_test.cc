#include "exporter/metrics/probe_exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/prober/answer_facts.h"
#include "tests/metrics/exposition_text.h"
#include "tests/metrics/golden.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;

prober::ProbeRecord an_answer(prober::AnswerFacts facts) {
  prober::ProbeRecord record =
      StagedProbe(0).answered(200).certificate_until(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));
  record.answer = std::make_shared<const prober::AnswerFacts>(std::move(facts));
  return record;
}

prober::ProbeRecord a_success() {
  prober::ProbeRecord record = an_answer({.http_version = "1.1",
                                          .tls = true,
                                          .content_length = 57,
                                          .body_bytes = 57,
                                          .address = "192.0.2.7",
                                          .tls_version = "TLS 1.3",
                                          .tls_cipher = "TLS_AES_256_GCM_SHA384"});
  http::CertificateChain chain;
  chain.certificates = {{"CN=api.test", "CN=a ca", {}, std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)}};
  chain.verified = true;
  chain.fingerprint = "00ff";
  chain.serial = "01";
  chain.dns_names = "api.test,www.api.test";
  record.certificate_chain = std::make_shared<const http::CertificateChain>(std::move(chain));
  return record;
}

prober::ProbeRecord a_refusal() {
  return StagedProbe(0).answered(403, State::forbidden).refused(Cause::ip_blocked, Confidence::likely);
}

TEST(ProbeExposition, OfASuccess) {
  expect_golden(probe_exposition(a_success()), "probe_ok.txt");
}

TEST(ProbeExposition, OfARefusalTellsTheCause) {
  expect_golden(probe_exposition(a_refusal()), "probe_refused.txt");
}

TEST(ProbeExposition, OfADeadServerHasNoCauseAndNoCertificate) {
  const std::string text = probe_exposition(StagedProbe(0).failed(http::TransportError::connect));
  EXPECT_EQ(value_of(text, "probe_success"), "0");
  EXPECT_EQ(value_of(text, "probe_http_status_code"), "0");
  EXPECT_EQ(value_of(text, "authprobe_target_state{state=\"unreachable\"}"), "1");
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("cause")));
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("cert")));
}

TEST(ProbeExposition, OfAnAnswerHasTheFactsOfTheBlackboxExporter) {
  const std::string text = probe_exposition(an_answer({.http_version = "1.1",
                                                       .tls = true,
                                                       .redirects = 2,
                                                       .content_length = 57,
                                                       .body_bytes = 200,
                                                       .address = "127.0.0.1",
                                                       .failed_check = true}));
  EXPECT_EQ(value_of(text, "probe_http_version"), "1.1");
  EXPECT_EQ(value_of(text, "probe_http_ssl"), "1");
  EXPECT_EQ(value_of(text, "probe_http_redirects"), "2");
  EXPECT_EQ(value_of(text, "probe_http_content_length"), "57");
  EXPECT_EQ(value_of(text, "probe_http_uncompressed_body_length"), "200");
  EXPECT_EQ(value_of(text, "probe_failed_due_to_regex"), "1");
  EXPECT_EQ(value_of(text, "probe_ip_protocol"), "4");
  EXPECT_EQ(value_of(text, "probe_ip_addr_hash"), "3668918509") << "the blackbox exporter's for 127.0.0.1";
}

TEST(ProbeExposition, OfNoAnswerHasNoAddress) {
  const std::string text = probe_exposition(an_answer({}));
  EXPECT_EQ(value_of(text, "probe_http_version"), "0");
  EXPECT_EQ(value_of(text, "probe_http_content_length"), "-1");
  EXPECT_THAT(text, testing::Not(testing::HasSubstr("probe_ip_")));
  EXPECT_EQ(value_of(probe_exposition(an_answer({.address = "::1"})), "probe_ip_protocol"), "6");
}

TEST(ProbeExposition, PleasesPromtool) {
  for (const prober::ProbeRecord& record : {a_success(), a_refusal(), an_answer({.address = "::1"})}) {
    const std::string text = probe_exposition(record);
    EXPECT_THAT(parse(text).faults, testing::IsEmpty());
    const CommandResult checked = run("promtool check metrics", text);
    EXPECT_EQ(checked.exit_code, 0) << checked.output;
  }
}

}  // namespace
}  // namespace authprobe::metrics
