#include "exporter/metrics/exposition.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <atomic>
#include <future>
#include <thread>

#include "tests/metrics/exposition_text.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using testing::HasSubstr;
using testing::IsEmpty;

// Counts how often it is collected; may be told to hold a rendering up.
class Collected : public prometheus::Collectable {
 public:
  explicit Collected(std::vector<MetricFamily> families = {}) : families_(std::move(families)) {}

  std::vector<MetricFamily> Collect() const override {
    ++times;
    if (hold_up) hold_up();
    return families_;
  }

  mutable std::atomic<int> times = 0;
  std::function<void()> hold_up;

 private:
  std::vector<MetricFamily> families_;
};

MetricFamily a_gauge(const std::string& name, const std::string& help, std::vector<ClientMetric> metrics) {
  return {name, help, MetricType::Gauge, std::move(metrics)};
}

ClientMetric sample(double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.gauge.value = value;
  return metric;
}

class ExpositionTest : public testing::Test {
 protected:
  using Time = std::chrono::steady_clock::time_point;

  void pass(std::chrono::milliseconds time) { now = now.load() + time; }

  std::atomic<Time> now = Time{};
  std::shared_ptr<Collected> own = std::make_shared<Collected>();
  Exposition exposition{{own}, [this] { return now.load(); }};
};

TEST_F(ExpositionTest, ScrapesWithinAQuarterOfASecondShareOneRendering) {
  const auto first = exposition.gzip();
  pass(std::chrono::milliseconds(249));
  EXPECT_EQ(exposition.gzip(), first);
  EXPECT_EQ(own->times, 1);
  pass(std::chrono::milliseconds(1));
  EXPECT_NE(exposition.gzip(), first);
  EXPECT_EQ(own->times, 2);
}

TEST_F(ExpositionTest, ScrapesThatComeDuringARenderingGetThatOne) {
  std::promise<void> begun;
  std::promise<void> may_end;
  own->hold_up = [&] {
    if (own->times > 1) return;
    begun.set_value();
    may_end.get_future().wait();
  };
  auto first = std::async(std::launch::async, [&] { return exposition.gzip(); });
  begun.get_future().wait();
  std::vector<std::future<wire::SharedBytes>> others;
  for (int i = 0; i < 8; ++i) others.push_back(std::async(std::launch::async, [&] { return exposition.gzip(); }));
  pass(std::chrono::seconds(3));
  may_end.set_value();
  const auto bytes = first.get();
  for (auto& other : others) EXPECT_EQ(other.get(), bytes);
  EXPECT_EQ(own->times, 1);
}

TEST_F(ExpositionTest, AnotherFleetShowsAtOnce) {
  exposition.text();
  exposition.set_fleet(std::make_shared<FleetMetrics>(a_config({a_target("new")})));
  EXPECT_THAT(*exposition.text(), HasSubstr("authprobe_probes_total{target=\"new\"} 0"));
}

TEST_F(ExpositionTest, GzipHoldsTheSameText) {
  std::vector<config::Target> targets;
  for (int i = 0; i < 500; ++i) targets.push_back(a_target("target-" + std::to_string(i)));
  const auto fleet = std::make_shared<FleetMetrics>(a_config(targets));
  fleet->record(StagedProbe(3, 1).answered(200));
  exposition.set_fleet(fleet);
  const CommandResult unpacked = run("gzip -dc", *exposition.gzip());
  EXPECT_EQ(unpacked.exit_code, 0);
  EXPECT_GT(unpacked.output.size(), 4 * TextBuffer::kPiece);
  EXPECT_TRUE(unpacked.output == *exposition.text());
  EXPECT_LT(exposition.gzip()->size() * 10, unpacked.output.size());
}

TEST_F(ExpositionTest, ALargePlainTextIsNotKept) {
  config::Target target = a_target("t");
  target.labels = {{"note", std::string(Exposition::kKept, 'n')}};
  exposition.set_fleet(std::make_shared<FleetMetrics>(a_config({target})));
  auto text = exposition.text();
  EXPECT_EQ(exposition.text(), text) << "it is shared while somebody holds it";
  const std::weak_ptr<const std::string_view> watched = text;
  text.reset();
  EXPECT_TRUE(watched.expired());
}

