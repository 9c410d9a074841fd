// Scoped includes, as somebody sees them who may write the files of one folder and wants another's secret: each way out
// is an error at the file that tries it.
#include "exporter/config/scope.h"

#include <gmock/gmock.h>

#include "tests/config/config_files.h"

namespace authprobe::config {
namespace {

using config_test::ConfigFiles;
using config_test::lines_of;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kIncludeTeams =
    "include = [{ files = 'teams/shop/*.toml', names = ['shop-*'], credentials = ['shop-*'], hosts = "
    "['*.shop.example'] "
    "}]\n";
const std::string kCredentials =
    "[credentials.shop-api]\nkind = 'bearer'\ntoken.env = 'S'\nhosts = ['api.example.com', '127.0.0.1']\n"
    "[credentials.billing]\nkind = 'bearer'\ntoken.env = 'B'\nhosts = ['api.example.com']\n"
    "[targets.billing]\nurl = 'https://api.example.com/'\ncredential = 'billing'\n";

class ScopedInclude : public ::testing::Test {
 protected:
  ScopedInclude() { main(kIncludeTeams); }

  void main(const std::string& include, const std::string& more = "") {
    files.write("main.toml", include + more + kCredentials);
  }

  // The errors of a file of the team.
  std::string errors_of(const std::string& text, const std::string& name = "a") {
    files.write("teams/shop/" + name + ".toml", text);
    return errors_text(load(files.path("main.toml")).findings);
  }

  std::string errors_of_target(const std::string& keys) {
    return errors_of("[targets.shop-a]\nurl = 'https://api.example.com/shop'\ncredential = 'shop-api'\n" + keys);
  }

  std::string errors_of_main(const std::string& include, const std::string& more = "") {
    main(include, more);
    return errors_text(load(files.path("main.toml")).findings);
  }

  const ConfigFiles files;
};

TEST_F(ScopedInclude, ATeamProbesItsHostsWithItsCredentials) {
  EXPECT_EQ(errors_of_target("method = 'POST'\nheaders.Accept = 'a/b'\nbody = 'x'\ninterval = '1m'\ntimeout = '5s'\n"
                             "labels.team = 'shop'\nexpect.status = [401]\ncontrol_url = 'https://www.shop.example/'\n"
                             "[targets.shop-b]\nurl = 'http://www.shop.example/'\n"
                             "[targets.shop-c]\nurl = 'http://127.0.0.1/'\ncredential = 'shop-api'\n"),
            "");
  const LoadResult result = load(files.path("main.toml"));
  EXPECT_EQ(result.config.targets.back().name, "shop-c");
}

TEST_F(ScopedInclude, UsesNoCredentialThatIsNotGranted) {
  EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'https://api.example.com/'\ncredential = 'billing'\n"),
              HasSubstr("a.toml:3:14: targets.shop-a.credential: uses a credential that is not granted"));
}

TEST_F(ScopedInclude, UsesNoCredentialOfTheDefaults) {
  main(kIncludeTeams, "defaults.credential = 'billing'\n");
  EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'https://api.example.com/'\n"),
              HasSubstr("a.toml:1:1: targets.shop-a: uses a credential that is not granted"));
  EXPECT_EQ(errors_of("[targets.shop-a]\nurl = 'https://api.example.com/'\ncredential = ''\n"), "");
}

TEST_F(ScopedInclude, SendsItsCredentialNowhereElse) {
  for (const std::string host :
       {"evil.example", "api.example.com.evil.example", "www.shop.example", "169.254.169.254"}) {
    EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'https://" + host + "/'\ncredential = 'shop-api'\n"),
                HasSubstr("targets.shop-a.url: is at " + host))
        << host;
  }
  EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'http://api.example.com/'\ncredential = 'shop-api'\n"),
              HasSubstr("targets.shop-a.credential: would be sent over plain http"));
}

TEST_F(ScopedInclude, AsksNoOtherHostWithoutACredentialEither) {
  EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'http://169.254.169.254/latest'\nbody_excerpt = true\n"),
              HasSubstr("targets.shop-a.url: is at 169.254.169.254, where targets of"));
  EXPECT_THAT(errors_of_target("control_url = 'http://localhost:9090/'\n"),
              HasSubstr("targets.shop-a.control_url: is at localhost"));
}

