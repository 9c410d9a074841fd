#include "exporter/import/postman.h"

#include <algorithm>
#include <utility>

#include "exporter/config/toml_writer.h"
#include "exporter/import/postman_auth.h"
#include "exporter/import/tree.h"
#include "exporter/wire/encoding.h"
#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

using config::Value;

constexpr int kDeepestFolder = 32;    // folders in folders
constexpr int kMostReplacements = 8;  // of variables in variables

// {{name}} as ${name}.
std::string with_dollars(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t end = text.substr(i).starts_with("{{") ? text.find("}}", i) : std::string_view::npos;
    if (end == std::string_view::npos) {
      result += text[i];
    } else {
      result.append("${").append(wire::trimmed(text.substr(i + 2, end - i - 2))) += '}';
      i = end + 1;
    }
  }
  return result;
}

std::string expanded_deeply(std::string text, const Variables& variables) {
  for (int i = 0; i < kMostReplacements; ++i) {
    std::string next = with_dollars(expanded(text, variables));
    if (next == text || next.size() > wire::Url::kLongest * 8) break;
    text = std::move(next);
  }
  return text;
}

class Collection {
 public:
  Collection(const Value& tree, std::string file, const PostmanEnvironment& environment, Import& into)
      : file_(std::move(file)), into_(into) {
    title_ = text_of(find(&tree, {"info", "name"}));
    for (const Value& variable : elements(find(&tree, "variable"))) {
      if (truth_of(find(&variable, "disabled"), false)) continue;
      const std::string name = text_of(find(&variable, find(&variable, "key") == nullptr ? "id" : "key"));
      add_variable(name, text_of(find(&variable, "value")), text_of(find(&variable, "type")) == "secret");
    }
    for (const auto& [name, variable] : environment) add_variable(name, variable.value, variable.is_secret);
    for (const auto& [name, value] : into.options.variables) add_variable(name, value, false);
    texts_.plain = [this](std::string_view text) { return expanded_deeply(with_dollars(text), plain_); };
    texts_.secret = [this](std::string_view text) {
      return secret_of(expanded_deeply(texts_.plain(text), secret_), References::to_fill_in);
    };
  }

  void read(const Value& tree) { read_folder(tree, "", find(&tree, "auth"), 0); }

 private:
  // The value of a variable whose name speaks of a secret never stands in the configuration.
  void add_variable(const std::string& name, const std::string& value, bool is_secret) {
    if (value.empty()) return;
    plain_.erase(name);
    secret_.erase(name);
    const bool hides = is_secret || wire::carries_secret(name, value) || looks_random(value);
    (hides ? secret_ : plain_)[name] = with_dollars(value);
  }

  void report_scripts(const Value& owner, const std::string& name) {
    for (const Value& event : elements(find(&owner, "event"))) {
      const Value* lines = find(&event, {"script", "exec"});
      if (elements(lines).empty() && text_of(lines).empty()) continue;
      into_.leave_out(place_of(file_, event.line),
                      (name.empty() ? title_ : name) + ": its " + text_of(find(&event, "listen")) + " script",
                      "scripts are not run: expect.* says what an answer must be like");
    }
  }

  void read_folder(const Value& folder, const std::string& path, const Value* auth, int depth) {
    report_scripts(folder, path);
    if (depth > kDeepestFolder)
      return into_.leave_out(place_of(file_, folder.line), path, "its folders are nested too deeply");
    for (const Value& item : elements(find(&folder, "item"))) {
      const std::string name = (path.empty() ? "" : path + '-') + text_of(find(&item, "name"));
      const Value* own = find(&item, "auth");
      if (find(&item, "item") != nullptr) {
        read_folder(item, name, own == nullptr ? auth : own, depth + 1);
      } else {
        read_item(item, name, auth);
      }
    }
  }

  void read_item(const Value& item, const std::string& name, const Value* auth) {
    report_scripts(item, name);
    const Value* asked = find(&item, "request");
    ImportedRequest request;
    request.name = name;
    request.place = place_of(file_, item.line);
    request.credential_name = title_;
    request.references = References::to_fill_in;
    request.secret_values = secret_;
    const std::string method = text_of(find(asked, "method"));
    request.method = method.empty() ? "GET" : texts_.plain(method);
    for (const Value& header : elements(find(asked, "header"))) {
      if (truth_of(find(&header, "disabled"), false)) continue;
      request.headers.emplace_back(texts_.plain(text_of(find(&header, "key"))),
                                   texts_.plain(text_of(find(&header, "value"))));
    }
    const Value* own = find(asked, "auth");
    std::string why =
        read_postman_auth(own == nullptr ? (auth == nullptr ? Value() : *auth) : *own, texts_, request.credential);
    if (why.empty()) why = read_body(find(asked, "body"), request);
    if (why.empty()) why = read_url(is_text(asked) ? asked : find(asked, "url"), request);
    if (!why.empty()) return into_.leave_out(request.place, name, why);
    into_.requests.push_back(std::move(request));
  }