TEST_F(ExpositionTest, WhatNobodyWillShareIsForgotten) {
  const std::weak_ptr<const std::string_view> watched = exposition.gzip();
  pass(std::chrono::milliseconds(249));
  exposition.forget_old();
  EXPECT_FALSE(watched.expired());
  pass(std::chrono::milliseconds(1));
  exposition.forget_old();
  EXPECT_TRUE(watched.expired());
}

TEST_F(ExpositionTest, ScrapesRunBesideReloads) {
  std::thread scraper([&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_THAT(parse(*exposition.text()).faults, IsEmpty());
      pass(std::chrono::seconds(1));
    }
  });
  std::shared_ptr<FleetMetrics> fleet;
  for (int i = 0; i < 200; ++i) {
    auto reloaded = std::make_shared<FleetMetrics>(a_config({a_target("a"), a_target("b")}));
    if (fleet) reloaded->carry_over(*fleet);
    fleet = std::move(reloaded);
    exposition.set_fleet(fleet);
    fleet->record(StagedProbe(i % 2, i).answered(200));
  }
  scraper.join();
  pass(std::chrono::seconds(1));
  EXPECT_EQ(value_of(*exposition.text(), "authprobe_probes_total{target=\"a\"}"), "100");
}

std::string text_of_own(std::vector<MetricFamily> families) {
  Exposition exposition({std::make_shared<Collected>(std::move(families))});
  return std::string(*exposition.text());
}

TEST(OwnFamilies, StandInTheOrderOfTheirNamesAndLabels) {
  EXPECT_EQ(text_of_own({a_gauge("b", "B.", {sample(2, {{"x", "2"}}), sample(1, {{"x", "1"}})}),
                         a_gauge("a", "A.", {sample(0)})}),
            "# HELP a A.\n# TYPE a gauge\na 0\n"
            "# HELP b B.\n# TYPE b gauge\nb{x=\"1\"} 1\nb{x=\"2\"} 2\n");
}

TEST(OwnFamilies, AreEscaped) {
  EXPECT_EQ(
      text_of_own({a_gauge("a", "back\\slash\nline \"quoted\"", {sample(1, {{"x", "back\\slash\n\"quoted\""}})})}),
      "# HELP a back\\\\slash\\nline \"quoted\"\n# TYPE a gauge\na{x=\"back\\\\slash\\n\\\"quoted\\\"\"} 1\n");
}

TEST(OwnFamilies, OfOneNameFromTwoSourcesBecomeOne) {
  Exposition exposition({std::make_shared<Collected>(std::vector{a_gauge("a", "A.", {sample(1, {{"x", "1"}})})}),
                         std::make_shared<Collected>(std::vector{a_gauge("a", "A.", {sample(2, {{"x", "2"}})})})});
  EXPECT_EQ(*exposition.text(), "# HELP a A.\n# TYPE a gauge\na{x=\"1\"} 1\na{x=\"2\"} 2\n");
}

TEST(OwnFamilies, SummariesAndUntypedValuesAreWrittenToo) {
  ClientMetric summary;
  summary.summary = {.sample_count = 3, .sample_sum = 1.5, .quantile = {{0.5, 0.25}}};
  ClientMetric untyped;
  untyped.untyped.value = 4;
  EXPECT_EQ(text_of_own({{"s", "S.", MetricType::Summary, {summary}}, {"u", "U.", MetricType::Untyped, {untyped}}}),
            "# HELP s S.\n# TYPE s summary\ns{quantile=\"0.5\"} 0.25\ns_sum 1.5\ns_count 3\n"
            "# HELP u U.\n# TYPE u untyped\nu 4\n");
}

TEST(OwnFamilies, WithoutAMetricAreLeftOut) {
  EXPECT_EQ(text_of_own({a_gauge("a", "A.", {})}), "");
}

}  // namespace
}  // namespace authprobe::metrics
