#include "exporter/web/frame.h"

#include <algorithm>
#include <array>

#include "exporter/web/presentation.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using prober::State;
using std::chrono::seconds;

struct MenuItem {
  std::string_view path;  // from the root
  std::string_view name;
};

constexpr std::array<MenuItem, 5> kMenu{{{"", "Now"},
                                         {"targets", "Targets"},
                                         {"credentials", "Credentials"},
                                         {"inventories", "Inventories"},
                                         {"configuration", "Configuration"}}};

constexpr std::string_view kKey =
    "<svg width=\"20\" height=\"20\" viewBox=\"0 0 24 24\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"2\" "
    "stroke-linecap=\"round\" stroke-linejoin=\"round\" aria-hidden=\"true\"><circle cx=\"7.5\" cy=\"15.5\" "
    "r=\"4.5\"/><path d=\"M10.7 12.3 20 3m-4 4 3 3m-6 0 2 2\"/></svg>";

// A circle for the tab; a data URL, since it changes with the page.
std::string icon_link(State colour) {
  const std::string_view fill = colour == State::ok        ? "%2326a269"
                                : colour == State::pending ? "%23778292"
                                                           : "%23d6363e";
  return "<link id=\"icon\" rel=\"icon\" href=\"data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' "
         "viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='7' fill='" +
         std::string(fill) + "'/%3E%3C/svg%3E\">\n";
}

std::string menu(const Page& page) {
  std::string items;
  for (const MenuItem& item : kMenu) {
    const std::string current = item.path == page.here ? " aria-current=\"page\"" : "";
    items += "<a href=\"" + page.root + std::string(item.path) + "\"" + current + ">" + std::string(item.name) + "</a>";
  }
  return "<nav aria-label=\"Pages\">" + items + "</nav>";
}

std::string footer(const Page& page, const About& about, WallTime now) {
  const auto link = [&](std::string_view path, std::string_view text) {
    return "<a href=\"" + page.root + html(path.substr(1)) + "\">" + std::string(text) + "</a>\n";
  };
  const std::string revision = about.revision.empty() ? "" : " (" + html(about.revision) + ")";
  return "<footer>\n<span>authprobe " + html(about.version) + revision + ", up " +
         in_words(std::chrono::duration_cast<seconds>(now - about.started)) + "</span>\n" +
         link(about.metrics_path, "metrics") + link("/api/v1/openapi.json", "API") + link("/-/healthy", "healthy") +
         link("/-/ready", "ready") + "</footer>\n";
}

std::string time_element(WallTime time, std::string_view kind, const std::string& words) {
  const std::string exact = wire::rfc3339(time);
  return "<time class=\"" + std::string(kind) + "\" datetime=\"" + exact + "\" title=\"" + exact + "\">" + words +
         "</time>";
}

}  // namespace

std::string framed(const Page& page, const About& about, WallTime now) {
  const std::string as_of = wire::rfc3339(now);
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
         html(page.title) + " · authprobe</title>\n" + icon_link(page.icon) + "<link rel=\"stylesheet\" href=\"" +
         page.root + "assets/page.css\">\n<script type=\"module\" src=\"" + page.root +
         "assets/page.js\"></script>\n</head>\n<body data-as-of=\"" + as_of +
         "\">\n<a class=\"skip\" href=\"#main\">"
         "Skip to the content</a>\n<header>\n<a class=\"brand\" href=\"" +
         page.root + "\">" + std::string(kKey) + "authprobe</a>\n" + menu(page) +
         "\n<p id=\"live\" role=\"status\">as of <time datetime=\"" + as_of + "\">" + as_of.substr(11, 8) +
         "</time> UTC</p>\n</header>\n<main id=\"main\" tabindex=\"-1\">\n" + page.body + "</main>\n" +
         footer(page, about, now) + "</body>\n</html>\n";
}

std::string in_plain_words(std::string_view word) {
  std::string text(word);
  std::ranges::replace(text, '_', ' ');
  if (text.starts_with("waf ")) text.replace(0, 3, "WAF");
  if (text.starts_with("ip ")) text.replace(0, 2, "IP");
  return text;
}

