#include "exporter/credential/secret_mask.h"

#include <algorithm>

#include "exporter/wire/encoding.h"

namespace authprobe::credential {
namespace {

// Shorter ones would be found where nobody has written them.
constexpr std::size_t kShortest = 6;

// As a JSON string has it; PHP escapes the slash too.
std::string escaped(std::string_view text, bool slash) {
  std::string result;
  for (const char c : text) {
    if (c == '"' || c == '\\' || (slash && c == '/')) result += '\\';
    result += c;
  }
  return result;
}

// The last characters depend on what follows the secret, so they are left out.
std::string stem(std::string text) {
  while (text.ends_with('=')) text.pop_back();
  if (text.size() > 8) text.pop_back();
  return text;
}

void add_forms(std::string_view value, std::vector<wire::Secret>& forms) {
  if (value.size() < kShortest) return;
  const auto add = [&](std::string form) { forms.emplace_back(std::move(form)); };
  add(std::string(value));
  for (const std::string_view plain : {"-._~", "-._~/", "-._~!$&'()*+,;=:@", "-._~!$&'()*+,;=:@/"}) {
    for (const std::string_view digits : {"0123456789ABCDEF", "0123456789abcdef"}) {
      add(wire::percent_encoded(value, {plain, digits}));
    }
  }
  add(escaped(value, false));
  add(escaped(value, true));
  add(stem(wire::base64(value)));
  add(stem(wire::base64url(value)));
}

void mask_forms(const std::vector<wire::Secret>& forms, std::string& text) {
  for (const wire::Secret& form : forms) {
    for (auto at = text.find(form.reveal()); at != std::string::npos;
         at = text.find(form.reveal(), at + kMask.size())) {
      text.replace(at, form.reveal().size(), kMask);
    }
  }
}

}  // namespace

void SecretMask::set_secrets(const std::vector<std::string_view>& values) {
  std::vector<wire::Secret> forms;
  for (const std::string_view value : values) add_forms(value, forms);
  std::sort(forms.begin(), forms.end(), [](const wire::Secret& a, const wire::Secret& b) {
    return a.reveal().size() != b.reveal().size() ? a.reveal().size() > b.reveal().size() : a.reveal() < b.reveal();
  });
  const auto same = [](const wire::Secret& a, const wire::Secret& b) { return a.reveal() == b.reveal(); };
  forms.erase(std::unique(forms.begin(), forms.end(), same), forms.end());
  previous_traces_ = std::move(traces_);
  traces_ = SecretTraces(values);
  previous_ = std::move(forms_);
  forms_ = std::move(forms);
  replaced_at_ = std::chrono::steady_clock::now();
}

void SecretMask::forget_former(std::chrono::steady_clock::time_point now) {
  constexpr std::chrono::hours kMasked{1};
  if (!replaced_at_ || now - *replaced_at_ < kMasked) return;
  previous_.clear();
  previous_traces_ = {};
  replaced_at_.reset();
}

void SecretMask::mask(std::string& text) const {
  mask_forms(forms_, text);
  mask_forms(previous_, text);
}

void SecretMask::mask_shown(std::string& text) const {
  mask(text);
  traces_.mask(text);
  previous_traces_.mask(text);
}

}  // namespace authprobe::credential
