#include "exporter/import/curl.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "exporter/import/curl_call.h"
#include "exporter/import/shell_words.h"

namespace authprobe::importing {
namespace {

struct Option {
  std::string_view name;  // the long one
  char letter;            // 0: none
  bool has_value;
  void (CurlCall::*apply)(std::string_view);
};

// Those that change the request, and those that people write. Others are said to be unknown.
constexpr Option kOptions[] = {
    {"request", 'X', true, &CurlCall::method},
    {"header", 'H', true, &CurlCall::header},
    {"data", 'd', true, &CurlCall::data},
    {"data-ascii", 0, true, &CurlCall::data},
    {"data-binary", 0, true, &CurlCall::data},
    {"data-raw", 0, true, &CurlCall::raw_data},
    {"data-urlencode", 0, true, &CurlCall::encoded_data},
    {"json", 0, true, &CurlCall::json},
    {"user", 'u', true, &CurlCall::user},
    {"cookie", 'b', true, &CurlCall::cookie},
    {"user-agent", 'A', true, &CurlCall::agent},
    {"referer", 'e', true, &CurlCall::referer},
    {"location", 'L', false, &CurlCall::follow},
    {"location-trusted", 0, false, &CurlCall::follow},
    {"max-redirs", 0, true, &CurlCall::most_redirects},
    {"insecure", 'k', false, &CurlCall::insecure},
    {"cacert", 0, true, &CurlCall::ca_file},
    {"cert", 'E', true, &CurlCall::certificate},
    {"key", 0, true, &CurlCall::private_key},
    {"pass", 0, true, &CurlCall::key_password},
    {"proxy", 'x', true, &CurlCall::proxy},
    {"proxy-user", 'U', true, &CurlCall::proxy_user},
    {"noproxy", 0, true, &CurlCall::no_proxy},
    {"resolve", 0, true, &CurlCall::resolve},
    {"connect-to", 0, true, &CurlCall::connect_to},
    {"unix-socket", 0, true, &CurlCall::unix_socket},
    {"ipv4", '4', false, &CurlCall::ipv4},
    {"ipv6", '6', false, &CurlCall::ipv6},
    {"http1.0", '0', false, &CurlCall::http10},
    {"http1.1", 0, false, &CurlCall::http11},
    {"http2", 0, false, &CurlCall::http2},
    {"http2-prior-knowledge", 0, false, &CurlCall::http2},
    {"tlsv1.2", 0, false, &CurlCall::tls12},
    {"tlsv1.3", 0, false, &CurlCall::tls13},
    {"max-time", 'm', true, &CurlCall::longest_time},
    {"head", 'I', false, &CurlCall::head},
    {"get", 'G', false, &CurlCall::get},
    {"url-query", 0, true, &CurlCall::query},
    {"url", 0, true, &CurlCall::add_url},
    {"range", 'r', true, &CurlCall::range},
    {"basic", 0, false, &CurlCall::none},
    {"digest", 0, false, &CurlCall::digest},
    {"ntlm", 0, false, &CurlCall::ntlm},
    {"negotiate", 0, false, &CurlCall::negotiate},
    {"anyauth", 0, false, &CurlCall::digest},
    {"oauth2-bearer", 0, true, &CurlCall::bearer},
    {"aws-sigv4", 0, true, &CurlCall::sigv4},
    {"form", 'F', true, &CurlCall::form},
    {"form-string", 0, true, &CurlCall::form},
    {"upload-file", 'T', true, &CurlCall::upload},
    {"config", 'K', true, &CurlCall::options_file},
    {"compressed", 0, false, &CurlCall::none},
    {"silent", 's', false, &CurlCall::none},
    {"show-error", 'S', false, &CurlCall::none},
    {"verbose", 'v', false, &CurlCall::none},
    {"include", 'i', false, &CurlCall::none},
    {"show-headers", 0, false, &CurlCall::none},
    {"fail", 'f', false, &CurlCall::none},
    {"fail-with-body", 0, false, &CurlCall::none},
    {"fail-early", 0, false, &CurlCall::none},
    {"globoff", 'g', false, &CurlCall::none},
    {"no-buffer", 'N', false, &CurlCall::none},
    {"no-progress-meter", 0, false, &CurlCall::none},
    {"progress-bar", '#', false, &CurlCall::none},
    {"remote-name", 'O', false, &CurlCall::none},
    {"remote-header-name", 'J', false, &CurlCall::none},
    {"parallel", 'Z', false, &CurlCall::none},
    {"path-as-is", 0, false, &CurlCall::none},
    {"disable", 'q', false, &CurlCall::none},
    {"junk-session-cookies", 'j', false, &CurlCall::none},
    {"tlsv1", '1', false, &CurlCall::none},
    {"ssl-no-revoke", 0, false, &CurlCall::none},
    {"no-keepalive", 0, false, &CurlCall::none},
    {"tcp-nodelay", 0, false, &CurlCall::none},
    {"output", 'o', true, &CurlCall::none},
    {"write-out", 'w', true, &CurlCall::none},
    {"cookie-jar", 'c', true, &CurlCall::none},
    {"dump-header", 'D', true, &CurlCall::none},
    {"connect-timeout", 0, true, &CurlCall::none},
    {"retry", 0, true, &CurlCall::none},
    {"retry-delay", 0, true, &CurlCall::none},
    {"retry-max-time", 0, true, &CurlCall::none},
    {"retry-all-errors", 0, false, &CurlCall::none},
    {"retry-connrefused", 0, false, &CurlCall::none},
    {"limit-rate", 0, true, &CurlCall::none},
    {"stderr", 0, true, &CurlCall::none},
    {"trace", 0, true, &CurlCall::none},
    {"trace-ascii", 0, true, &CurlCall::none},
    {"ciphers", 0, true, &CurlCall::none},
    {"keepalive-time", 0, true, &CurlCall::none},
};

const Option* by_name(std::string_view name) {
  const auto found = std::ranges::find(kOptions, name, &Option::name);
  return found == std::end(kOptions) ? nullptr : found;
}

const Option* by_letter(char letter) {
  const auto found = std::ranges::find(kOptions, letter, &Option::letter);
  return letter == 0 || found == std::end(kOptions) ? nullptr : found;
}

// The words of one command: "--next" begins another transfer.
class CommandReader {
 public:
  CommandReader(const ShellCommand& command, const std::string& file, Import& into)
      : command_(command), place_(place_of(file, command.line)), into_(into), call_(std::in_place, place_, into) {}

