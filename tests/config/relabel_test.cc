// Prometheus's relabelling. The expectations are those of Prometheus's documentation and of its own tests; the
// end-to-end test has a real Prometheus do the same.
#include "exporter/config/relabel.h"

#include <gmock/gmock.h>

#include <optional>

namespace authprobe::config {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

RelabelRule rule(RelabelAction action, std::vector<std::string> source, std::string regex = "(.*)") {
  RelabelRule made;
  made.action = action;
  made.source_labels = std::move(source);
  made.regex = std::move(regex);
  return made;
}

RelabelRule replace(std::vector<std::string> source, std::string regex, std::string target, std::string replacement) {
  RelabelRule made = rule(RelabelAction::replace, std::move(source), std::move(regex));
  made.target_label = std::move(target);
  made.replacement = std::move(replacement);
  return made;
}

std::optional<LabelSet> relabelled(LabelSet labels, const std::vector<RelabelRule>& rules) {
  return Relabelling(rules).apply(labels) ? std::optional(labels) : std::nullopt;
}

TEST(Relabelling, ReplacesByGroupsOfTheWholeJoinedValue) {
  const LabelSet labels{{"a", "foo"}, {"b", "bar"}};
  EXPECT_THAT(*relabelled(labels, {replace({"a", "b"}, "f(.*);(?P<second>.*)r", "c", "${second}-$1-$$-$2x")}),
              ElementsAre(Pair("a", "foo"), Pair("b", "bar"), Pair("c", "ba-oo-$-")));
}

TEST(Relabelling, LeavesALabelAloneWhereTheRegexMatchesAPartOnly) {
  EXPECT_THAT(*relabelled({{"a", "foo"}}, {replace({"a"}, "fo", "a", "x")}), ElementsAre(Pair("a", "foo")));
}

TEST(Relabelling, TakesALabelAwayWhereTheResultIsEmpty) {
  EXPECT_THAT(*relabelled({{"a", "foo"}, {"b", "x"}}, {replace({"a"}, "foo", "b", "")}), ElementsAre(Pair("a", "foo")));
}

TEST(Relabelling, MakesTheNameOfTheLabelToo) {
  EXPECT_THAT(*relabelled({{"a", "some-name-value"}}, {replace({"a"}, "some-([^-]+)-([^,]+)", "${1}", "${2}")}),
              ElementsAre(Pair("a", "some-name-value"), Pair("name", "value")));
  EXPECT_THAT(*relabelled({{"a", "1-2"}}, {replace({"a"}, "(.)-(.)", "$1", "$2")}), ElementsAre(Pair("a", "1-2")));
}

// The sums of Prometheus's own tests.
TEST(Relabelling, HashesAsPrometheusDoes) {
  RelabelRule hash = rule(RelabelAction::hashmod, {"c"});
  hash.target_label = "d";
  hash.modulus = 1000;
  EXPECT_THAT(*relabelled({{"c", "baz"}}, {hash}), ElementsAre(Pair("c", "baz"), Pair("d", "976")));
  EXPECT_THAT(*relabelled({{"c", "foo\nbar"}}, {hash}), ElementsAre(Pair("c", "foo\nbar"), Pair("d", "734")));
}

TEST(Relabelling, KeepsAndDropsTargets) {
  const LabelSet labels{{"a", "foo"}, {"b", "foo"}};
  EXPECT_TRUE(relabelled(labels, {rule(RelabelAction::keep, {"a"}, "f.*")}));
  EXPECT_FALSE(relabelled(labels, {rule(RelabelAction::keep, {"a"}, "f")}));
  EXPECT_FALSE(relabelled(labels, {rule(RelabelAction::drop, {"a"}, "f.*")}));
  EXPECT_TRUE(relabelled(labels, {rule(RelabelAction::drop, {"a"}, "f")}));
  RelabelRule equal = rule(RelabelAction::keepequal, {"a"});
  equal.target_label = "b";
  EXPECT_TRUE(relabelled(labels, {equal}));
  equal.action = RelabelAction::dropequal;
  EXPECT_FALSE(relabelled(labels, {equal}));
}

TEST(Relabelling, MapsDropsAndKeepsLabelsByName) {
  const LabelSet labels{{"__meta_k8s_team", "shop"}, {"b", "x"}};
  RelabelRule map = rule(RelabelAction::labelmap, {}, "__meta_k8s_(.+)");
  EXPECT_THAT(*relabelled(labels, {map}),
              ElementsAre(Pair("__meta_k8s_team", "shop"), Pair("b", "x"), Pair("team", "shop")));
  EXPECT_THAT(*relabelled(labels, {rule(RelabelAction::labeldrop, {}, "__meta.*")}), ElementsAre(Pair("b", "x")));
  EXPECT_THAT(*relabelled(labels, {rule(RelabelAction::labelkeep, {}, "b")}), ElementsAre(Pair("b", "x")));
}

TEST(Relabelling, ChangesTheCase) {
  RelabelRule upper = rule(RelabelAction::uppercase, {"a"});
  upper.target_label = "b";
  EXPECT_THAT(*relabelled({{"a", "Foo"}}, {upper}), ElementsAre(Pair("a", "Foo"), Pair("b", "FOO")));
}

}  // namespace
}  // namespace authprobe::config
