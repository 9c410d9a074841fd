#include "exporter/config/login_flow.h"

#include <algorithm>
#include <cctype>
#include <span>

namespace authprobe::config {
namespace {

bool has_lower_case(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) { return std::islower(c) != 0; });
}

template <TakenValue::From from, auto ask>
constexpr Form<TakenValue> place_in = {[](const Field& field, TakenValue& into) {
                                         const auto place = (field.*ask)();
                                         if (!place) return;
                                         const bool may_be_empty =
                                             from == TakenValue::From::json_pointer || from == TakenValue::From::form;
                                         if (place->empty() && !may_be_empty) field.error("must not be empty");
                                         into.from = from;
                                         into.place = *place;
                                       },
                                       [](const TakenValue& value, const TomlWriter& out) {
                                         if (value.from == from) out.text(value.place);
                                       }};

constexpr Key<TakenValue> kPlaceKeys[] = {
    {"json_pointer", place_in<TakenValue::From::json_pointer, &Field::pointer>, ""},
    {"cookie", place_in<TakenValue::From::cookie, &Field::token>, ""},
    {"header", place_in<TakenValue::From::header, &Field::token>, ""},
    {"input", place_in<TakenValue::From::input, &Field::line>, ""},
    {"meta", place_in<TakenValue::From::meta, &Field::line>, ""},
    {"form", place_in<TakenValue::From::form, &Field::line>, ""},
};

template <auto member>
constexpr Form<LoginStep> header_templates = {read_headers<member>, [](const LoginStep& step, const TomlWriter& out) {
                                                show_header_templates(step.*member, out);
                                              }};

constexpr Key<LoginStep> kStepKeys[] = {
    {"url", web_url<&LoginStep::url>, "the URL of the request, at the origin of the login's `url`"},
    {"method",
     {[](const Field& field, LoginStep& into) { read_method(field, into.method); }, text<&LoginStep::method>.show},
     "its method"},
    {"headers", header_templates<&LoginStep::headers>, "name to value, with `${name}` as in the login"},
    {"body",
     {read_member<&LoginStep::body, &Field::text>,
      [](const LoginStep& step, const TomlWriter& out) {
        if (!step.body.empty()) out.text(redacted_template(step.body));
      }},
     "its body, likewise"},
    {"take",
     {[](const Field& field, LoginStep& into) { read_taken(field, into.take); },
      [](const LoginStep& step, const TomlWriter& out) { show_taken(step.take, out); }},
     "values of its answer for the later requests: a name of your choice, and the place: `{ csrf = { cookie = "
     "\"csrftoken\" } }`"},
};

using Names = std::vector<std::string_view>;

Names names_of(const std::vector<TakenValue>& taken) {
  Names names;
  for (const TakenValue& value : taken) names.push_back(value.name);
  return names;
}

// Reports each ${name} in `text` that is not one of `known`.
bool check_placeholders(const Field& field, std::string_view text, const Names& known, std::string_view what) {
  bool good = true;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    const auto end = text.find('}', at);
    const std::string_view name = text.substr(at + 2, end == std::string_view::npos ? 0 : end - at - 2);
    if (end == std::string_view::npos) {
      field.error("has a ${ without its }");
    } else if (std::ranges::find(known, name) == known.end()) {
      field.error("has a ${name} that is not one of " + std::string(what), did_you_mean(name, known));
    } else {
      continue;
    }
    good = false;
  }
  return good;
}

bool has_name(const std::string& text, std::string_view name) {
  return text.find("${" + std::string(name) + '}') != std::string::npos;
}

bool has_name(const TextPairs& texts, std::string_view name) {
  return std::ranges::any_of(texts, [&](const auto& pair) { return has_name(pair.second, name); });
}

// Walks over the requests in their order.
class FlowCheck {
 public:
  FlowCheck(const Field& field, const Login& login) : field_(field), login_(login) {
    for (const auto& [name, source] : login.secrets) known_.push_back(name);
    if (!login.jwt) return;
    if (std::ranges::find(known_, Login::kJwtName) != known_.end()) {
      field.child("secrets")->child(Login::kJwtName)->error("is the name of the JWT that the key `jwt` describes");
    }
    known_.push_back(Login::kJwtName);
  }

  void run() {
    check_steps();
    check_texts(field_, login_.headers, login_.body);
    check_url_taken();
    Names taken;
    for (const LoginStep& step : login_.steps) append(names_of(step.take), taken);
    take(field_, login_.take);
    append(names_of(login_.take), taken);
    check_sent("send_headers", login_.send_headers, taken);
    check_sent("send_cookies", login_.send_cookies, taken);
    if (good_) check_uses();
  }

 private:
  static void append(const Names& names, Names& to) { to.insert(to.end(), names.begin(), names.end()); }

  void check_steps() {
    const auto given = field_.child("steps");
    if (!given) return;
    if (login_.steps.size() > LoginStep::kMost) {
      given->error("must have at most " + std::to_string(LoginStep::kMost) + " requests");
    }
    const std::vector<Field> elements = given->elements();
    for (std::size_t i = 0; i < std::min(elements.size(), login_.steps.size()); ++i) {
      const LoginStep& step = login_.steps[i];
      const auto url = elements[i].child("url");
      if (!url) elements[i].error("must have url");
      if (url && !step.url.empty() && !login_.url.empty() && !wire::same_origin(step.url, login_.url)) {
        url->error("must be at the origin of the login's url", "the same scheme, host and port");
      }
      check_texts(elements[i], step.headers, step.body);
      take(elements[i], step.take);
    }
  }

