// What all pages share: the frame, and the small parts of which they consist. Every string is escaped here or by the
// caller with html(). No page has a script or a style of its own: the assets are files of their own.
#pragma once

#include <string>
#include <string_view>

#include "exporter/web/status_store.h"

namespace authprobe::web {

// The exporter's own data on its pages.
struct About {
  std::string version;
  std::string revision;  // may be empty
  WallTime started;
  std::string metrics_path = "/metrics";
};

// A page without its frame.
struct Page {
  std::string title;                       // plain text
  std::string here;                        // the path from the root of the page in the menu that it belongs to
  std::string root = "./";                 // the way from the page to the root: pages work below any prefix
  prober::State icon = prober::State::ok;  // its colour
  std::string body;                        // HTML
};

std::string framed(const Page& page, const About& about, WallTime now);

// "unauthorized", "rate limited": a word of a fixed list for readers.
std::string in_plain_words(std::string_view word);

// " class=\"s-unauthorized\"" and its like: the colour of an element's content.
std::string colour_class(prober::State state);

std::string pill(prober::State state);

// That a target's data is old; nothing if it is not.
std::string stale_mark(const TargetStatus& target, WallTime now);

// The age of a moment in words; the page's script keeps it up to date.
std::string age(WallTime time, WallTime now);

// A moment to come, or past: "in 3 d", "4 h ago".
std::string distance(WallTime time, WallTime now);

// "expired token (certain)"; without a known cause the state.
std::string cause_words(const TargetStatus& target);

std::string target_link(const TargetStatus& target, std::string_view root);
std::string credential_link(std::string_view name, std::string_view root);
std::string inventory_link(std::string_view name, std::string_view root);

// A link to a web page of somebody else, or nothing if it is none.
std::string outside_link(std::string_view url, std::string_view text);

// The last probes as a picture, the latest at the right.
std::string strip_picture(const ProbeStrip& strip);

// A foreign text beside another one, shortened; nothing if it is empty. `title` and `description` below are HTML.
std::string small(std::string_view text);

// A line of a <dl>; nothing without a description.
std::string definition(std::string_view title, const std::string& description);

// A headed card; nothing without content.
std::string section(const std::string& id, std::string_view title, const std::string& content);

std::string count_of(std::size_t number, std::string_view one, std::string_view many);

inline constexpr std::string_view kHtmlType = "text/html; charset=utf-8";

}  // namespace authprobe::web
