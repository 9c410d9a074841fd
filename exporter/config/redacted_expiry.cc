#include "exporter/config/redacted_expiry.h"

#include "exporter/config/quantity.h"
#include "exporter/config/words.h"

namespace authprobe::config {
namespace {

// One line of TOML: { a = "x", b = "y" }.
class InlineTable {
 public:
  InlineTable& text(std::string_view key, std::string_view value) {
    if (!value.empty()) text_ += std::string(text_.empty() ? "" : ", ") + std::string(key) + " = " + quoted(value);
    return *this;
  }
  InlineTable& format(TimeFormat format) {
    return format == TimeFormat::automatic ? *this : text("format", word_for(kTimeFormats, format));
  }
  std::string done() const { return "{ " + text_ + " }"; }

 private:
  std::string text_;
};

}  // namespace

void write_expiry(const ExpiryRules& rules, TableWriter& table) {
  if (rules.issued_at) table.raw("issued_at", date_text(*rules.issued_at));
  if (rules.max_age) table.text("max_age", format_duration(*rules.max_age));
  if (rules.sliding) table.raw("sliding", "true");
  if (rules.warn_before) table.text("warn_before", format_duration(*rules.warn_before));
  if (rules.critical_before) table.text("critical_before", format_duration(*rules.critical_before));
  if (!rules.header.name.empty()) {
    table.raw("expiry_header", InlineTable().text("name", rules.header.name).format(rules.header.format).done());
  }
  if (const ExpiryLookup& lookup = rules.lookup; !lookup.url.empty()) {
    table.raw("expiry_lookup", InlineTable()
                                   .text("url", lookup.url.with_redacted_query())
                                   .text("json_pointer", lookup.json_pointer)
                                   .text("header", lookup.header)
                                   .text("issued_pointer", lookup.issued_pointer)
                                   .format(lookup.format)
                                   .text("interval", format_duration(lookup.interval))
                                   .done());
  }
  if (const Introspection& introspection = rules.introspection; !introspection.url.empty()) {
    table.raw("introspection", InlineTable()
                                   .text("url", introspection.url.with_redacted_query())
                                   .text("credential", introspection.credential)
                                   .text("interval", format_duration(introspection.interval))
                                   .done());
  }
}

}  // namespace authprobe::config