  std::string read_body(const Value* body, ImportedRequest& request) {
    const std::string mode = text_of(find(body, "mode"));
    if (mode == "raw") {
      request.body = texts_.plain(text_of(find(body, "raw")));
      const std::string language = text_of(find(body, {"options", "raw", "language"}));
      if (language == "json") add_content_type("application/json", request);
    } else if (mode == "urlencoded") {
      for (const Value& field : elements(find(body, "urlencoded"))) {
        if (truth_of(find(&field, "disabled"), false)) continue;
        request.body += (request.body.empty() ? "" : "&") + encoded(text_of(find(&field, "key"))) + '=' +
                        encoded(text_of(find(&field, "value")));
      }
      add_content_type("application/x-www-form-urlencoded", request);
    } else if (mode == "graphql" || mode == "formdata" || mode == "file") {
      const Value* content = find(body, mode);  // the editor leaves an empty one behind
      const bool is_empty = elements(content).empty() && entries(content).empty();
      return is_empty ? "" : "its body is of mode " + mode;
    }
    return "";
  }

  // A reference stays readable.
  std::string encoded(std::string_view text) const {
    const std::string plain = texts_.plain(text);
    return reference_of(plain).empty() ? wire::percent_encoded(plain) : plain;
  }

  std::string read_url(const Value* url, ImportedRequest& request) {
    std::string text = texts_.plain(text_of(is_text(url) ? url : find(url, "raw")));
    if (text.empty()) return "it has no URL";
    if (text.find("://") == std::string::npos && !text.starts_with("${")) text = "http://" + text;
    std::string filled = text.substr(0, text.find("/:"));
    for (std::string_view rest = std::string_view(text).substr(filled.size()); !rest.empty();) {
      const std::size_t end = std::min(rest.find_first_of("/?", 1), rest.size());
      const std::string_view part = rest.substr(0, end);
      rest.remove_prefix(end);
      const bool is_variable = part.starts_with("/:") && part.size() > 2 && filled.find('?') == std::string::npos;
      const std::string value = is_variable ? path_variable(*url, part.substr(2)) : std::string();
      if (is_variable && value.empty()) {
        return "its path has the variable " + std::string(part.substr(2)) + ", which has no value";
      }
      filled += is_variable ? '/' + value : std::string(part);
    }
    request.url = place_secret(with_escapes(filled), request);
    return "";
  }

  // The value of the ":name" of a path; empty: it has none.
  std::string path_variable(const Value& url, std::string_view name) const {
    for (const Value& variable : elements(find(&url, "variable"))) {
      if (text_of(find(&variable, "key")) != name) continue;
      const std::string value = texts_.plain(text_of(find(&variable, "value")));
      return value.starts_with("${") ? value : wire::percent_encoded(value);
    }
    return {};
  }

  // What a URL must not have is sent percent-encoded.
  static std::string with_escapes(std::string_view url) {
    std::string text;
    for (const char c : url) {
      const auto byte = static_cast<unsigned char>(c);
      text += byte <= 0x20 || byte >= 0x7f ? wire::percent_encoded({&c, 1}) : std::string(1, c);
    }
    return text;
  }

  // A secret variable as a part of the path: {key}.
  static std::string place_secret(std::string url, ImportedRequest& request) {
    const std::size_t host = url.find("://");
    const std::size_t begin = host == std::string::npos ? host : url.find('/', host + 3);
    if (begin == std::string::npos) return url;
    const std::string name = reference_in(url.substr(begin, url.find('?') - begin));
    const auto known = request.secret_values.find(name);
    if (name.empty() || known == request.secret_values.end() || !request.credential.kind.empty()) return url;
    const std::string reference = "${" + name + '}';
    url.replace(url.find(reference, begin), reference.size(), wire::kSecretPlace);
    request.credential = credential_of("url_path", "key", {SecretText::Kind::text, known->second});
    return url;
  }

  std::string file_;
  std::string title_;
  Import& into_;
  Variables plain_;
  Variables secret_;
  PostmanTexts texts_;
};

}  // namespace

PostmanEnvironment read_postman_environment(const Value& tree) {
  PostmanEnvironment variables;
  for (const Value& value : elements(find(&tree, "values"))) {
    if (truth_of(find(&value, "enabled"), true)) {
      variables[text_of(find(&value, "key"))] = {text_of(find(&value, "value")),
                                                 text_of(find(&value, "type")) == "secret"};
    }
  }
  return variables;
}

void read_postman(const Value& tree, const std::string& file, const PostmanEnvironment& environment, Import& into) {
  Collection(tree, file, environment, into).read(tree);
}

}  // namespace authprobe::importing