  void check_texts(const Field& request, const TextPairs& headers, const std::string& body) {
    const std::string_view what = login_.steps.empty() ? "`secrets`" : "`secrets` and of what an earlier step takes";
    if (const auto field = request.child("body")) good_ = check_placeholders(*field, body, known_, what) && good_;
    const auto field = request.child("headers");
    for (const auto& [name, value] : headers) good_ = check_placeholders(*field, value, known_, what) && good_;
  }

  void take(const Field& request, const std::vector<TakenValue>& taken) {
    for (const TakenValue& value : taken) {
      if (std::ranges::find(known_, value.name) != known_.end()) {
        request.child("take")->child(value.name)->error("is the name of a secret, or of a value of an earlier step");
      }
      known_.push_back(value.name);
    }
  }

  void check_url_taken() {
    if (login_.url_taken.empty()) return;
    const auto is_it = [&](const TakenValue& value) { return value.name == login_.url_taken; };
    const auto has_it = [&](const LoginStep& step) { return std::ranges::any_of(step.take, is_it); };
    if (std::ranges::any_of(login_.steps, has_it)) return;
    field_.child("url_taken")->error("must be the name of a value that a step takes");
  }

  void check_sent(std::string_view key, const TextPairs& texts, const Names& taken) {
    const auto field = field_.child(key);
    for (const auto& [name, text] : texts) {
      const Field child = *field->child(name);
      good_ = check_placeholders(child, text, taken, "the taken values") && good_;
      if (text.find("${") == std::string::npos) child.error("has no ${name} of a taken value");
    }
  }

  // In a request after the first `begin` steps, or in what is sent to the targets.
  bool is_used(std::string_view name, std::size_t begin) const {
    const auto rest = std::span(login_.steps).subspan(begin);
    const auto in_step = [&](const LoginStep& step) {
      return has_name(step.body, name) || has_name(step.headers, name);
    };
    return std::ranges::any_of(rest, in_step) || has_name(login_.body, name) || has_name(login_.headers, name) ||
           has_name(login_.send_headers, name) || has_name(login_.send_cookies, name) || login_.url_taken == name;
  }

  void check_uses() {
    for (const auto& [name, source] : login_.secrets) {
      const std::string_view where = login_.steps.empty() ? "neither body nor headers contain its ${name}"
                                                          : "no body and no header contains its ${name}";
      if (!is_used(name, 0)) refuse_idle(*field_.child("secrets"), name, std::string(where));
    }
    if (login_.jwt && !is_used(Login::kJwtName, 0))
      refuse_idle(field_, Login::kJwtName, "no body and no header contains ${jwt}");
    const auto steps = field_.child("steps");
    for (std::size_t i = 0; i < login_.steps.size(); ++i) {
      check_taken_uses(steps->elements()[i], login_.steps[i].take, i + 1);
    }
    check_taken_uses(field_, login_.take, login_.steps.size());
  }

  void check_taken_uses(const Field& request, const std::vector<TakenValue>& taken, std::size_t begin) {
    for (const TakenValue& value : taken) {
      if (!is_used(value.name, begin))
        refuse_idle(*request.child("take"), value.name, "nothing after it contains its ${name}");
    }
  }

  const Field& field_;
  const Login& login_;
  Names known_;  // so far
  bool good_ = true;
};

}  // namespace

void read_method(const Field& field, std::string& into) {
  const auto method = field.token();
  if (method && has_lower_case(*method)) {
    field.error("must be in capital letters", "methods are case-sensitive");
  } else if (method && *method == "CONNECT") {
    field.error("cannot be CONNECT");
  } else {
    assign(method, into);
  }
}

std::string redacted_template(std::string_view text) {
  std::string shown(kRedacted);
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${", at + 2)) {
    shown.append(1, ' ').append(text.substr(at, text.find('}', at) - at + 1));
  }
  return shown;
}

void show_header_templates(const TextPairs& headers, const TomlWriter& out) {
  for (const auto& [name, value] : headers) out.at(name).text(is_plain_header(name) ? value : redacted_template(value));
}

void read_taken(const Field& field, std::vector<TakenValue>& into) {
  const Table* entries = field.table();
  if (entries == nullptr) return;
  into.clear();
  for (const Entry& entry : *entries) {
    const Field child = field.child(entry);
    if (!is_name(entry.key)) child.error(std::string(kNameRule));
    const Table* place = child.table();
    if (place == nullptr) continue;
    if (place->size() != 1) child.error("must be one of json_pointer, cookie, header, input, meta and form");
    TakenValue& value = into.emplace_back();
    value.name = entry.key;
    read_table(child, all(kPlaceKeys), value);
  }
}

void show_taken(const std::vector<TakenValue>& taken, const TomlWriter& out) {
  for (const TakenValue& value : taken) out.at(value.name).raw(inline_table(value, all(kPlaceKeys)));
}

Keys<LoginStep> login_step_keys() {
  return kStepKeys;
}

void check_flow(const Field& field, const Login& login) {
  FlowCheck(field, login).run();
}

}  // namespace authprobe::config
