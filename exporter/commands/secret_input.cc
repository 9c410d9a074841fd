#include "exporter/commands/secret_input.h"

#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <istream>
#include <optional>

#include "exporter/import/curl.h"
#include "exporter/wire/file.h"
#include "exporter/wire/file_descriptor.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::commands {
namespace {

constexpr std::size_t kLongest = 1u << 16;

// The terminal shows nothing and makes no signals until this ends.
class Unseen {
 public:
  explicit Unseen(int terminal) : terminal_(terminal) {
    known_ = tcgetattr(terminal, &before_) == 0;
    termios unseen = before_;
    unseen.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    if (known_) tcsetattr(terminal, TCSAFLUSH, &unseen);
  }
  ~Unseen() {
    if (known_) tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Unseen(const Unseen&) = delete;
  Unseen& operator=(const Unseen&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool known_ = false;
};

// What a header says of who asks; nothing: it is another header. A scheme's word in front is no part of it.
std::optional<std::string_view> secret_of_header(std::string_view name, std::string_view value) {
  constexpr std::array<std::string_view, 4> kTelling{"authorization", "token", "key", "secret"};
  const auto speaks = [&](std::string_view word) { return wire::contains_ignoring_case(name, word); };
  if (std::ranges::none_of(kTelling, speaks)) return std::nullopt;
  if (const auto blank = value.rfind(' '); blank != std::string_view::npos) value.remove_prefix(blank + 1);
  if (const auto equals = value.find("token="); equals == 0) value.remove_prefix(6);
  return value;
}

wire::Secret copied(std::string_view text) {
  return wire::Secret::join({text});
}

// That of --user: a password, or a key in place of the name.
std::string_view secret_of_user(const importing::ImportedCredential& credential) {
  for (const char* key : {"password", "username", "token"}) {
    const auto found = credential.secrets.find(key);
    const bool is_known = found != credential.secrets.end() && found->second.kind == importing::SecretText::Kind::text;
    if (is_known && !found->second.text.empty()) return found->second.text;
  }
  return {};
}

SecretInput in_curl(std::string_view command) {
  SecretInput input;
  importing::Import read;
  importing::read_curl(command, "the curl command", read);
  for (const importing::ImportedRequest& request : read.requests) {
    const auto url = wire::Url::parse(request.url);
    if (url && input.host.empty()) input.host = url->authority();
    for (const auto& [name, value] : request.headers) {
      const auto found = secret_of_header(name, value);
      if (found && input.secret.empty()) input.secret = copied(*found);
    }
    if (input.secret.empty()) input.secret = copied(secret_of_user(request.credential));
  }
  if (!input.secret.empty()) return input;
  input.problem = read.left_out.empty() ? "the curl command has no header and no user with a secret"
                                        : "the curl command cannot be read: " + read.left_out.front().why;
  return input;
}

}  // namespace

SecretInput secret_in(std::string_view text) {
  text = wire::trimmed(text);
  if (text.starts_with("curl ")) return in_curl(text);
  SecretInput input;
  input.secret = copied(wire::trimmed(text.substr(0, text.find('\n'))));
  if (input.secret.empty()) input.problem = "there is no token";
  return input;
}

SecretInput ask_secret(const std::string& prompt) {
  constexpr char kInterrupt = 3;
  constexpr char kEnd = 4;
  SecretInput input;
  const wire::FileDescriptor terminal(::open("/dev/tty", O_RDWR | O_CLOEXEC));
  if (!terminal) {
    input.problem = "there is no terminal to ask at: give the token with --from FILE, or --from - for standard input";
    return input;
  }
  const auto say = [&](std::string_view text) { return ::write(terminal.get(), text.data(), text.size()) >= 0; };
  wire::Secret typed;
  typed.reserve(kLongest);
  bool is_cancelled = false;
  {
    const Unseen unseen(terminal.get());  // before the prompt: an answer to it is never shown, nor lost
    say(prompt);
    for (char c = 0; ::read(terminal.get(), &c, 1) == 1 && c != '\n' && c != '\r' && typed.size() < kLongest;) {
      is_cancelled = c == kInterrupt || c == kEnd;
      if (is_cancelled) break;
      typed.push_back(c);
    }
  }
  say("\n");
  if (!is_cancelled) return secret_in(typed.reveal());
  input.problem = "cancelled";
  return input;
}

SecretInput read_secret_input(const std::string& path, std::istream& in) {
  SecretInput input;
  if (path != "-") {
    const wire::FileText read = wire::read_file(path, kLongest);
    if (read.problem.empty()) return secret_in(read.text.reveal());
    input.problem = path + ' ' + read.problem;
    return input;
  }
  wire::Secret text;
  text.reserve(kLongest);
  for (char c = 0; in.get(c) && text.size() < kLongest;) text.push_back(c);
  return secret_in(text.reveal());
}

}  // namespace authprobe::commands
