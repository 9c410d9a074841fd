#include "exporter/import/curl.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "exporter/config/toml_writer.h"
#include "exporter/import/shell_words.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/headers.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using config::quoted;

enum class Scheme { basic, digest, aws_sigv4, other };

// What the options of one transfer say.
class Call {
 public:
  Call(std::string place, Import& into) : place_(std::move(place)), into_(into) {}

  void add_url(std::string_view url) { urls_.emplace_back(url); }
  void set_references() { request_.references = References::environment; }
  bool is_empty() const { return urls_.empty(); }

  void method(std::string_view value) { method_ = value; }
  void header(std::string_view value) {
    if (value.starts_with('@')) return impossible("its headers are in a file");
    std::string_view rest = value;
    const std::string_view name = wire::take_part(rest, ':');
    if (rest.empty()) return;  // takes a header away, or is none
    request_.headers.emplace_back(name, wire::trimmed(rest));
  }
  void data(std::string_view value) {
    if (value.starts_with('@')) return impossible("its body is in a file");
    add_data(std::string(value));
  }
  void raw_data(std::string_view value) { add_data(std::string(value)); }
  void encoded_data(std::string_view value) {
    const std::size_t equals = value.find('=');
    if (value.find('@') < equals) return impossible("its body is in a file");
    if (equals == std::string_view::npos) return add_data(wire::percent_encoded(value));
    const std::string name = equals == 0 ? "" : std::string(value.substr(0, equals)) + '=';
    const std::string_view text = value.substr(equals + 1);
    add_data(name + (reference_of(text).empty() ? wire::percent_encoded(text) : std::string(text)));
  }
  void json(std::string_view value) {
    data(value);
    is_json_ = true;
  }
  void user(std::string_view value) { user_ = value; }
  void cookie(std::string_view value) {
    if (value.find('=') == std::string_view::npos && reference_of(value).empty()) {
      return impossible("its cookies are in a file");
    }
    cookies_ += (cookies_.empty() ? "" : "; ") + std::string(value);
  }
  void agent(std::string_view value) { request_.keys["user_agent"] = quoted(value); }
  void referer(std::string_view value) { request_.headers.emplace_back("Referer", value); }
  void follow(std::string_view) { request_.keys.emplace("max_redirects", "20"); }
  void most_redirects(std::string_view value) {
    int count = 0;
    std::from_chars(value.data(), value.data() + value.size(), count);
    redirects_ = count < 0 || count > 20 ? 20 : count;
  }
  void insecure(std::string_view) { request_.keys["tls.verify"] = "false"; }
  void ca_file(std::string_view value) { request_.keys["tls.ca_file"] = quoted(absolute(value)); }
  void certificate(std::string_view value) {
    const std::size_t colon = value.rfind(':');
    if (colon != std::string_view::npos) {
      request_.credential.secrets["certificate_password"] = secret_of(value.substr(colon + 1), request_.references);
    }
    file_secret("certificate", value.substr(0, colon));
  }
  void private_key(std::string_view value) { file_secret("private_key", value); }
  void key_password(std::string_view value) {
    request_.credential.secrets["certificate_password"] = secret_of(value, request_.references);
  }
  void proxy(std::string_view value) {
    if (value.find('@') != std::string_view::npos) {
      return leave_out("proxy", "it has a password: set proxy, proxy_username and proxy_password");
    }
    const bool has_scheme = value.find("://") != std::string_view::npos;
    request_.keys["proxy"] = quoted((has_scheme ? "" : "http://") + std::string(value));
  }
  void no_proxy(std::string_view value) {
    std::vector<std::string> hosts;
    while (!value.empty()) hosts.emplace_back(wire::take_part(value, ','));
    request_.keys["no_proxy"] = config::array_text(hosts, quoted);
  }
  void resolve(std::string_view value) { resolve_.emplace_back(value.substr(value.starts_with('+') ? 1 : 0)); }
  void unix_socket(std::string_view value) { request_.keys["unix_socket"] = quoted(absolute(value)); }
  void ipv4(std::string_view) { request_.keys["ip_version"] = quoted("4"); }
  void ipv6(std::string_view) { request_.keys["ip_version"] = quoted("6"); }
  void http10(std::string_view) { request_.keys["http_version"] = quoted("1.0"); }
  void http11(std::string_view) { request_.keys["http_version"] = quoted("1.1"); }
  void http2(std::string_view) { request_.keys["http_version"] = quoted("2"); }
  void tls12(std::string_view) { request_.keys["tls.min_version"] = quoted("1.2"); }
  void tls13(std::string_view) { request_.keys["tls.min_version"] = quoted("1.3"); }
  void longest_time(std::string_view value) {
    double seconds = 0;
    std::from_chars(value.data(), value.data() + value.size(), seconds);
    if (seconds > 0 && seconds <= 600) {
      request_.keys["timeout"] = quoted(std::to_string(static_cast<long>(seconds * 1000)) + "ms");
    }
  }
  void head(std::string_view) { is_head_ = true; }
  void get(std::string_view) { is_get_ = true; }
  void query(std::string_view value) { query_ += (query_.empty() ? "" : "&") + std::string(value); }
  void digest(std::string_view) { scheme_ = Scheme::digest; }
  void other_scheme(std::string_view) { scheme_ = Scheme::other; }
  void bearer(std::string_view value) {
    request_.credential = credential_of("bearer", "token", secret_of(value, request_.references));
  }
  void sigv4(std::string_view value) {
    scheme_ = Scheme::aws_sigv4;
    provider_ = value;
  }
  void form(std::string_view) { impossible("it uploads a multipart form"); }
  void upload(std::string_view) { impossible("it uploads a file"); }
  void options_file(std::string_view) { impossible("its options are in a file"); }
  void connect_to(std::string_view) { leave_out("--connect-to", "resolve leads a host to another address"); }
  void range(std::string_view value) { request_.headers.emplace_back("Range", "bytes=" + std::string(value)); }
  void none(std::string_view) {}