TEST_F(ScopedInclude, LeadsNoConnectionElsewhereAndNamesNoFile) {
  const std::map<std::string, std::string> keys{
      {"resolve", "resolve = ['api.example.com:443:192.0.2.1']\n"},
      {"proxy", "proxy = 'http://192.0.2.1:3128'\n"},
      {"proxy_username", "proxy_username = 'me'\n"},
      {"proxy_password", "proxy_password.file = '/etc/shadow'\n"},
      {"no_proxy", "no_proxy = ['api.example.com']\n"},
      {"unix_socket", "unix_socket = '/run/docker.sock'\n"},
      {"tls", "tls.verify = false\n"},
      {"tls", "tls.ca_file = '/tmp/mine.pem'\n"},
      {"tls", "tls.server_name = 'evil.example'\n"},
      {"tls", "tls.certificate_file = '/etc/authprobe/other.pem'\n"},
      {"max_redirects", "max_redirects = 5\n"},
      {"redirects_to_private", "redirects_to_private = true\n"},
      {"connection", "connection = 'resume'\n"},
      {"max_response_size", "max_response_size = '1GiB'\n"},
      {"headers.Host", "headers.Host = 'evil.example'\n"},
      {"headers.hOsT", "headers.hOsT = 'evil.example'\n"},
  };
  for (const auto& [key, text] : keys) {
    EXPECT_THAT(errors_of_target(text), HasSubstr("targets.shop-a." + key + ": is not allowed in ")) << text;
  }
}

TEST_F(ScopedInclude, FollowsNoRedirectOfTheDefaults) {
  main(kIncludeTeams, "[defaults]\nmax_redirects = 5\n");
  EXPECT_EQ(errors_of_target(""), "");
  for (const Target& target : load(files.path("main.toml")).config.targets) {
    EXPECT_EQ(target.connection->max_redirects, target.name == "billing" ? 5 : 0) << target.name;
  }
}

TEST_F(ScopedInclude, HasNothingButTargets) {
  const std::map<std::string, std::string> sections{
      {"settings", "[settings]\nsignatures = ['/etc/shadow']\n"},
      {"settings", "[settings]\nproviders = ['mine.toml']\n"},
      {"defaults", "[defaults]\nproxy = 'http://192.0.2.1'\n"},
      {"include", "include = ['/etc/*']\n"},
      {"credentials", "[credentials.shop-api2]\nkind = 'bearer'\ntoken.file = '/run/secrets/billing'\n"},
      {"credentials", "[credentials.shop-api2]\nkind = 'login'\nurl = 'https://evil.example'\nnext = 'billing'\n"},
      {"targets_from", "[targets_from.shop-list]\nfiles = '/etc/*.json'\ncredential = 'billing'\n"},
      {"inventories", "[inventories.shop-list]\nprovider = 'github'\ncredential = 'billing'\n"},
      {"whatever", "[whatever]\n"},
  };
  for (const auto& [section, text] : sections) {
    EXPECT_THAT(errors_of(text), AllOf(HasSubstr("a.toml:1:"), HasSubstr(": " + section + ": is not allowed in ")))
        << text;
  }
}

TEST_F(ScopedInclude, TakesNoNameThatIsNotItsOwn) {
  files.write("other.toml",
              "[targets.crm]\nurl = 'https://crm.example'\n[credentials.shop-x]\nkind = 'bearer'\n"
              "token.env = 'X'\nhosts = ['api.example.com']\n");
  main("include = [{ files = 'teams/shop/*.toml', names = 'shop-*', credentials = 'shop-*' }, 'other.toml']\n");
  files.write("teams/shop/a.toml",
              "[targets.crm]\nurl = 'https://api.example.com/'\n[credentials.shop-x]\nkind = 'bearer'\n");
  const LoadResult result = load_usable(files.path("main.toml"));
  EXPECT_TRUE(result.ok());
  ASSERT_THAT(result.broken, ::testing::SizeIs(1));
  EXPECT_EQ(result.broken[0].path, files.path("teams/shop/a.toml"));
  EXPECT_THAT(errors_text(result.broken[0].findings),
              AllOf(HasSubstr("targets.crm: is a name that targets of"), HasSubstr("credentials: is not allowed")));
}

TEST_F(ScopedInclude, ReadsNothingOutsideItsFolder) {
  files.write("secret.toml", "[targets.shop-z]\nurl = 'https://api.example.com/the-secret'\n");
  std::filesystem::create_directories(files.path("teams/shop"));
  std::filesystem::create_symlink("../../secret.toml", files.path("teams/shop/a.toml"));
  const LoadResult result = load(files.path("main.toml"));
  EXPECT_THAT(errors_text(result.findings), HasSubstr("a.toml:1:1: cannot be read: it is not in "));
  EXPECT_THAT(errors_text(result.findings), ::testing::Not(HasSubstr("the-secret")));
}

