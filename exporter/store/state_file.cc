#include "exporter/store/state_file.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "exporter/config/stable_hash.h"
#include "exporter/wire/file_descriptor.h"

namespace authprobe::store {
namespace {

// Another exporter that is stopping lets go of the file within this time.
constexpr int kBusyTimeoutMs = 2'000;

// The tables of each version, made from those of the one before.
const std::vector<std::vector<std::string>> kSteps{
    {"CREATE TABLE targets(place INTEGER NOT NULL, name TEXT NOT NULL, identity TEXT NOT NULL, record TEXT NOT NULL, "
     "PRIMARY KEY(place, name)) WITHOUT ROWID",
     "CREATE TABLE credentials(place INTEGER NOT NULL, name TEXT NOT NULL, identity TEXT NOT NULL, record TEXT NOT "
     "NULL, "
     "PRIMARY KEY(place, name)) WITHOUT ROWID"},
    {"CREATE TABLE tallies(block INTEGER PRIMARY KEY, tallies BLOB NOT NULL)"},
};

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

[[noreturn]] void refuse(const std::string& path, const std::string& rule) {
  throw StateFileError(path + ": " + rule);
}

// Whoever may write to the folder may put another file there. A folder that is missing is made: in volumes of
// Kubernetes, whose own folder is open to everybody, that is one of our own.
void check_folder(const std::string& path) {
  const std::string folder = folder_of(path);
  mkdir(folder.c_str(), 0700);
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) refuse(path, "its folder cannot be used: " + std::string(strerror(errno)));
  if (!S_ISDIR(status.st_mode)) refuse(path, "its folder is not a folder");
  if ((status.st_mode & S_IWOTH) != 0 && (status.st_mode & S_ISVTX) == 0) {
    refuse(path, "its folder must not be writable by everybody");
  }
}

// By the header of SQLite's files (https://www.sqlite.org/fileformat2.html, section 1.3): a file of another program is
// not even opened as a database, which may change it.
void check_header(const std::string& path, int file) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  constexpr std::size_t kApplicationAt = 68;
  char header[100];
  const ssize_t size = pread(file, header, sizeof header, 0);
  if (size == 0) return;
  if (size != sizeof header || std::string_view(header, kMagic.size()) != kMagic) {
    refuse(path, "is not a state file: move it away, or name another file");
  }
  int application = 0;
  for (std::size_t i = 0; i < 4; ++i)
    application = application << 8 | static_cast<unsigned char>(header[kApplicationAt + i]);
  if (application != StateFile::kApplicationId) refuse(path, "is the database of another program: name another file");
}

// Makes the file where there is none. Closed again before SQLite opens it: closing one descriptor of a file ends the
// process's locks on it.
void prepare_file(const std::string& path) {
  const wire::FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
  if (!file && errno == EISDIR) refuse(path, "is a folder: --storage.path names a file");
  if (!file && errno == ELOOP) refuse(path, "is a symbolic link: --storage.path names a regular file");
  if (!file) refuse(path, "cannot be opened for writing: " + std::string(strerror(errno)));
  struct stat status {};
  if (fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) refuse(path, "must be a regular file");
  if ((status.st_mode & 0177) != 0 && fchmod(file.get(), 0600) != 0) {
    refuse(path, "must have mode 0600: " + std::string(strerror(errno)));
  }
  check_header(path, file.get());
}

}  // namespace

class StateFile::Run {
 public:
  Run(StateFile& file, const std::string& sql) : statement_(file.prepared(sql), sqlite3_finalize) {}
  void bind(int index, const std::string& text) {
    sqlite3_bind_text(statement_.get(), index, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
  }
  void bind(int index, std::int64_t number) { sqlite3_bind_int64(statement_.get(), index, number); }
  void bind_blob(int index, const std::string& bytes) {
    sqlite3_bind_blob(statement_.get(), index, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  }
  int step() { return sqlite3_step(statement_.get()); }
  void reset() { sqlite3_reset(statement_.get()); }
  std::string text(int column) const {
    const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return bytes == nullptr
               ? std::string()
               : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
  }
  std::string blob(int column) const {
    const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    return bytes == nullptr
               ? std::string()
               : std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column)));
  }
  std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

 private:
  std::unique_ptr<sqlite3_stmt, int (*)(sqlite3_stmt*)> statement_;
};

