#include "exporter/import/body_secrets.h"

#include <algorithm>
#include <cctype>

#include "exporter/wire/encoding.h"
#include "exporter/wire/secret_name.h"
#include "exporter/wire/text.h"
#include "exporter/wire/url.h"

namespace authprobe::importing {
namespace {

class Taker {
 public:
  explicit Taker(std::string_view body) : body_(body) {}

  BodySecrets take() {
    const std::string_view body = wire::trimmed(body_);
    if (body.starts_with('{') || body.starts_with('[')) {
      take_json();
    } else if (!body.starts_with('<')) {
      take_form();
    } else {
      if (wire::is_secret_name(body)) result_.why_not = "its body is XML, and seems to have a secret";
      result_.body = body_;
    }
    return std::move(result_);
  }

 private:
  void take_form() {
    for (std::string_view form = body_; !form.empty();) {
      const wire::Parameter field = wire::take_parameter(form);
      const std::string name = wire::percent_decoded(field.name);
      if (!result_.body.empty()) result_.body += '&';
      const std::string value = wire::percent_decoded(field.value.value_or(""));
      if (!value.empty() && wire::carries_secret(name, value)) {
        result_.body.append(field.name).append("=").append(place_of(name, value));
      } else {
        result_.body += field.text;
      }
    }
  }

  // The texts behind names, in place, so that the rest stays as it is.
  void take_json() {
    std::string name;
    for (std::size_t i = 0; i < body_.size(); ++i) {
      if (body_[i] != '"') {
        // A PIN may be a number, which has no place for a text.
        if (std::isdigit(static_cast<unsigned char>(body_[i])) != 0 && wire::is_secret_name(name)) {
          result_.why_not = "its body has a secret that is a number";
        }
        if (body_[i] == '}') name.clear();
        result_.body += body_[i];
        continue;
      }
      const std::size_t end = end_of_string(i);
      const std::string_view text = body_.substr(i + 1, end - i - 1);
      const std::size_t next = body_.find_first_not_of(" \t\r\n", end + 1);
      const bool is_name = next != std::string_view::npos && body_[next] == ':';
      if (!is_name && !text.empty() && wire::carries_secret(name, text)) {
        if (text.find('\\') != std::string_view::npos) result_.why_not = "its body has a secret with escapes";
        result_.body += '"' + place_of(name, text) + '"';
      } else {
        result_.body += body_.substr(i, end + 1 - i);
      }
      if (is_name) name = text;
      i = end;
    }
  }

  std::size_t end_of_string(std::size_t begin) const {
    std::size_t i = begin + 1;
    while (i < body_.size() && body_[i] != '"') i += body_[i] == '\\' ? 2U : 1U;
    return std::min(i, body_.size() - 1);
  }

  // ${NAME}: the field's name, with a number where two fields of this name have different secrets.
  std::string place_of(std::string_view field, std::string_view secret) {
    std::string base;
    for (const char c : field) base += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    if (base.front() == '_') base.insert(0, "secret");
    std::string name = base;
    for (int number = 2; is_of_another(name, secret); ++number) name = base + '-' + std::to_string(number);
    const std::pair one{name, std::string(secret)};
    if (std::ranges::find(result_.secrets, one) == result_.secrets.end()) result_.secrets.push_back(one);
    return "${" + name + '}';
  }

  bool is_of_another(std::string_view name, std::string_view secret) const {
    return std::ranges::any_of(result_.secrets,
                               [&](const auto& one) { return one.first == name && one.second != secret; });
  }

  std::string_view body_;
  BodySecrets result_;
};

}  // namespace

BodySecrets without_secrets(std::string_view body) {
  return Taker(body).take();
}

}  // namespace authprobe::importing
