// The requests of a login, the values that are taken from their answers, and the ${name}s that stand for them.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/config/forms.h"

namespace authprobe::config {

using TextPairs = std::vector<std::pair<std::string, std::string>>;

void read_method(const Field& field, std::string& into);

// A text of a request may hold a secret: only the ${name}s in it are shown.
std::string redacted_template(std::string_view text);
void show_header_templates(const TextPairs& headers, const TomlWriter& out);

// { csrf = { cookie = "csrftoken" } }
void read_taken(const Field& field, std::vector<TakenValue>& into);
void show_taken(const std::vector<TakenValue>& taken, const TomlWriter& out);

Keys<LoginStep> login_step_keys();

// The steps' rules, and those of all ${name}s: each is known where it stands, and no secret and no taken value is
// without a use.
void check_flow(const Field& field, const Login& login);

}  // namespace authprobe::config