  void read() {
    for (at_ = 1; at_ < command_.words.size(); ++at_) read_word(take(at_));
    call_->finish();
  }

 private:
  std::string take(std::size_t index) {
    const ShellWord& word = command_.words[index];
    if (word.has_variable) call_->set_references();
    if (word.has_substitution) call_->impossible("a word of it is what another command prints");
    const std::string_view text = word.text.reveal();
    return word.has_variable ? expanded(text, into_.options.variables) : std::string(text);
  }

  void read_word(const std::string& word) {
    if (word == "--next" || word == "-:") {
      call_->finish();
      call_.emplace(place_, into_);
    } else if (word.starts_with("--") && !is_only_urls_) {
      is_only_urls_ = word == "--";
      if (!is_only_urls_) read_long(word.substr(2));
    } else if (word.size() > 1 && word.starts_with('-') && !is_only_urls_) {
      read_letters(word);
    } else {
      call_->add_url(word);
    }
  }

  void read_long(const std::string& word) {
    const std::size_t equals = word.find('=');
    const std::string name = word.substr(0, equals);
    const Option* option = by_name(name);
    if (option == nullptr && name.starts_with("no-") && by_name(name.substr(3)) != nullptr) return;
    apply(option, "--" + name, equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1)));
  }

  // "-sSLH 'Accept: a/b'", "-XPOST".
  void read_letters(const std::string& word) {
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Option* option = by_letter(word[i]);
      const bool takes_rest = option != nullptr && option->has_value && i + 1 < word.size();
      apply(option, std::string("-") + word[i], takes_rest ? std::optional(word.substr(i + 1)) : std::nullopt);
      if (option == nullptr || option->has_value) return;
    }
  }

  void apply(const Option* option, const std::string& shown, std::optional<std::string> value) {
    if (option == nullptr) return call_->impossible("its option " + shown + " is not known here");
    if (option->has_value && !value) {
      if (at_ + 1 >= command_.words.size()) return call_->impossible("its option " + shown + " has no value");
      value = take(++at_);
    }
    ((*call_).*option->apply)(value.value_or(""));
  }

  const ShellCommand& command_;
  std::string place_;
  Import& into_;
  std::optional<CurlCall> call_;
  std::size_t at_ = 1;
  bool is_only_urls_ = false;
};

}  // namespace

void read_curl(std::string_view text, const std::string& file, Import& into) {
  std::vector<ShellCommand> commands = shell_commands(text);
  for (ShellCommand& command : commands) {
    const bool has_prompt = command.words.front().text.reveal() == "$" && command.words.size() > 1;
    if (has_prompt) command.words.erase(command.words.begin());
    std::string_view name = command.words.front().text.reveal();
    if (const auto slash = name.rfind('/'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
    if (name == "curl") CommandReader(command, file, into).read();
  }
}

}  // namespace authprobe::importing
