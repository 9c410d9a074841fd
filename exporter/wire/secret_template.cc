#include "exporter/wire/secret_template.h"

namespace authprobe::wire {

void append_as_it_is(Secret& out, std::string_view text) {
  out.append(text);
}

Secret filled(std::string_view text, const std::function<std::optional<std::string_view>(std::string_view)>& value_of,
              AppendEscaped append_escaped) {
  Secret result;
  for (auto at = text.find("${"); at != std::string_view::npos; at = text.find("${")) {
    const auto end = text.find('}', at);
    if (end == std::string_view::npos) break;
    result.append(text.substr(0, at));
    if (const auto value = value_of(text.substr(at + 2, end - at - 2))) {
      append_escaped(result, *value);
    } else {
      result.append(text.substr(at, end + 1 - at));
    }
    text.remove_prefix(end + 1);
  }
  result.append(text);
  return result;
}

}  // namespace authprobe::wire
