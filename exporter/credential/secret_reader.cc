#include "exporter/credential/secret_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "exporter/credential/secret_place.h"
#include "exporter/wire/file_descriptor.h"
#include "exporter/wire/invisible.h"

namespace authprobe::credential {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr std::size_t kLongestSecret = 64 * 1024;

std::string system_error_words(int error) {
  return std::strerror(error);
}

bool unprintable(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

// By its byte order mark: PowerShell's `>` writes such files.
bool is_utf16(std::string_view text) {
  return text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
}

}  // namespace

bool SecretReader::refresh() {
  switch (source_.kind) {
    case config::SecretSource::Kind::file: return refresh_file();
    case config::SecretSource::Kind::env: {
      const char* value = std::getenv(source_.text.c_str());  // NOLINT(concurrency-mt-unsafe): nobody sets any
      if (value == nullptr) return fail("environment variable " + source_.text + " is not set");
      return take(value);
    }
    case config::SecretSource::Kind::value: return take(source_.text);
    case config::SecretSource::Kind::none: break;
  }
  return fail("no source is configured");
}

bool SecretReader::refresh_file() {
  // One stat() while nothing changes; the value is read from an open descriptor, so stamp and content belong together.
  struct stat status {};
  const std::string place = "file " + source_.text + ": ";
  if (stat(source_.text.c_str(), &status) != 0) return fail(place + system_error_words(errno));
  if (stamp_ && *stamp_ == wire::stamp_of(status)) return false;
  if (!S_ISREG(status.st_mode)) return fail(place + "not a regular file");
  const wire::FileDescriptor file(open(source_.text.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) return fail(place + system_error_words(errno));
  std::string text(kLongestSecret + 1, '\0');
  const ssize_t length = fstat(file.get(), &status) == 0 ? read(file.get(), text.data(), text.size()) : -1;
  const int error = errno;
  const wire::Secret whole(std::move(text));
  if (length < 0) return fail(place + system_error_words(error));
  if (static_cast<std::size_t>(length) > kLongestSecret) return fail(place + "over 64 KiB: too long for a credential");
  auto [secret, problem] = secret_at(source_, whole.reveal().substr(0, static_cast<std::size_t>(length)));
  if (!problem.empty()) return fail(place + problem);
  const bool changed = take(std::move(secret));
  stamp_ = wire::stamp_of(status);
  changed_at_ = WallTime(std::chrono::duration_cast<WallTime::duration>(std::chrono::nanoseconds(stamp_->modified_ns)));
  return changed;
}

// What a text editor puts around a secret is not part of it: the mark that a file is UTF-8, and blanks at both ends, as
// Prometheus cuts them off. In the configuration it stands in quotes, and only a line end is cut off.
std::string_view SecretReader::without_wrapping(std::string_view text) const {
  const bool from_file = source_.kind == config::SecretSource::Kind::file;
  if (from_file && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (form_ == config::SecretForm::whole) return text;
  if (source_.kind != config::SecretSource::Kind::value) return wire::trimmed_of_unicode_blanks(text);
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

bool SecretReader::take(std::string text) {
  wire::Secret value(std::move(text));
  const std::string_view trimmed = without_wrapping(value.reveal());
  const std::string place = source_.kind == config::SecretSource::Kind::file ? "file " + source_.text + ": " : "";
  const bool may_be_empty =
      form_ == config::SecretForm::maybe_empty && source_.kind == config::SecretSource::Kind::value;
  if (trimmed.empty() && !may_be_empty) return fail(place + "the secret is empty");
  if (form_ != config::SecretForm::whole && is_utf16(trimmed))
    return fail(place + "the file is UTF-16: save it as UTF-8");
  if (form_ != config::SecretForm::whole && unprintable(trimmed))
    return fail(place + "the secret contains a line break or control character");
  if (problem_.empty() && trimmed == secret_.reveal()) return false;
  secret_ = wire::Secret(std::string(trimmed));
  problem_.clear();
  return true;
}

bool SecretReader::fail(std::string problem) {
  secret_ = wire::Secret();
  stamp_.reset();
  problem_ = std::move(problem);
  return false;
}

}  // namespace authprobe::credential
