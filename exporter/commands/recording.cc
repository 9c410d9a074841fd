#include "exporter/commands/recording.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "exporter/wire/text.h"
#include "exporter/wire/url_credential.h"
#include "exporter/wire/wall_time.h"

namespace authprobe::commands {
namespace {

using diagnosis::SentCredential;
using nlohmann::json;

constexpr std::size_t kMostHeaders = 256;
constexpr std::size_t kMostBody = 64 * 1024;

std::optional<int> status_of(std::string_view text) {
  int status = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), status);
  if (error != std::errc{} || end != text.data() + text.size() || status < 100 || status > 999) return std::nullopt;
  return status;
}

// --- JSON
// ---------------------------------------------------------------------------------------------------------------

std::string text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return {};
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void add_header(Recording& recording, std::string name, const json& value) {
  if (value.is_array()) {
    for (const json& one : value) add_header(recording, name, one);
  } else if (recording.headers.size() < kMostHeaders) {
    recording.headers.emplace_back(std::move(name), text_of(value));
  }
}

// {"Name": "value"}, {"Name": ["value", ...]}, [["Name", "value"]] or [{"name": "Name", "value": "value"}].
void add_headers(Recording& recording, const json& headers) {
  if (headers.is_object()) {
    for (const auto& [name, value] : headers.items()) add_header(recording, name, value);
  }
  if (!headers.is_array()) return;
  for (const json& pair : headers) {
    if (pair.is_array() && pair.size() == 2 && pair[0].is_string())
      add_header(recording, pair[0].get<std::string>(), pair[1]);
    if (pair.is_object() && pair.contains("name") && pair.contains("value"))
      add_header(recording, text_of(pair["name"]), pair["value"]);
  }
}

std::optional<WallTime> time_of(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nullopt;
  const double seconds = wire::unix_seconds(found->get<double>());
  if (!(std::abs(seconds) < 1e11)) return std::nullopt;  // also not a number
  return wire::wall_time(seconds);
}

std::optional<int> status_in(const json& object) {
  const auto found = object.find("status");
  return found == object.end() ? std::nullopt : status_of(text_of(*found));
}

bool has_body(std::string_view method) {
  return method == "POST" || method == "PUT" || method == "PATCH";
}

void read_request(Recording& recording, const json& request) {
  const auto method = request.find("method");
  const bool posts = method != request.end() && method->is_string() && has_body(method->get_ref<const std::string&>());
  if (const auto auth = request.find("auth"); auth != request.end() && auth->is_string()) {
    recording.sent = wire::sent_from(auth->get<std::string>()).value_or(SentCredential::unknown);
  }
  const bool by_header = recording.sent != SentCredential::none && recording.sent != SentCredential::unknown;
  for (const char* key : {"url", "path"}) {
    const auto url = request.find(key);
    if (url == request.end() || !url->is_string()) continue;
    if (posts) recording.posted_to = url->get<std::string>();
    if (by_header) continue;
    const SentCredential sent = wire::sent_by_url(url->get_ref<const std::string&>());
    if (sent != SentCredential::none) recording.sent = sent;
  }
}

// --- HTTP text
// ----------------------------------------------------------------------------------------------------------

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// "HTTP/1.1 401 Unauthorized", "HTTP/2 403".
std::optional<int> status_line(std::string_view line) {
  if (!line.starts_with("HTTP/")) return std::nullopt;
  const std::size_t space = line.find(' ');
  return space == std::string_view::npos ? std::nullopt : status_of(line.substr(space + 1, 3));
}

std::optional<diagnosis::Header> header_line(std::string_view line) {
  const std::size_t colon = line.find(':', 1);  // HTTP/2 tools show ":status" too
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view value = line.substr(colon + 1);
  value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
  return diagnosis::Header(line.substr(0, colon), value);
}

// Reads line by line; a status line always begins a new response.
class HttpReader {
 public:
  void line(std::string_view line) {
    if (line.starts_with("< ") || line == "<") {  // curl -v marks received lines, sent lines, and its own remarks
      marked_ = true;
      response_line(line.substr(std::min<std::size_t>(2, line.size())));
    } else if (marked_ && (line.starts_with("* ") || line.starts_with("{ ") || line.starts_with("} "))) {
      return;
    } else if (line.starts_with("> ")) {
      marked_ = true;
      request_line(line.substr(2));
    } else {
      response_line(line);
    }
  }
  std::optional<Recording> result() && {
    if (recording_.status == 0) return std::nullopt;
    recording_.sent = sent_;
    recording_.posted_to = std::move(posted_to_);
    return std::move(recording_);
  }

