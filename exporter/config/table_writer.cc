#include "exporter/config/table_writer.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

#include "exporter/wire/text.h"

namespace authprobe::config {
namespace {

// Headers whose values cannot be secrets.
constexpr std::array<std::string_view, 8> kPlainHeaders{
    "accept", "accept-charset", "accept-encoding", "accept-language", "content-type", "host", "origin", "user-agent"};

bool is_plain_header(std::string_view name) {
  return std::find(kPlainHeaders.begin(), kPlainHeaders.end(), wire::lowered(name)) != kPlainHeaders.end();
}

}  // namespace

std::string key_text(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-';
  });
  return bare ? std::string(key) : quoted(key);
}

std::string date_text(std::chrono::sys_days days) {
  const std::chrono::year_month_day date(days);
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()));
  return text;
}

std::string header_text(std::string_view name, std::string_view value) {
  return quoted(is_plain_header(name) ? value : kRedacted);
}

void TableWriter::raw(std::string_view key, std::string_view value) {
  ((((out_ += key) += " = ") += value) += '\n');
}

void TableWriter::text(std::string_view key, std::string_view value) {
  if (!value.empty()) raw(key, quoted(value));
}

void TableWriter::texts(std::string_view key, const std::vector<std::string>& values) {
  if (!values.empty()) raw(key, array_text(values, [](const std::string& value) { return quoted(value); }));
}

void TableWriter::secret(std::string_view key, const SecretSource& source) {
  switch (source.kind) {
    case SecretSource::Kind::none: break;
    case SecretSource::Kind::file: raw(key, "{ file = " + quoted(source.text) + " }"); break;
    case SecretSource::Kind::env: raw(key, "{ env = " + quoted(source.text) + " }"); break;
    case SecretSource::Kind::value: raw(key, "{ value = " + quoted(kRedacted) + " }"); break;
  }
}

}  // namespace authprobe::config
