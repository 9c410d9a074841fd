#include "exporter/diagnosis/signatures.h"

#include <algorithm>

#include "exporter/diagnosis/embedded.h"
#include "exporter/diagnosis/rule_file.h"
#include "exporter/providers/embedded.h"
#include "exporter/wire/text.h"

namespace authprobe::diagnosis {
namespace {

constexpr std::size_t kMostHeaders = 64;
constexpr std::size_t kMostHeaderValue = 512;
constexpr std::size_t kMostRaw = 6 * 1024;  // of HTML: where WAF pages carry their marks

void append_line(std::string& to, std::string_view start, std::string_view name, std::string_view between,
                 std::string_view value) {
  to += start;
  to += name;
  to += between;
  append_folded(to, value, to.size() + kMostHeaderValue);
  to.push_back('\n');
}

// The answer as lines that one pass of the pattern set reads: "h:name: value", "f:path=value", "t:visible text",
// "r:raw".
std::string subject_of(std::span<const Header> headers, const Body& body, std::string_view raw) {
  std::string subject;
  subject.reserve(4096);
  for (const auto& [name, value] : headers.first(std::min(headers.size(), kMostHeaders))) {
    append_line(subject, "h:", wire::lowered(std::string_view(name).substr(0, 64)), ": ", value);
  }
  for (const Field& field : body.fields) append_line(subject, "f:", field.path, "=", field.value);
  if (!body.text.empty()) subject += "t:" + body.text + "\n";
  if (body.format == BodyFormat::html) {
    subject += "r:";
    append_folded(subject, raw.substr(0, kMostRaw), subject.size() + kMostRaw);
  }
  return subject;
}

}  // namespace

void Signatures::add(std::string_view toml) {
  add(read_signature_file(toml));
}

void Signatures::add_of_provider(std::string_view provider, std::string_view toml) {
  add(read_provider_signatures(provider, toml));
}

void Signatures::add(std::vector<SignatureEntry> entries) {
  for (SignatureEntry& entry : entries) {
    for (const std::string& pattern : entry.patterns) {
      entry.signature.patterns.push_back(add_pattern(patterns_, pattern, "signature " + entry.signature.id));
      ++pattern_count_;
    }
    signatures_.push_back(std::move(entry.signature));
  }
}

void Signatures::leave_out(const std::function<bool(const Signature&)>& unwanted) {
  std::erase_if(signatures_, unwanted);
}

void Signatures::read(int status, std::span<const Header> headers, const Body& body, std::string_view raw, Clues& clues,
                      bool listed_only) const {
  thread_local std::vector<int> found;
  patterns_.match(subject_of(headers, body, raw), found);
  if (found.empty()) return;
  std::vector<bool> matched(pattern_count_);
  for (const int index : found) matched[static_cast<std::size_t>(index)] = true;
  for (const Signature& signature : signatures_) {
    const bool right_status = (signature.statuses.empty() && !listed_only) ||
                              std::ranges::find(signature.statuses, status) != signature.statuses.end();
    if (!right_status ||
        !std::ranges::all_of(signature.patterns, [&](int index) { return matched[static_cast<std::size_t>(index)]; })) {
      continue;
    }
    clues.push_back({signature.cause, signature.strength, Trust::signature, "known refusal " + signature.id,
                     signature.credential_seen, signature.no_credential_seen, signature.firm});
    clues.back().of_status = !signature.statuses.empty();
  }
}

Signatures built_in_signatures() {
  Signatures result;
  for (const std::string_view toml : embedded_signatures()) result.add(toml);
  for (const providers::File& file : providers::embedded()) result.add_of_provider(file.name, file.text);
  return result;
}

}  // namespace authprobe::diagnosis