TEST_F(ScopedInclude, FollowsTheLinksOfAConfigMap) {
  files.write("teams/shop/..1/a.toml", "[targets.shop-a]\nurl = 'https://api.example.com/'\n");
  std::filesystem::create_symlink("..1", files.path("teams/shop/..data"));
  std::filesystem::create_symlink("..data/a.toml", files.path("teams/shop/a.toml"));
  const LoadResult result = load(files.path("main.toml"));
  EXPECT_EQ(errors_text(result.findings), "");
  EXPECT_EQ(result.config.targets.back().name, "shop-a");
}

// A link to a file of another team must not make that file count as read.
TEST_F(ScopedInclude, TakesNoOtherFileAway) {
  files.write("teams/web/a.toml", "[targets.web-a]\nurl = 'https://api.example.com/'\n");
  std::filesystem::create_directories(files.path("teams/shop"));
  std::filesystem::create_symlink("../web/a.toml", files.path("teams/shop/a.toml"));
  main(
      "include = [{ files = 'teams/shop/*.toml', names = 'shop-*', credentials = 'shop-*' },"
      "{ files = 'teams/web/*.toml', names = 'web-*', credentials = 'billing' }]\n");
  const LoadResult result = load_usable(files.path("main.toml"));
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.config.targets.back().name, "web-a");
  ASSERT_THAT(result.broken, ::testing::SizeIs(1));
  EXPECT_EQ(result.broken[0].path, files.path("teams/shop/a.toml"));
}

TEST_F(ScopedInclude, IsReadByNoOtherIncludeWithAllRights) {
  files.write("teams/shop/a.toml", "[targets.shop-a]\nurl = 'https://api.example.com/'\n");
  const std::string scoped = "{ files = 'teams/shop/*.toml', names = 'shop-*', credentials = 'shop-*' }";
  for (const std::string& include :
       {"['teams/*/*.toml', " + scoped + "]", "[" + scoped + ", 'teams/../teams/shop/a.toml']"}) {
    EXPECT_THAT(errors_of_main("include = " + include + "\n"),
                HasSubstr("a.toml:1:1: is in the folder of the scoped include["))
        << include;
  }
  std::filesystem::create_symlink("teams/shop/a.toml", files.path("link.toml"));
  EXPECT_THAT(errors_of_main("include = ['link.toml', " + scoped + "]\n"),
              HasSubstr("link.toml:1:1: is in the folder of the scoped include[1], but include[0] matches it"));
  EXPECT_THAT(
      errors_of_main("include = [" + scoped + ", { files = 'teams/*.toml', names = '*', hosts = 'a.example' }]\n"),
      HasSubstr("include[1]: has the folder of include[0], or one above or below it"));
}

TEST_F(ScopedInclude, NeedsGrantsThatAreSafe) {
  EXPECT_THAT(errors_of_main("include = { files = 'teams/shop/*.toml' }\n"),
              AllOf(HasSubstr("include: must have names"), HasSubstr("include: must have credentials or hosts")));
  EXPECT_THAT(
      errors_of_main("include = { files = 'teams/*/x.toml', names = 'a/b', credentials = '' , hosts = '*.com' }\n"),
      AllOf(HasSubstr("include.files: must have * in its last part only"),
            HasSubstr("include.names: must be a name, in which *"), HasSubstr("include.credentials: must be a name"),
            HasSubstr("include.hosts: covers the sites of many owners")));
  EXPECT_THAT(errors_of_main("include = { files = '*.toml', names = 'a', hosts = 'a.example' }\n"),
              HasSubstr("include.files: must be in another folder than this file"));
  EXPECT_THAT(errors_of_main("include = { files = 't/*.toml', names = '*', credentials = '*' }\n",
                             "credentials.free = { kind = 'bearer', token.env = 'F' }\n"),
              HasSubstr("include: grants credentials.free, which has no hosts"));
}

TEST_F(ScopedInclude, IsSmall) {
  for (const std::string name : {"m1", "m2", "m3", "m4", "m5"}) {
    files.write("teams/shop/" + name + ".toml", "# " + std::string(900'000, 'x'));
  }
  EXPECT_THAT(errors_of("[targets.shop-a]\nurl = 'https://api.example.com/'\n"),
              ::testing::EndsWith("m5.toml:1:1: is too much: a scoped folder may have 1000 files with 4 MiB together"));
  EXPECT_THAT(errors_of("# " + std::string(2u << 20, 'x')), HasSubstr("a.toml:1:1: is larger than 1 MiB"));
}

}  // namespace
}  // namespace authprobe::config
