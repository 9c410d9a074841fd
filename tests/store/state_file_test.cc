// The file itself: what is kept in it, whose it is, and what may not be touched.
#include "exporter/store/state_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "tests/support/temp_folder.h"

namespace authprobe::store {
namespace {

using testing::HasSubstr;

class StateFileTest : public testing::Test {
 protected:
  std::string path() const { return folder_.path("state.db"); }

  // What is said of the file where it cannot be used; empty where it can.
  std::string problem() const {
    try {
      StateFile file(path());
      file.read();
      return {};
    } catch (const StateFileError& error) {
      return error.what();
    }
  }

  void execute(const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path().c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  std::string bytes() const {
    std::ostringstream all;
    all << std::ifstream(path(), std::ios::binary).rdbuf();
    return all.str();
  }

  http_test::TempFolder folder_;
};

TEST_F(StateFileTest, KeepsTheNewestRecordOfEachName) {
  {
    StateFile file(path());
    file.write({{{"a", "1", "old"}, {"b", "1", "other"}}, {{"a", "2", "credential"}}, {{7, std::string("o\0d", 3)}}});
    file.write({{{"a", "3", "new"}}, {}, {{7, std::string("\0new", 4)}, {8, ""}}});
  }
  const StateFile::Records records = StateFile(path()).read();
  ASSERT_EQ(records.targets.size(), 2u);
  ASSERT_EQ(records.credentials.size(), 1u);
  for (const auto& record : records.targets) EXPECT_EQ(record.text, record.name == "a" ? "new" : "other");
  EXPECT_EQ(records.credentials[0].identity, "2");
  ASSERT_EQ(records.blocks.size(), 2u);
  EXPECT_EQ(records.blocks[0].tallies, std::string("\0new", 4));
}

TEST_F(StateFileTest, ForgetsWhatIsNoLongerConfigured) {
  StateFile file(path());
  file.write({{{"a", "", ""}, {"b", "", ""}}, {{"c", "", ""}}, {{1, "x"}, {2, "y"}}});
  file.keep_only({"b"}, {}, {{1, "z"}});
  const StateFile::Records records = file.read();
  ASSERT_EQ(records.targets.size(), 1u);
  EXPECT_EQ(records.targets[0].name, "b");
  EXPECT_TRUE(records.credentials.empty());
  ASSERT_EQ(records.blocks.size(), 1u);
  EXPECT_EQ(records.blocks[0].tallies, "z");
}

TEST_F(StateFileTest, AnyNameIsAName) {
  const std::string name("O'Neil \"; DROP TABLE targets; -- \n\xc3\xa9");
  StateFile file(path());
  file.write({{{name, "i", "t"}}, {}, {}});
  EXPECT_EQ(file.read().targets.at(0).name, name);
}

TEST_F(StateFileTest, IsForItsOwnerAlone) {
  folder_.write("state.db", "");
  chmod(path().c_str(), 0644);
  EXPECT_EQ(problem(), "");
  struct stat status {};
  ASSERT_EQ(stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(StateFileTest, AFileOfAnotherProgramIsLeftAsItIs) {
  for (const std::string& text :
       {std::string("[a]\nb = 1\n"), std::string(5000, '\0'), std::string("SQLite format 3")}) {
    folder_.write("state.db", text);
    EXPECT_THAT(problem(), HasSubstr("is not a state file"));
    EXPECT_EQ(bytes(), text);
  }
  std::remove(path().c_str());
  execute("CREATE TABLE t(a); PRAGMA application_id=7");
  const std::string before = bytes();
  EXPECT_THAT(problem(), HasSubstr("is the database of another program"));
  EXPECT_EQ(bytes(), before);
}

TEST_F(StateFileTest, ANewerVersionIsLeftAsItIs) {
  { StateFile file(path()); }
  execute("PRAGMA user_version=3");
  EXPECT_THAT(problem(), HasSubstr("has version 3"));
}

// A process that ended before it had made the tables: version 0 with our mark.
TEST_F(StateFileTest, AnOlderVersionIsMigrated) {
  execute("PRAGMA application_id=1095782978; PRAGMA user_version=0; CREATE TABLE other(a); DROP TABLE other");
  EXPECT_EQ(problem(), "");
  StateFile file(path());
  file.write({{{"a", "", ""}}, {}, {}});
  EXPECT_EQ(file.read().targets.size(), 1u);
}

// Version 1 had a record for each target and no tallies: the records are kept.
TEST_F(StateFileTest, RecordsOfVersion1AreKept) {
  {
    StateFile file(path());
    file.write({{{"a", "identity", "text"}}, {{"c", "i", "t"}}, {}});
  }
  execute("DROP TABLE tallies; PRAGMA user_version=1");
  StateFile file(path());
  const StateFile::Records records = file.read();
  ASSERT_EQ(records.targets.size(), 1u);
  EXPECT_EQ(records.targets[0].text, "text");
  EXPECT_EQ(records.credentials.size(), 1u);
  EXPECT_TRUE(records.blocks.empty());
}

TEST_F(StateFileTest, AMigrationThatFailsLeavesTheVersionBefore) {
  execute("PRAGMA application_id=1095782978; PRAGMA user_version=0; CREATE TABLE credentials(a)");
  EXPECT_THAT(problem(), HasSubstr("cannot migrate it"));
  execute("DROP TABLE credentials");  // had the other table been made already, it would be in the way now
  EXPECT_EQ(problem(), "");
}

TEST_F(StateFileTest, TablesOfAnotherFormAreAnError) {
  execute(
      "PRAGMA application_id=1095782978; PRAGMA user_version=1; CREATE TABLE targets(a); CREATE TABLE credentials(a)");
  EXPECT_THAT(problem(), HasSubstr(path()));
}

TEST_F(StateFileTest, OneProcessAtATime) {
  StateFile file(path());
  EXPECT_THAT(problem(), HasSubstr("in use by another process"));
}

TEST_F(StateFileTest, TheFolderIsCheckedFirst) {
  EXPECT_THROW(StateFile(folder_.path("missing/deeper/state.db")), StateFileError);
  EXPECT_THROW(StateFile(folder_.path("")), StateFileError);
}

// Every tenth byte in turn: read, or refused, or read in part.
TEST_F(StateFileTest, DamageIsAnErrorAndNothingElse) {
  {
    StateFile file(path());
    StateFile::Records records;
    for (int i = 0; i < 40; ++i)
      records.targets.push_back({"t" + std::to_string(i), "identity", std::string(300, 'x')});
    file.write(records);
  }
  const std::string whole = bytes();
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); at += at < 200 ? 3 : 211) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    folder_.write("state.db", damaged);
    const std::string said = problem();
    if (!said.empty()) {
      ++refused;
      EXPECT_THAT(said, HasSubstr(path()));
    }
    std::remove((path() + "-wal").c_str());
  }
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace authprobe::store