  void impossible(std::string why) {
    if (why_not_.empty()) why_not_ = std::move(why);
  }

  // Hands over a request for each URL.
  void finish() {
    if (why_not_.empty() && scheme_ == Scheme::other) why_not_ = "it authenticates by NTLM or Negotiate";
    if (why_not_.empty()) complete();
    if (urls_.empty() && why_not_.empty()) why_not_ = "it has no URL";
    if (!why_not_.empty()) return into_.leave_out(place_, "curl command", why_not_);
    for (const std::string& url : urls_) {
      ImportedRequest request = request_;
      request.url = url.find("://") == std::string::npos ? "http://" + url : url;
      if (!query_.empty()) request.url += (request.url.find('?') == std::string::npos ? '?' : '&') + query_;
      if (scheme_ == Scheme::aws_sigv4) add_region(request);
      into_.requests.push_back(std::move(request));
    }
  }

 private:
  void leave_out(std::string what, std::string why) { into_.leave_out(place_, std::move(what), std::move(why)); }

  // From the folder that curl is called in.
  static std::string absolute(std::string_view path) { return std::filesystem::absolute(path).string(); }

  void file_secret(const std::string& key, std::string_view path) {
    request_.credential.secrets[key] = {SecretText::Kind::file, absolute(path)};
  }

  void add_data(std::string text) {
    if (std::exchange(has_data_, true)) data_ += is_json_ ? "" : "&";
    data_ += text;
  }

  void complete() {
    request_.place = place_;
    if (is_get_ && has_data_) {
      query(data_);
      has_data_ = false;
    }
    request_.method = is_head_ ? "HEAD" : has_data_ ? "POST" : "GET";
    if (!method_.empty()) request_.method = method_;
    if (has_data_) {
      request_.body = data_;
      add_header("Content-Type", is_json_ ? "application/json" : "application/x-www-form-urlencoded");
      if (is_json_) add_header("Accept", "application/json");
    }
    if (!cookies_.empty()) request_.headers.emplace_back("Cookie", cookies_);
    if (redirects_ && request_.keys.contains("max_redirects")) {
      request_.keys["max_redirects"] = std::to_string(*redirects_);
    }
    if (!resolve_.empty()) request_.keys["resolve"] = config::array_text(resolve_, quoted);
    if (user_) add_user(*user_);
  }

