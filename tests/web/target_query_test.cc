// Which targets a request gets.
#include "exporter/web/target_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporter/web/api.h"
#include "tests/web/snapshots.h"

namespace authprobe::web {
namespace {

using prober::State;
using testing::ElementsAre;
using testing::IsEmpty;

class TargetQueryTest : public testing::Test {
 protected:
  TargetQueryTest() {
    billing.owner = "payments";
    billing.since = kNow - 1min;
    configure(search, [](config::Target& target) {
      target.labels = {{"team", "Web"}, {"tier", "1"}};
      target.url = wire::Url("https://Search.example.com:8443/q");
    });
    fleet = {billing, crm, search};
  }

  // The names of the targets; the error if there is one.
  std::vector<std::string> names(const wire::Headers& parameters) {
    std::string error;
    const auto query = read_target_query(parameters, error);
    if (!query) return {error};
    last = select(*query, fleet, parameters);
    std::vector<std::string> list;
    for (const TargetStatus* found : last.targets) list.push_back(found->name());
    return list;
  }

  TargetStatus billing = refused("billing");
  TargetStatus crm = target("crm");
  TargetStatus search = target("search", State::unreachable, 0);
  std::vector<TargetStatus> fleet;
  Selection last;
};

TEST_F(TargetQueryTest, HasAFilterForEachQuestion) {
  EXPECT_THAT(names({}), ElementsAre("billing", "crm", "search"));
  EXPECT_THAT(names({{"state", "failing"}}), ElementsAre("billing", "search"));
  EXPECT_THAT(names({{"state", "ok"}, {"state", "unreachable"}}), ElementsAre("crm", "search"));
  EXPECT_THAT(names({{"cause", "expired_token"}}), ElementsAre("billing"));
  EXPECT_THAT(names({{"credential", "billing"}}), ElementsAre("billing"));
  EXPECT_THAT(names({{"credential", ""}}), ElementsAre("crm", "search"));
  EXPECT_THAT(names({{"owner", "payments"}}), ElementsAre("billing"));
  EXPECT_THAT(names({{"host", "search.EXAMPLE.com:8443"}}), ElementsAre("search"));
  EXPECT_THAT(names({{"label", "team=Web"}, {"label", "tier=1"}}), ElementsAre("search"));
  EXPECT_THAT(names({{"label", "team=Web"}, {"label", "tier=2"}}), IsEmpty());
  EXPECT_THAT(names({{"text", " WEB "}}), ElementsAre("search"));
  EXPECT_THAT(names({{"text", "expired"}}), ElementsAre("billing"));
  EXPECT_THAT(names({{"state", "failing"}, {"text", "search"}}), ElementsAre("search"));
}

TEST_F(TargetQueryTest, Sorts) {
  EXPECT_THAT(names({{"sort", "-name"}}), ElementsAre("search", "crm", "billing"));
  EXPECT_THAT(names({{"sort", "-since"}}), ElementsAre("billing", "crm", "search"));
  EXPECT_THAT(names({{"sort", "state"}}), ElementsAre("crm", "billing", "search"));
  EXPECT_THAT(names({{"sort", "-credential"}}), ElementsAre("billing", "crm", "search"));
}

TEST_F(TargetQueryTest, ComesInPages) {
  EXPECT_THAT(names({{"limit", "2"}, {"text", "e"}}), ElementsAre("billing", "crm"));
  EXPECT_EQ(last.total, 3u);
  EXPECT_EQ(last.next, "limit=2&text=e&cursor=crm");
  EXPECT_THAT(names({{"limit", "2"}, {"text", "e"}, {"cursor", "crm"}}), ElementsAre("search"));
  EXPECT_EQ(last.total, 3u);
  EXPECT_EQ(last.next, "");
  EXPECT_THAT(names({{"limit", "1"}, {"sort", "-name"}, {"offset", "1"}}), ElementsAre("crm"));
  EXPECT_EQ(last.next, "limit=1&sort=-name&offset=2");
  EXPECT_THAT(names({{"offset", "7"}}), IsEmpty());
}

TEST_F(TargetQueryTest, SaysWhatIsWrong) {
  EXPECT_THAT(names({{"sate", "ok"}}), ElementsAre("unknown parameter"));
  EXPECT_THAT(names({{"state", "fine"}}), ElementsAre("state: must be a state, or failing"));
  EXPECT_THAT(names({{"cause", "x"}}), ElementsAre("cause: must be a cause"));
  EXPECT_THAT(names({{"label", "team"}}), ElementsAre("label: must be NAME=VALUE"));
  for (const char* limit : {"0", "10001", "x", "", "-1", "99999999999999999999"}) {
    EXPECT_THAT(names({{"limit", limit}}), ElementsAre("limit: must be a number from 1 to 10000")) << limit;
  }
  EXPECT_THAT(names({{"cursor", "a"}, {"sort", "state"}}),
              ElementsAre("cursor: only in the order of names and without offset"));
}

TEST(Api, HasAnAnswerForEachPath) {
  const Snapshot all = snapshot({refused("a b")}, {credential("billing"), credential("crm")});
  const auto path = [](std::string text, wire::Headers query = {}) {
    Request request;
    request.method = "GET";
    request.path = std::move(text);
    request.query = std::move(query);
    return request;
  };
  EXPECT_EQ(target_answer(path("/api/v1/targets/a b"), all).status, 200);
  EXPECT_EQ(target_answer(path("/api/v1/targets/a"), all).status, 404);
  EXPECT_EQ(credential_answer(path("/api/v1/credentials/crm"), all).status, 200);
  EXPECT_EQ(credential_answer(path("/api/v1/credentials/x"), all).status, 404);
  EXPECT_EQ(targets_answer(path("/api/v1/targets", {{"limit", "x"}}), all).status, 400);
  EXPECT_EQ(changes_answer(path("/api/v1/changes", {{"limit", "0"}}), all).status, 400);
  const Response first = credentials_answer(path("/api/v1/credentials", {{"limit", "1"}, {"kind", "bearer"}}), all);
  EXPECT_EQ(*wire::find_header(first.headers, "Link"), "<?limit=1&kind=bearer&cursor=billing>; rel=\"next\"");
  EXPECT_EQ(*wire::find_header(first.headers, "X-Total-Count"), "2");
}

}  // namespace
}  // namespace authprobe::web
