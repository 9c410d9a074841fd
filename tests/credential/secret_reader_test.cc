#include "exporter/credential/secret_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/support/temp_folder.h"

namespace authprobe::credential {
namespace {

using config::SecretSource;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

SecretReader from_file(const std::string& path) {
  return SecretReader({SecretSource::Kind::file, path});
}

TEST(SecretReader, ReadsAPlaceInAFile) {
  const http_test::TempFolder folder;
  const auto read = [&](const std::string& content, SecretSource place) {
    place.kind = SecretSource::Kind::file;
    place.text = folder.write("secrets", content);
    SecretReader reader(place);
    reader.refresh();
    return reader.problem().empty() ? std::string(reader.secret().reveal())
                                    : "problem: " + reader.problem().substr(place.text.size() + 7);
  };
  const SecretSource json{.text = "", .json_pointer = "/a/0/key"};
  EXPECT_EQ(read(R"({"a": [{"key": "s3cret"}]})", json), "s3cret");
  EXPECT_EQ(read(R"({"a": [{"key": 42}]})", json), "42");
  EXPECT_EQ(read(R"({"a": [{"key": {}}]})", json), "problem: has no text at /a/0/key");
  EXPECT_EQ(read(R"({"a": "s3cret"})", json), "problem: has nothing at /a/0/key");
  EXPECT_EQ(read("s3cret", json), "problem: not JSON");

  const SecretSource line{.text = "", .variable = "TOKEN"};
  EXPECT_EQ(read("# TOKEN=no\nexport TOKEN = s3cret # until May\n", line), "s3cret");
  EXPECT_EQ(read("TOKEN=old\nTOKEN=\"s3 \\\"cret\\\" #1\" # new\r\n", line), "s3 \"cret\" #1");
  EXPECT_EQ(read("TOKEN='s3\\cret'\n", line), "s3\\cret");
  EXPECT_EQ(read("TOKENS=s3cret\n", line), "problem: has no TOKEN");

  const SecretSource profile{.text = "", .variable = "aws_secret_access_key", .section = "probe"};
  EXPECT_EQ(read("[default]\naws_secret_access_key = no\n[probe]\naws_secret_access_key = s3/cr+et=\n", profile),
            "s3/cr+et=");
  EXPECT_EQ(read("aws_secret_access_key = no\n[other]\n", profile), "problem: has no aws_secret_access_key in [probe]");
}

TEST(SecretReader, ReadsAFileWithoutItsFinalNewline) {
  const http_test::TempFolder folder;
  for (const char* content : {"s3cret", "s3cret\n", "s3cret\r\n"}) {
    SecretReader reader = from_file(folder.write("token", content));
    EXPECT_TRUE(reader.refresh());
    EXPECT_EQ(reader.secret().reveal(), "s3cret");
    EXPECT_EQ(reader.problem(), "");
    EXPECT_TRUE(reader.changed_at());
  }
}

TEST(SecretReader, CutsOffWhatEditorsPutAroundASecret) {
  const http_test::TempFolder folder;
  for (const char* content :
       {"\xef\xbb\xbftok", "\xef\xbb\xbf tok \r\n\r\n", "\ttok\t", "tok\n\n", "\u00a0tok\u00a0\n", "\u2028tok\u3000"}) {
    SecretReader reader = from_file(folder.write("token", content));
    reader.refresh();
    EXPECT_EQ(reader.secret().reveal(), "tok") << content;
  }
  SecretReader inside = from_file(folder.write("token", "a b"));
  inside.refresh();
  EXPECT_EQ(inside.secret().reveal(), "a b");
  SecretReader quoted({SecretSource::Kind::value, " tok "});
  quoted.refresh();
  EXPECT_EQ(quoted.secret().reveal(), " tok ") << "it stands in quotes on purpose";
  SecretReader pem({SecretSource::Kind::file, folder.write("pem", "\xef\xbb\xbf-----BEGIN X-----\n")},
                   config::SecretForm::whole);
  pem.refresh();
  EXPECT_EQ(pem.secret().reveal(), "-----BEGIN X-----\n");
}

TEST(SecretReader, SeesAnAtomicReplacement) {
  const http_test::TempFolder folder;
  SecretReader reader = from_file(folder.write("token", "old"));
  reader.refresh();
  EXPECT_FALSE(reader.refresh()) << "nothing has changed";
  folder.replace("token", "new");
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.secret().reveal(), "new");
}

TEST(SecretReader, SeesAKubernetesSymlinkSwap) {
  namespace fs = std::filesystem;
  const http_test::TempFolder folder;
  for (const char* version : {"v1", "v2"}) {
    fs::create_directory(folder.path(version));
    folder.write(std::string(version) + "/token", version);
  }
  fs::create_directory_symlink("v1", folder.path("..data"));
  fs::create_symlink("..data/token", folder.path("token"));
  SecretReader reader = from_file(folder.path("token"));
  reader.refresh();
  EXPECT_EQ(reader.secret().reveal(), "v1");
  fs::create_directory_symlink("v2", folder.path("..data_tmp"));
  fs::rename(folder.path("..data_tmp"), folder.path("..data"));
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.secret().reveal(), "v2");
}

TEST(SecretReader, AMissingFileIsAProblemThatHealsItself) {
  const http_test::TempFolder folder;
  SecretReader reader = from_file(folder.path("token"));
  EXPECT_FALSE(reader.refresh());
  EXPECT_THAT(reader.problem(), AllOf(HasSubstr(folder.path("token")), HasSubstr("No such file")));
  EXPECT_TRUE(reader.secret().empty());
  folder.write("token", "here");
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.problem(), "");
  std::filesystem::remove(folder.path("token"));
  reader.refresh();
  EXPECT_TRUE(reader.secret().empty()) << "a secret that was taken away is not sent on";
}

TEST(SecretReader, NamesWhatCannotBeSent) {
  const http_test::TempFolder folder;
  const auto problem = [&](const std::string& content) {
    SecretReader reader = from_file(folder.write("token", content));
    reader.refresh();
    return reader.problem();
  };
  EXPECT_THAT(problem(""), HasSubstr("empty"));
  EXPECT_THAT(problem("\n"), HasSubstr("empty"));
  EXPECT_THAT(problem(std::string("\xff\xfet\0o\0", 6)), HasSubstr("UTF-16"));
  EXPECT_THAT(problem("one\ntwo\n"), AllOf(HasSubstr("line break"), Not(HasSubstr("one"))));
  EXPECT_THAT(problem(std::string("a\0b", 3)), HasSubstr("control character"));
  EXPECT_THAT(problem(std::string(70'000, 'x')), HasSubstr("64 KiB"));
  SecretReader directory = from_file(folder.path(""));
  directory.refresh();
  EXPECT_THAT(directory.problem(), HasSubstr("not a regular file"));
}

TEST(SecretReader, ReadsTheEnvironment) {
  setenv("AUTHPROBE_TEST_SECRET", "from-env", 1);
  SecretReader reader({SecretSource::Kind::env, "AUTHPROBE_TEST_SECRET"});
  EXPECT_TRUE(reader.refresh());
  EXPECT_EQ(reader.secret().reveal(), "from-env");
  SecretReader unset({SecretSource::Kind::env, "AUTHPROBE_TEST_UNSET"});
  unset.refresh();
  EXPECT_EQ(unset.problem(), "environment variable AUTHPROBE_TEST_UNSET is not set");
}

}  // namespace
}  // namespace authprobe::credential
