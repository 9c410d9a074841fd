#include "exporter/web/configuration_page.h"

#include "exporter/config/redacted_toml.h"
#include "exporter/web/presentation.h"

namespace authprobe::web {

std::string configuration_page(const Snapshot& snapshot, const About& about) {
  constexpr std::size_t kShown = 200'000;  // bytes: a browser shows them at once
  const std::string toml = config::redacted_toml(*snapshot.config);
  const std::string extent = toml.size() > kShown ? "The beginning of what" : "What";
  return framed({.title = "Configuration",
                 .here = "configuration",
                 .root = "./",
                 .icon = prober::State::pending,
                 .body = "<h1>Configuration</h1>\n<p>" + extent +
                         " is in force, without secrets. <a href=\"config\">All of it as TOML</a></p>\n<div "
                         "class=\"card\">\n<pre tabindex=\"0\" aria-label=\"Configuration in force\">" +
                         html(shortened(toml, kShown)) + "</pre>\n</div>\n"},
                about, snapshot.taken);
}

}  // namespace authprobe::web
