// How failing targets become troubles.
#include "exporter/web/trouble.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using prober::State;
using testing::ElementsAre;
using testing::IsEmpty;

TargetStatus at(TargetStatus target, const std::string& host) {
  configure(target, [&](config::Target& configured) { configured.url = wire::Url("https://" + host + "/"); });
  return target;
}

// "name: failing/all", with a "!" where nothing works.
std::vector<std::string> words(const Snapshot& snapshot) {
  std::vector<std::string> list;
  for (const Trouble& trouble : troubles(snapshot)) {
    list.push_back(trouble.name + (trouble.total ? "!" : "") + ": " + std::to_string(trouble.failing.size()) + "/" +
                   std::to_string(trouble.targets));
  }
  return list;
}

TEST(Troubles, ADeadCredentialIsOneAndComesFirst) {
  TargetStatus partly = refused("c1", "crm");
  TargetStatus fine = target("c2");
  configure(fine, [](config::Target& target) { target.credential = "crm"; });
  const Snapshot all = snapshot({refused("b1"), refused("b2"), partly, fine, refused("b3")},
                                {credential("billing", 0, 3), credential("crm", 1, 1)});
  EXPECT_THAT(words(all), ElementsAre("billing!: 3/3", "crm: 1/2"));
  EXPECT_EQ(troubles(all)[0].credential->name, "billing");
}

TEST(Troubles, AHostThatAcceptsNobodyIsOne) {
  const Snapshot all = snapshot({at(refused("a", "billing"), "h.example.com"), at(refused("b", "crm"), "h.example.com"),
                                 at(target("c"), "other.example.com")},
                                {credential("billing", 5, 1), credential("crm", 5, 1)});
  EXPECT_THAT(words(all), ElementsAre("h.example.com!: 2/2"));
}

TEST(Troubles, AnUnreachableHostIsNotItsCredentialsFault) {
  TargetStatus down = target("a", State::unreachable, 0);
  configure(down, [](config::Target& target) { target.credential = "billing"; });
  EXPECT_THAT(words(snapshot({down}, {credential("billing", 0, 1)})), ElementsAre("api.example.com!: 1/1"));
}

TEST(Troubles, ATargetWithoutCredentialIsItsHosts) {
  TargetStatus lone = refused("a", "");
  EXPECT_THAT(words(snapshot({lone, target("b")})), ElementsAre("api.example.com: 1/2"));
}

TEST(Troubles, MaintenanceIsNone) {
  TargetStatus planned = refused("a");
  planned.maintenance = true;
  EXPECT_THAT(words(snapshot({planned}, {credential("billing", 1, 1)})), IsEmpty());
}

TEST(Troubles, ACredentialMayBeOneWithoutTargets) {
  CredentialRow missing = credential("missing", 0);
  missing.status.available = false;
  EXPECT_THAT(words(snapshot({}, {missing, ending("soon", 24h), ending("past", -1h)})),
              ElementsAre("missing!: 0/0", "past!: 0/1"));
}

TEST(Troubles, TheCauseOfMostTargetsSpeaks) {
  TargetStatus other = refused("a");
  other.cause = diagnosis::Cause::waf_blocked;
  TargetStatus unsure = refused("b");
  unsure.confidence = diagnosis::Confidence::guess;
  const Snapshot all = snapshot({other, unsure, refused("c")}, {credential("billing", 1, 3)});
  const auto found = troubles(all);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].lead->name(), "c");
}

}  // namespace
}  // namespace authprobe::web