// As Schedule does with an interval of 15 seconds.
std::int64_t StateFile::place_of(std::string_view name) {
  return static_cast<std::int64_t>(config::stable_hash(name) % kPlaces);
}

StateFile::StateFile(std::string path) : path_(std::move(path)) {
  check_folder(path_);
  prepare_file(path_);
  try {
    open();
  } catch (...) {
    sqlite3_close(database_);
    throw;
  }
}

StateFile::~StateFile() {
  sqlite3_close(database_);
}

void StateFile::open() {
  // A name that begins with "file:" is a name too.
  const std::string name = path_.starts_with('/') ? path_ : "./" + path_;
  check(sqlite3_open_v2(name.c_str(), &database_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr), "open");
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  // A file from elsewhere cannot make SQLite run functions of its own (https://www.sqlite.org/security.html).
  sqlite3_db_config(database_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  // Exclusive: one exporter a file, and no memory shared with other processes, which a full disk could take away.
  execute("PRAGMA locking_mode=EXCLUSIVE", "lock");
  check_version();
  check_health();
  execute("PRAGMA synchronous=NORMAL", "open");
  execute("BEGIN IMMEDIATE", "write to");
  execute("COMMIT", "write to");
  migrate();  // before the log is in use, so that a new file's header says at once whose it is
  if (word("PRAGMA journal_mode=WAL") != "wal") refuse(path_, "cannot use a write-ahead log");
}

// Before anything is written.
void StateFile::check_version() {
  const int version = number("PRAGMA user_version");
  if (0 <= version && version <= kVersion) return;
  refuse(path_, "has version " + std::to_string(version) + ", and this exporter knows 0 to " +
                    std::to_string(kVersion) + ": it was written by a newer exporter");
}

void StateFile::check_health() {
  if (word("PRAGMA quick_check(1)") != "ok")
    refuse(path_, "is damaged: move it away to begin anew, or put a copy back");
}

// Each version in a transaction of its own: a process that ends halfway leaves the version before.
void StateFile::migrate() {
  for (int version = number("PRAGMA user_version"); version < kVersion; ++version) {
    in_transaction("migrate", [&] {
      for (const std::string& sql : kSteps[static_cast<std::size_t>(version)]) execute(sql, "migrate");
      execute("PRAGMA application_id=" + std::to_string(kApplicationId), "migrate");
      execute("PRAGMA user_version=" + std::to_string(version + 1), "migrate");
    });
  }
}

template <typename Work>
void StateFile::in_transaction(const std::string& doing, Work work) {
  execute("BEGIN IMMEDIATE", doing);
  try {
    work();
    execute("COMMIT", doing);
  } catch (...) {
    sqlite3_exec(database_, "ROLLBACK", nullptr, nullptr, nullptr);
    throw;
  }
}

StateFile::Records StateFile::read() {
  return {read_table("targets"), read_table("credentials"), read_blocks()};
}

std::vector<StateFile::Record> StateFile::read_table(const std::string& table) {
  std::vector<Record> records;
  Run run(*this, "SELECT name, identity, record FROM " + table);
  int code = run.step();
  for (; code == SQLITE_ROW; code = run.step()) records.push_back({run.text(0), run.text(1), run.text(2)});
  if (code != SQLITE_DONE) fail(code, "read");
  return records;
}

std::vector<StateFile::Block> StateFile::read_blocks() {
  std::vector<Block> blocks;
  Run run(*this, "SELECT block, tallies FROM tallies");
  int code = run.step();
  for (; code == SQLITE_ROW; code = run.step()) blocks.push_back({run.number(0), run.blob(1)});
  if (code != SQLITE_DONE) fail(code, "read");
  return blocks;
}

void StateFile::write(const Records& changed) {
  in_transaction("write to", [&] {
    write_table("targets", changed.targets);
    write_table("credentials", changed.credentials);
    write_blocks(changed.blocks);
  });
}

void StateFile::write_table(const std::string& table, const std::vector<Record>& records) {
  if (records.empty()) return;
  Run run(*this, "INSERT OR REPLACE INTO " + table + "(place, name, identity, record) VALUES(?, ?, ?, ?)");
  for (const Record& record : records) {
    run.bind(1, place_of(record.name));
    run.bind(2, record.name);
    run.bind(3, record.identity);
    run.bind(4, record.text);
    if (const int code = run.step(); code != SQLITE_DONE) fail(code, "write to");
    run.reset();
  }
}

void StateFile::write_blocks(const std::vector<Block>& blocks) {
  if (blocks.empty()) return;
  Run run(*this, "INSERT OR REPLACE INTO tallies(block, tallies) VALUES(?, ?)");
  for (const Block& block : blocks) {
    run.bind(1, block.number);
    run.bind_blob(2, block.tallies);
    if (const int code = run.step(); code != SQLITE_DONE) fail(code, "write to");
    run.reset();
  }
}

void StateFile::keep_only(const std::vector<std::string>& targets, const std::vector<std::string>& credentials,
                          const std::vector<Block>& blocks) {
  in_transaction("write to", [&] {
    keep_only_in("targets", targets);
    keep_only_in("credentials", credentials);
    execute("DELETE FROM tallies", "write to");
    write_blocks(blocks);
  });
}

void StateFile::keep_only_in(const std::string& table, const std::vector<std::string>& names) {
  const std::unordered_set<std::string_view> kept(names.begin(), names.end());
  std::vector<Record> records = read_table(table);
  Run run(*this, "DELETE FROM " + table + " WHERE place = ? AND name = ?");
  for (const Record& record : records) {
    if (kept.contains(record.name)) continue;
    run.bind(1, place_of(record.name));
    run.bind(2, record.name);
    if (const int code = run.step(); code != SQLITE_DONE) fail(code, "write to");
    run.reset();
  }
}

void StateFile::execute(const std::string& sql, const std::string& doing) {
  check(sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr), doing);
}

