// What `check` says about the files that a configuration names.
#include "exporter/config/lint.h"

#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using config_test::lines_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono;

constexpr auto kNow = sys_days(2026y / 11 / 1);

class FileLint : public ::testing::Test {
 protected:
  std::vector<std::string> lint_of(const std::string& text) {
    const LoadResult result = parse(text, files_.path("f.toml"));
    EXPECT_TRUE(result.ok()) << ::testing::PrintToString(lines_of(result.findings));
    std::vector<std::string> short_texts;
    for (const std::string& finding : lines_of(lint(result.config, kNow))) {
      const bool about_record = finding.find("has no used_by") != std::string::npos ||
                                finding.find("has no rotation link") != std::string::npos;
      if (about_record && !with_records_) continue;
      short_texts.push_back(finding.substr(files_.path("f.toml").size()));
    }
    return short_texts;
  }

  void write(const std::string& name, int mode) {
    std::filesystem::permissions(files_.write(name, "x"), static_cast<std::filesystem::perms>(mode));
  }

  ConfigFiles files_;
  bool with_records_ = false;
};

TEST_F(FileLint, WantsToKnowWhatBreaksAndHowToRenew) {
  with_records_ = true;
  const std::string credential = "[credentials.a]\nkind = 'bearer'\ntoken.value = 'x'\n";
  EXPECT_THAT(
      lint_of(credential),
      ElementsAre(":1:1: warning: credentials.a: has no used_by (list what stops working without it)",
                  ":1:1: warning: credentials.a: has no rotation link (link the page that describes the renewal)"));
  EXPECT_THAT(lint_of(credential + "used_by = 'monitoring'\nrotation = 'https://x'\n"), IsEmpty());
}

TEST_F(FileLint, FindsADateOfIssueToCome) {
  EXPECT_THAT(lint_of("[credentials.a]\nkind = 'bearer'\ntoken.value = 'x'\nmax_age = '9d'\nissued_at = 2026-11-02\n"),
              ElementsAre(":1:1: warning: credentials.a.issued_at: is in the future"));
  EXPECT_THAT(lint_of("[credentials.a]\nkind = 'bearer'\ntoken.value = 'x'\nmax_age = '9d'\nissued_at = 2026-11-01\n"),
              IsEmpty());
}

TEST_F(FileLint, FindsATokenThatAsksForTooMuch) {
  EXPECT_THAT(lint_of("[credentials.a]\nkind = 'oauth2'\ntoken_url = 'https://x'\nclient_id = 'x'\nclient_secret.value "
                      "= 'x'\nscopes = ['read', 'admin']\nallowed_scopes = 'read'\n"),
              ElementsAre(HasSubstr("credentials.a.scopes: requests scopes beyond allowed_scopes")));
}

TEST_F(FileLint, FindsTargetsThatLookAuthenticated) {
  const std::string start =
      "[credentials.a]\nkind = 'bearer'\ntoken.value = 'x'\n[targets.with]\nurl = 'https://x/me'\ncredential = 'a'\n"
      "control_url = 'https://x/hello'\n[targets.t]\n";
  EXPECT_THAT(
      lint_of(start + "url = 'https://x/invoices'"),
      ElementsAre(HasSubstr(":8:1: warning: targets.t: has no credential, but other targets of its server have one")));
  for (const char* fine : {"url = 'https://x/invoices'\nexpect.status = 401", "url = 'https://x/health'",
                           "url = 'https://x/hello'", "url = 'https://y/invoices'"}) {
    EXPECT_THAT(lint_of(start + fine), IsEmpty()) << fine;
  }
}

TEST_F(FileLint, FindsTheSameRequestUnderTwoNames) {
  const std::string one = "[targets.one]\nurl = 'https://x/me'\n[targets.two]\nurl = 'https://x/me'\n";
  EXPECT_THAT(lint_of(one), ElementsAre(":3:1: warning: targets.two.url: is requested with the same credential and "
                                        "method by targets.one (remove one of the two targets)"));
  for (const char* other :
       {"method = 'HEAD'", "headers.accept = 'text/html'", "ip_version = '6'", "body = '1'", "expect.status = 401"}) {
    EXPECT_THAT(lint_of(one + other + '\n'), IsEmpty()) << other;
  }
}

TEST_F(FileLint, FindsSecretsThatAreMissingOrOpenToAll) {
  write("good", 0640);
  write("open", 0644);
  EXPECT_THAT(
      lint_of("[credentials.good]\nkind = 'bearer'\ntoken.file = 'good'\n"
              "[credentials.missing]\nkind = 'bearer'\ntoken.file = 'missing'\n"
              "[credentials.open]\nkind = 'bearer'\ntoken.file = 'open'\n"
              "[credentials.unset]\nkind = 'bearer'\ntoken.env = 'AUTHPROBE_TEST_UNSET'\n"),
      ElementsAre(
          ":4:1: warning: credentials.missing.token: its file cannot be read: No such file or directory",
          ":7:1: warning: credentials.open.token: its file can be read by every user of this machine (chmod o-rwx)",
          ":10:1: warning: credentials.unset.token: its environment variable is not set here"));
}

TEST_F(FileLint, LooksAtKeysNotAtCertificates) {
  write("ca.pem", 0644);
  write("client.pem", 0644);
  write("client.key", 0644);
  const std::string target =
      "[targets.a]\nurl = 'https://x'\ntls.ca_file = 'ca.pem'\ntls.certificate_file = 'client.pem'\n";
  EXPECT_THAT(lint_of(target + "tls.private_key_file = 'client.key'\n"),
              ElementsAre(HasSubstr("targets.a.tls.private_key_file: its file can be read by every user")));
  EXPECT_THAT(lint_of(target),
              ElementsAre(HasSubstr("targets.a.tls.certificate_file: its file can be read by every user")));
}

TEST_F(FileLint, ReportsAFileOnce) {
  EXPECT_THAT(lint_of("[targets.a]\nurl = 'https://x'\ntls.ca_file = 'none'\n[targets.b]\nurl = "
                      "'https://y'\ntls.ca_file = 'none'\n"),
              ElementsAre(HasSubstr(":1:1: warning: targets.a.tls.ca_file: its file cannot be read")));
}

TEST_F(FileLint, FindsWhatHasPassed) {
  const std::string credential = "[credentials.a]\nkind = 'bearer'\ntoken.value = 'x'\n";
  EXPECT_THAT(lint_of(credential + "expires_at = 2026-11-01"),
              ElementsAre(":1:1: warning: credentials.a.expires_at: has passed"));
  EXPECT_THAT(lint_of(credential + "expires_at = 2026-11-02"), IsEmpty());
  EXPECT_THAT(lint_of("[targets.a]\nurl = 'https://x'\nmaintenance = [{ start = 2026-10-01T00:00:00Z, end = "
                      "2026-10-02T00:00:00Z }]"),
              ElementsAre(":1:1: warning: targets.a.maintenance: has a window in the past"));
}

}  // namespace
}  // namespace authprobe::config
