// /metrics as a whole, for three targets that have been through something: the golden text that alerts, dashboards and
// docs/metrics.md are held against.
#include "tests/metrics/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <sstream>

#include "exporter/metrics/exporter_metrics.h"
#include "exporter/metrics/exposition.h"
#include "exporter/metrics/latest_families.h"
#include "exporter/metrics/process_metrics.h"
#include "tests/inventory/lists.h"
#include "tests/metrics/exposition_text.h"
#include "tests/metrics/staged_fleet.h"

namespace authprobe::metrics {
namespace {

using namespace std::chrono_literals;
using diagnosis::Cause;
using diagnosis::Confidence;
using prober::State;
using prober::StatusClass;

constexpr auto kStart = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

class GoldenTest : public testing::Test {
 protected:
  GoldenTest() {
    exposition.set_fleet(fleet);
    exporter.set_targets(3);
    exporter.set_shard({0, 2});
    exporter.store_opened(true);
    lists.set(list_families({{"shop", {}, true, 12, 1}, {"crm", {}, false, 3, 0}}));
    files.set(broken_file_families(
        {{"/etc/authprobe/teams/crm.toml", false, {}}, {"/etc/authprobe/teams/shop.toml", true, {}}}));
    exporter.store_wrote(kStart);
    exporter.loop_turned(kStart);
    exporter.set_probes_in_flight(2);
    exporter.config_loaded(kStart);
    billing_loses_its_token();
    webhooks_is_unreachable();
    two_credentials();
    an_inventory();
  }

  static std::shared_ptr<FleetMetrics> three_targets() {
    config::Target billing = a_target("billing-me");
    billing.url = wire::Url("https://api.example.com/v1/me?verbose=1");
    billing.credential = "billing";
    billing.labels = {{"team", "payments"}, {"tier", "1"}};
    config::Target waiting = a_target("reports \"daily\"", {{204, 204}});
    waiting.method = "HEAD";
    return std::make_shared<FleetMetrics>(a_config({billing, waiting, a_target("webhooks", {{401, 401}})}), kStart);
  }

  void record(prober::ProbeRecord probe, double delay) {
    probe.schedule_delay_seconds = delay;
    fleet->record(probe);
    exporter.record(probe);
  }

  void billing_loses_its_token() {
    record(StagedProbe(0, 15)
               .answered(200)
               .certificate_until(kStart + std::chrono::days(60))
               .budget(5000, 4999, std::chrono::minutes(30)),
           0.0004);
    record(StagedProbe(0, 30)
               .answered(401, State::unauthorized)
               .changed(StatusClass::c2xx, StatusClass::c401)
               .refused(Cause::expired_token, Confidence::certain)
               .budget(5000, 4998, std::chrono::minutes(30))
               .waits(15),
           0.03);
  }

  void webhooks_is_unreachable() {
    record(StagedProbe(2, 16).answered(401, State::ok), 0.002);
    record(StagedProbe(2, 31.25).failed(http::TransportError::connect).changed(StatusClass::c401, StatusClass::error),
           7);
    fleet->set_maintenance(2, true);
    exporter.set_slots_missed(1);
  }

  // One that has ended, with all that can be known of one; and one of which nothing is known.
  void two_credentials() {
    auto config = std::make_shared<config::Config>();
    config->credentials.resize(2);
    config::Credential& billing = config->credentials[0];
    billing.name = "billing";
    billing.kind.emplace<config::Oauth2>().token_url = wire::Url("https://login.example.com:8443/oauth2/token");
    billing.owner = "payments";
    billing.used_by = {"webhooks", "mobile app"};
    billing.rotation = "https://wiki.example.com/rotate-billing";
    billing.scopes = {{"read", "write"}, {"read"}};
    config->credentials[1].name = "maps";
    std::vector<prober::CredentialStatus> statuses(2);
    prober::CredentialStatus& known = statuses[0];
    known.name = "billing";
    known.available = true;
    known.loaded_at = kStart;
    known.rotations = 2;
    known.expiries = {
        {credential::ExpiryKind::access, credential::ExpirySource::jwt, kStart + 15s},
        {credential::ExpiryKind::certificate, credential::ExpirySource::certificate, kStart + std::chrono::days(90)},
        {credential::ExpiryKind::secret, credential::ExpirySource::inventory, kStart + std::chrono::days(80), 1209600s,
         172800s}};
    known.expiry_state = credential::ExpiryState::known;
    known.lifetime = 3600s;
    known.warn_before = 900s;
    known.critical_before = 360s;
    known.active = false;
    known.fetches = prober::CredentialStatus::TokenFetches{};
    known.fetches->total = 3;
    known.fetches->failures[static_cast<std::size_t>(credential::FetchFailure::invalid_client)] = 1;
    known.fetches->refusal.emplace();
    known.fetches->refusal->cause = diagnosis::Cause::expired_token;
    known.fetches->refusal->confidence = diagnosis::Confidence::likely;
    known.fetches->last = kStart + 500ms;
    known.fetches->last_duration_seconds = 0.125;
    known.lookup = {1, kStart + 1s, 1h};
    known.granted_scopes = {"read", "admin"};
    known.missing_scopes = {"write"};
    known.excess_scopes = {"admin"};
    known.scope_changes = 1;
    known.previous =
        prober::CredentialStatus::Previous{prober::RetiredState::accepted, 200, "", kStart, kStart + 2s, {}};
    known.next = {"billing-2", State::ok, 200, "", kStart + 2s};
    known.lockout_backoff_seconds = 60;
    known.targets[static_cast<std::size_t>(State::unauthorized)] = 1;
    statuses[1].name = "maps";
    credentials.set(credential_families(config, std::move(statuses)));
  }