int StateFile::number(const std::string& sql) {
  Run run(*this, sql);
  const int code = run.step();
  if (code != SQLITE_ROW) fail(code, "read");
  return static_cast<int>(run.number(0));
}

std::string StateFile::word(const std::string& sql) {
  Run run(*this, sql);
  const int code = run.step();
  if (code != SQLITE_ROW) fail(code, "open");
  return run.text(0);
}

sqlite3_stmt* StateFile::prepared(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr), "read");
  return statement;
}

void StateFile::check(int code, const std::string& doing) const {
  if (code != SQLITE_OK) fail(code, doing);
}

void StateFile::fail(int code, const std::string& doing) const {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: refuse(path_, "is in use by another process: each exporter needs a file of its own");
    case SQLITE_NOTADB: refuse(path_, "is not a state file: it is no SQLite database, or it is damaged");
    case SQLITE_CORRUPT: refuse(path_, "is damaged: move it away to begin anew, or put a copy back");
    case SQLITE_FULL: refuse(path_, "cannot be written: no space left");
    case SQLITE_READONLY: refuse(path_, "cannot be written: it is read-only");
    default: break;
  }
  const int reason = sqlite3_system_errno(database_);
  std::string text = "cannot " + doing + " it: " + sqlite3_errstr(code);
  if (reason != 0) text += std::string(" (") + strerror(reason) + ')';
  refuse(path_, text);
}

}  // namespace authprobe::store