 private:
  void response_line(std::string_view line) {
    if (const std::optional<int> status = status_line(line)) {
      recording_ = Recording{};
      recording_.status = *status;
      in_headers_ = true;
    } else if (in_headers_ && line.empty()) {
      in_headers_ = false;
    } else if (in_headers_) {
      if (auto header = header_line(line); header && recording_.headers.size() < kMostHeaders)
        recording_.headers.push_back(std::move(*header));
    } else if (recording_.status != 0 && recording_.body.size() < kMostBody) {
      recording_.body.append(line).push_back('\n');
    }
  }
  void request_line(std::string_view line) {
    if (const std::size_t end = line.find(" HTTP/"); end != std::string_view::npos) {  // a request line
      const std::size_t url = std::min(line.find(' ') + 1, end);
      sent_ = wire::sent_by_url(line.substr(url, end - url));
      posted_to_ = has_body(line.substr(0, line.find(' '))) ? line.substr(url, end - url) : "";
      return;
    }
    const std::optional<diagnosis::Header> header = header_line(line);
    if (!header) return;
    const SentCredential sent = wire::sent_by(header->first, header->second);
    if (sent == SentCredential::none || (sent == SentCredential::cookie && sent_ != SentCredential::none)) return;
    sent_ = sent;
  }

  Recording recording_;
  SentCredential sent_ = SentCredential::unknown;
  std::string posted_to_;
  bool in_headers_ = false;
  bool marked_ = false;
};

}  // namespace

diagnosis::Input Recording::input() const {
  diagnosis::Input input;
  input.status = status;
  input.headers = headers;
  input.body = body;
  input.sent = sent;
  input.posted_to = posted_to;
  input.now = now;
  input.credential = credential;
  return input;
}

std::optional<Recording> recording_from_json(std::string_view line, std::string& error) {
  const json object = json::parse(line.begin(), line.end(), nullptr, false);
  if (!object.is_object()) {
    error = object.is_discarded() ? "not valid JSON" : "not a JSON object";
    return std::nullopt;
  }
  Recording recording;
  if (const auto id = object.find("id"); id != object.end())
    recording.id = id->dump(-1, ' ', false, json::error_handler_t::replace);
  const std::optional<int> status = status_in(object);
  if (!status) {
    error = object.contains("status") ? "status must be a number from 100 to 999"
                                      : "no status: give the whole response, with `curl -i`, or JSON with a \"status\"";
    return std::nullopt;
  }
  recording.status = *status;
  const auto raw = object.find("raw_headers");
  const auto headers = raw != object.end() && raw->is_array() && !raw->empty() ? raw : object.find("headers");
  if (headers != object.end()) add_headers(recording, *headers);
  const bool typed = std::ranges::any_of(
      recording.headers, [](const auto& header) { return wire::lowered(header.first) == "content-type"; });
  if (const auto type = object.find("content_type"); !typed && type != object.end())
    add_header(recording, "Content-Type", *type);
  if (const auto body = object.find("body"); body != object.end()) recording.body = text_of(*body);
  if (const auto request = object.find("request"); request != object.end() && request->is_object())
    read_request(recording, *request);
  if (const auto known = object.find("credential"); known != object.end() && known->is_object()) {
    recording.credential.expires_at = time_of(*known, "expires_at");
    recording.credential.not_before = time_of(*known, "not_before");
    recording.credential.issued_at = time_of(*known, "issued_at");
  }
  recording.now = time_of(object, "observed_at");
  return recording;
}

std::optional<Recording> recording_from_http(std::string_view text, std::string& error) {
  HttpReader reader;
  while (!text.empty()) reader.line(take_line(text));
  std::optional<Recording> result = std::move(reader).result();
  if (!result) error = "no status line (\"HTTP/1.1 401 ...\") found: give the whole response, with `curl -i`";
  return result;
}

}  // namespace authprobe::commands