  void add_header(const char* name, const char* value) {
    if (wire::find_header(request_.headers, name) == nullptr) request_.headers.emplace_back(name, value);
  }

  void add_user(std::string_view rest) {
    const bool has_password = rest.find(':') != std::string_view::npos;
    const std::string_view name = wire::take_part(rest, ':');
    const SecretText password = has_password ? secret_of(rest, request_.references)
                                             : SecretText{SecretText::Kind::missing, "the password of the user"};
    ImportedCredential credential = basic_of(name, password);
    const SecretText user = secret_of(name, request_.references);
    if (user.kind == SecretText::Kind::env) {
      credential.values.erase("username");
      credential.secrets["username"] = user;
    }
    if (scheme_ == Scheme::digest) credential.kind = "digest";
    if (scheme_ == Scheme::aws_sigv4) {
      credential = credential_of("aws_sigv4", "secret_access_key", password);
      credential.secrets["access_key_id"] = user;
    }
    credential.secrets.merge(request_.credential.secrets);
    request_.credential = std::move(credential);
  }

  // "provider1[:provider2[:region[:service]]]"; what is missing is in the host: service.region.amazonaws.com.
  void add_region(ImportedRequest& request) const {
    std::string_view rest = provider_;
    wire::take_part(rest, ':');
    wire::take_part(rest, ':');
    std::string region(wire::take_part(rest, ':'));
    std::string service(rest);
    const auto url = wire::Url::parse(request.url);
    std::string_view host = url ? url->host() : std::string_view();
    const std::string_view first = wire::take_part(host, '.');
    if (service.empty()) service = first;
    if (region.empty()) region = wire::take_part(host, '.');
    auto& [kind, values, secrets] = request.credential;
    values["region"] = quoted(region);
    values["service"] = quoted(service);
    std::erase_if(request.headers, [&, &kept = secrets](const wire::Header& header) {
      if (!wire::equal_ignoring_case(header.first, "X-Amz-Security-Token")) return false;
      kept["session_token"] = secret_of(header.second, request.references);
      return true;
    });
  }

  std::string place_;
  Import& into_;
  ImportedRequest request_;
  std::vector<std::string> urls_;
  std::string method_, data_, cookies_, query_, provider_;
  std::vector<std::string> resolve_;
  std::optional<std::string> user_;
  std::optional<int> redirects_;
  Scheme scheme_ = Scheme::basic;
  bool has_data_ = false;
  bool is_json_ = false;
  bool is_head_ = false;
  bool is_get_ = false;
  std::string why_not_;
};

struct Option {
  std::string_view name;  // the long one
  char letter;            // 0: none
  bool has_value;
  void (Call::*apply)(std::string_view);
};