std::string colour_class(State state) {
  return "s-" + std::string(prober::to_string(state));
}

std::string pill(State state) {
  return "<span class=\"pill " + colour_class(state) + "\">" + in_plain_words(prober::to_string(state)) + "</span>";
}

std::string stale_mark(const TargetStatus& target, WallTime now) {
  return target.stale ? " <span class=\"stale\">stale: no probe for " + age(*target.last_probe, now) + "</span>" : "";
}

std::string age(WallTime time, WallTime now) {
  return time_element(time, "age", in_words(std::chrono::duration_cast<seconds>(now - time)));
}

std::string distance(WallTime time, WallTime now) {
  const auto left = std::chrono::duration_cast<seconds>(time - now);
  return time_element(time, "distance", left.count() > 0 ? "in " + in_words(left) : in_words(-left) + " ago");
}

std::string cause_words(const TargetStatus& target) {
  if (!target.cause) return in_plain_words(prober::to_string(target.state));
  return in_plain_words(diagnosis::to_string(*target.cause)) + " <span class=\"sure\">(" +
         std::string(diagnosis::to_string(target.confidence)) + ")</span>";
}

std::string target_link(const TargetStatus& target, std::string_view root) {
  return "<a href=\"" + std::string(root) + "targets/" + wire::percent_encoded(target.name()) + "\">" +
         html(target.name()) + "</a>";
}

std::string credential_link(std::string_view name, std::string_view root) {
  return "<a href=\"" + std::string(root) + "credentials/" + wire::percent_encoded(name) + "\">" + html(name) + "</a>";
}

std::string inventory_link(std::string_view name, std::string_view root) {
  return "<a href=\"" + std::string(root) + "inventories/" + wire::percent_encoded(name) + "\">" + html(name) + "</a>";
}

std::string outside_link(std::string_view url, std::string_view text) {
  if (!url.starts_with("https://") && !url.starts_with("http://")) return "";
  return "<a href=\"" + html(url) + "\" rel=\"noreferrer\">" + html(text) + "</a>";
}

std::string strip_picture(const ProbeStrip& strip) {
  constexpr std::size_t kWide = 4;  // of a probe, with the gap
  const std::size_t first = ProbeStrip::kKept - strip.size();
  std::size_t bad = 0;
  std::string bars;
  for (std::size_t i = 0; i < strip.size();) {
    const State state = strip.at(i);
    std::size_t run = i;  // equal neighbours are one dashed line: a page of a hundred strips stays small
    while (run < strip.size() && strip.at(run) == state) ++run;
    if (state != State::ok) bad += run - i;
    bars += "<path class=\"" + colour_class(state) + "\" d=\"M" + std::to_string((first + i) * kWide) + " 8h" +
            std::to_string((run - i) * kWide - 1) + "\"/>";
    i = run;
  }
  const std::string words =
      strip.size() == 0 ? "no probe yet"
                        : std::to_string(bad) + " of the last " + std::to_string(strip.size()) + " probes not ok";
  return "<svg class=\"strip\" viewBox=\"0 0 " + std::to_string(ProbeStrip::kKept * kWide) +
         " 16\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"" + words + "\"><title>" + words + "</title>" +
         bars + "</svg>";
}

std::string small(std::string_view text) {
  constexpr std::size_t kBytes = 240;
  return text.empty() ? "" : " <small>" + html(shortened(text, kBytes)) + "</small>";
}

std::string definition(std::string_view title, const std::string& description) {
  return description.empty() ? "" : "<dt>" + std::string(title) + "</dt><dd>" + description + "</dd>\n";
}

std::string section(const std::string& id, std::string_view title, const std::string& content) {
  if (content.empty()) return "";
  return "<section id=\"" + id + "\" aria-labelledby=\"" + id + "-title\">\n<h2 id=\"" + id + "-title\">" +
         std::string(title) + "</h2>\n<div class=\"card\">\n" + content + "</div>\n</section>\n";
}

std::string count_of(std::size_t number, std::string_view one, std::string_view many) {
  return with_commas(number) + " " + std::string(number == 1 ? one : many);
}

}  // namespace authprobe::web
