// When the URLs of lists are asked, and which answers have a list, in virtual time.
#include "exporter/prober/list_fetches.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/rules.h"

namespace authprobe::prober {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const SlotTime kListStart(1'800'000'000s);

class Lists : public testing::Test {
 protected:
  Lists() {
    config.lists.push_back(list("shop", "https://sd.example.com/targets"));
    load();
  }

  static config::TargetList list(const std::string& name, const std::string& url) {
    config::TargetList list;
    list.name = name;
    list.url = wire::Url(url);
    list.refresh_interval = 1500ms;
    list.connection = std::make_shared<const config::Connection>();
    return list;
  }

  void add_credential(config::CredentialKind kind) {
    config.credentials.emplace_back().name = "key";
    config.credentials.back().kind = std::move(kind);
    config.lists[0].url_credential = "key";
    load();
  }

  void load() {
    credentials.load(config, test::rules());
    fetches.load(config);
  }

  std::vector<ListFetches::ListRequest> due() { return fetches.start_due(now, credentials); }

  std::string problem_of(int status, const std::string& content_type) {
    http::Response response;
    response.status = status;
    response.body = "[]";
    response.headers = {{"Content-Type", content_type}};
    return fetches.finish(due().at(0).number, response, now += 10s).value().problem;
  }

  config::Config config;
  CredentialSet credentials;
  ListFetches fetches;
  SlotTime now = kListStart;
};

TEST_F(Lists, AreAskedAtOnceAndAgainAfterTheInterval) {
  const auto first = due();
  ASSERT_THAT(first, SizeIs(1));
  EXPECT_EQ(first[0].request.url->url().text(), "https://sd.example.com/targets");
  EXPECT_EQ(*wire::find_header(first[0].request.headers, "X-Prometheus-Refresh-Interval-Seconds"), "1.5");
  now += 10s;
  EXPECT_THAT(due(), IsEmpty()) << "the first request is in progress";
  http::Response response;
  fetches.finish(first[0].number, response, now);
  EXPECT_THAT(due(), SizeIs(1));
  EXPECT_FALSE(fetches.finish(first[0].number, response, now));
  EXPECT_EQ(fetches.next_look(), SlotTime::max());
}

TEST_F(Lists, StayOverAReloadThatDoesNotChangeThem) {
  const auto first = due();
  config.lists.push_back(list("crm", "https://sd.example.com/crm"));
  load();
  EXPECT_THAT(due(), SizeIs(1)) << "only the new one";
  EXPECT_FALSE(fetches.all_answered());
  http::Response response;
  EXPECT_TRUE(fetches.finish(first[0].number, response, now));
  config.lists[0].url = wire::Url("https://sd.example.com/other");
  load();
  EXPECT_THAT(due(), SizeIs(1));
}

TEST_F(Lists, AreTakenWithTheContentTypesThatPrometheusTakes) {
  for (const std::string type : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                                 "application/json;charset=\"UTF-8\""}) {
    EXPECT_EQ(problem_of(200, type), "") << type;
  }
  for (const std::string type : {"", "text/json", "application/json; charset=latin1", "application/jsonp"}) {
    EXPECT_THAT(problem_of(200, type), HasSubstr("must have the Content-Type application/json")) << type;
  }
  EXPECT_EQ(problem_of(204, "application/json"), "is answered with 204, not 200");
}

TEST_F(Lists, SayOnceThatTheirCredentialIsMissing) {
  add_credential(config::Bearer{{config::SecretSource::Kind::file, "/nowhere"}});
  EXPECT_THAT(due(), IsEmpty());
  const auto unasked = fetches.take_unasked();
  ASSERT_THAT(unasked, SizeIs(1));
  EXPECT_THAT(unasked[0].problem, HasSubstr("cannot be fetched: "));
  EXPECT_TRUE(fetches.all_answered());
  EXPECT_EQ(fetches.next_look(), now + 1s);
  now += 1s;
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_THAT(fetches.take_unasked(), IsEmpty());
}

TEST_F(Lists, TryARefusedPasswordNoSecondTime) {
  add_credential(
      config::Basic{{config::SecretSource::Kind::value, "me"}, {config::SecretSource::Kind::value, "a-password"}});
  EXPECT_EQ(problem_of(401, "text/html"), "is answered with 401, not 200");
  now += 1h;
  EXPECT_THAT(due(), IsEmpty());
}

TEST_F(Lists, SendTheirCredentialToItsHostsOnly) {
  add_credential(config::Bearer{{config::SecretSource::Kind::value, "a-secret-of-the-list"}});
  config.credentials[0].hosts = {"other.example.com"};
  load();
  EXPECT_THAT(due(), IsEmpty());
  EXPECT_THAT(fetches.take_unasked(), SizeIs(1));
}

}  // namespace
}  // namespace authprobe::prober