  // Long before and long after the moment of the test.
  void an_inventory() {
    config::Inventory inventory = test::inventory_of(test::tokens());
    inventory.provider = "gitlab";
    inventory.credential = "billing";
    inventory.series = true;
    auto config = std::make_shared<config::Config>();
    config->inventories = {inventory};
    auto list = std::make_shared<inventory::EntryList>();
    list->complete_at = kStart + 3s;
    for (const int year : {2020, 2150}) {
      inventory::Entry entry;
      entry.id = std::to_string(year);
      entry.name = "deploy";
      entry.owner = "ada";
      entry.ends = std::chrono::sys_days(std::chrono::year(year) / 1 / 1);
      list->entries.push_back(std::move(entry));
    }
    inventory::Status status;
    status.name = inventory.name;
    status.list = std::move(list);
    status.failures[static_cast<std::size_t>(inventory::Failure::refused)] = 2;
    inventories.set(inventory_families(std::move(config), {std::move(status)}));
  }

  // What the machine and the moment say is set to 0.
  std::string text() {
    return std::regex_replace(std::string(*exposition.text()), std::regex("\n(process_[a-z_]+) [^\n]+"), "\n$1 0");
  }

  std::shared_ptr<FleetMetrics> fleet = three_targets();
  ExporterMetrics exporter{"0.1.0", "0123abc"};
  LatestFamilies credentials;
  LatestFamilies inventories;
  LatestFamilies lists;
  LatestFamilies files;
  Exposition exposition{{credentials.collectable(), inventories.collectable(), exporter.collectable(),
                         lists.collectable(), files.collectable(), process_metrics()},
                        std::chrono::steady_clock::now,
                        [] { return kStart + 40s; }};
};

TEST_F(GoldenTest, MetricsAreAsTheyWere) {
  expect_golden(text(), "metrics.txt");
}

TEST_F(GoldenTest, NoSeriesAndNoFamilyComesTwice) {
  const ParsedText parsed = parse(*exposition.text());
  EXPECT_THAT(parsed.faults, testing::IsEmpty());
  EXPECT_GT(parsed.series.size(), 3 * 57u);
}

TEST_F(GoldenTest, PromtoolFindsNoFault) {
  const CommandResult checked = run("promtool check metrics", *exposition.text());
  EXPECT_EQ(checked.exit_code, 0) << checked.output;
  EXPECT_EQ(checked.output, "");
}

// Rows of the reference's tables begin with a metric's name.
std::set<std::string> documented_families(const std::string& prefix) {
  std::set<std::string> names;
  std::istringstream lines(read_file(AUTHPROBE_SOURCE_DIR "/docs/metrics.md"));
  const std::regex row("^\\| `(" + prefix + "[a-z_0-9]+)` \\|.*");
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, row)) names.insert(match[1]);
  }
  return names;
}

TEST_F(GoldenTest, TheReferenceNamesEachFamilyAndNoOther) {
  const std::vector<std::string> families = parse(text()).families;
  EXPECT_EQ(documented_families("(?:authprobe|process)_"), std::set<std::string>(families.begin(), families.end()));
}

TEST(Reference, NamesEachFamilyOfASingleProbe) {
  std::set<std::string> families;
  for (const std::string& name : parse(read_file(golden_path("probe_ok.txt"))).families) {
    if (name.starts_with("probe_")) families.insert(name);
  }
  EXPECT_EQ(documented_families("probe_"), families);
}

TEST_F(GoldenTest, TheReferenceTellsEachType) {
  const std::string reference = read_file(AUTHPROBE_SOURCE_DIR "/docs/metrics.md");
  std::istringstream lines(text());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("# TYPE ")) continue;
    const std::size_t blank = line.rfind(' ');
    const std::string row = "\n| `" + line.substr(7, blank - 7) + "` | " + line.substr(blank + 1) + " |";
    EXPECT_THAT(reference, testing::HasSubstr(row));
  }
}

}  // namespace
}  // namespace authprobe::metrics
