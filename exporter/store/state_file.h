// The file behind --storage.path: an SQLite database in WAL mode with one record of text for each target and
// credential, and the tallies of targets in blobs. One thread at a time.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace authprobe::store {

// What is wrong with the file and which rule it breaks, with its path: for the log.
class StateFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class StateFile {
 public:
  // Identifies our files among SQLite's ("APRB"), and the newest form of their tables.
  static constexpr int kApplicationId = 0x41505242;
  static constexpr int kVersion = 2;

  // Opens the file, or makes a new one with mode 0600, and its folder with mode 0700. Throws StateFileError, and leaves
  // the file as it is, where it is no regular file, not ours, of a newer version, damaged, in use by another process,
  // or cannot be written.
  explicit StateFile(std::string path);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  // Where a target lies in the file: records and blocks in the order in which targets are probed at the usual interval,
  // so that those of a few ticks share pages. From 0 to kPlaces - 1.
  static constexpr std::int64_t kPlaces = 15'000;
  static std::int64_t place_of(std::string_view name);

  struct Record {
    std::string name;
    std::string identity;
    std::string text;
  };
  struct Block {
    std::int64_t number;
    std::string tallies;
  };
  struct Records {
    std::vector<Record> targets;
    std::vector<Record> credentials;
    std::vector<Block> blocks;
    bool empty() const { return targets.empty() && credentials.empty() && blocks.empty(); }
  };

  // Throws StateFileError.
  Records read();

  // Replaces records of the same names and blocks of the same numbers, in one transaction: all or none of them are in
  // the file afterwards. With a power failure the newest may be lost, but the file stays whole. Throws StateFileError.
  void write(const Records& changed);

  // Removes all records but those of these names, and replaces all blocks; likewise.
  void keep_only(const std::vector<std::string>& targets, const std::vector<std::string>& credentials,
                 const std::vector<Block>& blocks);

  const std::string& path() const { return path_; }

 private:
  // Ends a statement's run when it goes out of scope.
  class Run;
  [[noreturn]] void fail(int code, const std::string& doing) const;
  void check(int code, const std::string& doing) const;
  void execute(const std::string& sql, const std::string& doing);
  int number(const std::string& sql);
  std::string word(const std::string& sql);
  sqlite3_stmt* prepared(const std::string& sql);
  void open();
  void check_version();
  void check_health();
  void migrate();
  std::vector<Record> read_table(const std::string& table);
  void write_table(const std::string& table, const std::vector<Record>& records);
  std::vector<Block> read_blocks();
  void write_blocks(const std::vector<Block>& blocks);
  void keep_only_in(const std::string& table, const std::vector<std::string>& names);
  // Rolled back if `work` throws.
  template <typename Work>
  void in_transaction(const std::string& doing, Work work);

  const std::string path_;
  sqlite3* database_ = nullptr;
};

}  // namespace authprobe::store