// Those that change the request, and those that people write. Others are said to be unknown.
constexpr Option kOptions[] = {
    {"request", 'X', true, &Call::method},
    {"header", 'H', true, &Call::header},
    {"data", 'd', true, &Call::data},
    {"data-ascii", 0, true, &Call::data},
    {"data-binary", 0, true, &Call::data},
    {"data-raw", 0, true, &Call::raw_data},
    {"data-urlencode", 0, true, &Call::encoded_data},
    {"json", 0, true, &Call::json},
    {"user", 'u', true, &Call::user},
    {"cookie", 'b', true, &Call::cookie},
    {"user-agent", 'A', true, &Call::agent},
    {"referer", 'e', true, &Call::referer},
    {"location", 'L', false, &Call::follow},
    {"location-trusted", 0, false, &Call::follow},
    {"max-redirs", 0, true, &Call::most_redirects},
    {"insecure", 'k', false, &Call::insecure},
    {"cacert", 0, true, &Call::ca_file},
    {"cert", 'E', true, &Call::certificate},
    {"key", 0, true, &Call::private_key},
    {"pass", 0, true, &Call::key_password},
    {"proxy", 'x', true, &Call::proxy},
    {"noproxy", 0, true, &Call::no_proxy},
    {"resolve", 0, true, &Call::resolve},
    {"connect-to", 0, true, &Call::connect_to},
    {"unix-socket", 0, true, &Call::unix_socket},
    {"ipv4", '4', false, &Call::ipv4},
    {"ipv6", '6', false, &Call::ipv6},
    {"http1.0", '0', false, &Call::http10},
    {"http1.1", 0, false, &Call::http11},
    {"http2", 0, false, &Call::http2},
    {"http2-prior-knowledge", 0, false, &Call::http2},
    {"tlsv1.2", 0, false, &Call::tls12},
    {"tlsv1.3", 0, false, &Call::tls13},
    {"max-time", 'm', true, &Call::longest_time},
    {"head", 'I', false, &Call::head},
    {"get", 'G', false, &Call::get},
    {"url-query", 0, true, &Call::query},
    {"url", 0, true, &Call::add_url},
    {"range", 'r', true, &Call::range},
    {"basic", 0, false, &Call::none},
    {"digest", 0, false, &Call::digest},
    {"ntlm", 0, false, &Call::other_scheme},
    {"negotiate", 0, false, &Call::other_scheme},
    {"anyauth", 0, false, &Call::digest},
    {"oauth2-bearer", 0, true, &Call::bearer},
    {"aws-sigv4", 0, true, &Call::sigv4},
    {"form", 'F', true, &Call::form},
    {"form-string", 0, true, &Call::form},
    {"upload-file", 'T', true, &Call::upload},
    {"config", 'K', true, &Call::options_file},
    {"compressed", 0, false, &Call::none},
    {"silent", 's', false, &Call::none},
    {"show-error", 'S', false, &Call::none},
    {"verbose", 'v', false, &Call::none},
    {"include", 'i', false, &Call::none},
    {"show-headers", 0, false, &Call::none},
    {"fail", 'f', false, &Call::none},
    {"fail-with-body", 0, false, &Call::none},
    {"fail-early", 0, false, &Call::none},
    {"globoff", 'g', false, &Call::none},
    {"no-buffer", 'N', false, &Call::none},
    {"no-progress-meter", 0, false, &Call::none},
    {"progress-bar", '#', false, &Call::none},
    {"remote-name", 'O', false, &Call::none},
    {"remote-header-name", 'J', false, &Call::none},
    {"parallel", 'Z', false, &Call::none},
    {"path-as-is", 0, false, &Call::none},
    {"disable", 'q', false, &Call::none},
    {"junk-session-cookies", 'j', false, &Call::none},
    {"tlsv1", '1', false, &Call::none},
    {"ssl-no-revoke", 0, false, &Call::none},
    {"no-keepalive", 0, false, &Call::none},
    {"tcp-nodelay", 0, false, &Call::none},
    {"output", 'o', true, &Call::none},
    {"write-out", 'w', true, &Call::none},
    {"cookie-jar", 'c', true, &Call::none},
    {"dump-header", 'D', true, &Call::none},
    {"connect-timeout", 0, true, &Call::none},
    {"retry", 0, true, &Call::none},
    {"retry-delay", 0, true, &Call::none},
    {"retry-max-time", 0, true, &Call::none},
    {"retry-all-errors", 0, false, &Call::none},
    {"retry-connrefused", 0, false, &Call::none},
    {"limit-rate", 0, true, &Call::none},
    {"stderr", 0, true, &Call::none},
    {"trace", 0, true, &Call::none},
    {"trace-ascii", 0, true, &Call::none},
    {"ciphers", 0, true, &Call::none},
    {"keepalive-time", 0, true, &Call::none},
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
  std::optional<Call> call_;
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
