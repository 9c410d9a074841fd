#include "exporter/web/targets_page.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "exporter/web/presentation.h"
#include "exporter/web/target_query.h"
#include "exporter/wire/encoding.h"

namespace authprobe::web {
namespace {

using prober::State;

constexpr std::size_t kRows = 100;
constexpr std::size_t kOptions = 500;  // of a list to choose from
constexpr std::size_t kNameBytes = 120;

std::string_view value_of(const wire::Headers& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &wire::Header::first);
  return found == parameters.end() ? std::string_view{} : std::string_view(found->second);
}

std::string option(std::string_view value, std::string_view text, std::string_view chosen) {
  return "<option value=\"" + html(value) + "\"" + (value == chosen ? " selected" : "") + ">" + html(text) +
         "</option>";
}

std::string choice(std::string_view name, std::string_view title, const std::string& options) {
  return "<label>" + std::string(title) + " <select name=\"" + std::string(name) + "\">" + options +
         "</select></label>\n";
}

template <typename Words>
std::string options_of(const Words& words, std::string_view chosen) {
  std::string options = option("", "any", chosen);
  std::size_t count = 0;
  for (const auto& word : words) {
    if (++count > kOptions) break;
    options += option(word, in_plain_words(word), chosen);
  }
  return options;
}

std::string states(std::string_view chosen) {
  std::string options = option("", "any", chosen) + option("failing", "failing", chosen);
  for (std::size_t i = 0; i < prober::kStateCount; ++i) {
    const std::string_view word = prober::to_string(static_cast<State>(i));
    options += option(word, in_plain_words(word), chosen);
  }
  return options;
}

std::string form(const wire::Headers& parameters, const Snapshot& snapshot) {
  std::set<std::string_view> causes;
  std::set<std::string_view> owners;
  std::set<std::string> hosts;
  std::set<std::string> labels;
  for (const TargetStatus& target : snapshot.targets) {
    if (target.cause) causes.insert(diagnosis::to_string(*target.cause));
    if (!target.owner.empty()) owners.emplace(target.owner);
    if (hosts.size() <= kOptions) hosts.emplace(target.url().authority());
    for (const auto& [label, value] : target.labels()) {
      if (labels.size() <= kOptions) labels.insert(label + "=" + value);
    }
  }
  std::vector<std::string_view> credentials;
  for (const CredentialRow& row : snapshot.credentials) credentials.push_back(row.name);
  // A list to choose from that shows nothing else is left out.
  const auto select = [&](std::string_view name, std::string_view title, const auto& words) {
    const std::string_view chosen = value_of(parameters, name);
    return words.empty() && chosen.empty() ? "" : choice(name, title, options_of(words, chosen));
  };
  return "<form id=\"filter\" method=\"get\" role=\"search\" aria-label=\"Targets\">\n<label class=\"search\">Search "
         "<input type=\"search\" name=\"text\" value=\"" +
         html(value_of(parameters, "text")) + "\" autocomplete=\"off\"></label>\n" +
         choice("state", "State", states(value_of(parameters, "state"))) + select("cause", "Cause", causes) +
         select("credential", "Credential", credentials) + select("owner", "Owner", owners) +
         select("host", "Host", hosts) + select("label", "Label", labels) +
         "<input type=\"hidden\" name=\"sort\" value=\"" + html(value_of(parameters, "sort")) +
         "\">\n<button type=\"submit\">Show</button>\n</form>\n";
}

std::string row(const TargetStatus& target, WallTime now, std::size_t index) {
  const bool probed = target.state != State::pending;
  const std::string credential = target.credential().empty() ? "" : credential_link(target.credential(), "");
  const std::string owner =
      target.owner.empty() ? "" : " <small>" + html(shortened(target.owner, kNameBytes)) + "</small>";
  return "<tr aria-rowindex=\"" + std::to_string(index + 2) + "\"><td class=\"name\">" + target_link(target, "") +
         " <small>" + html(shortened(target.url().shown(), kNameBytes)) + "</small></td><td class=\"state\">" +
         pill(target.state) + (target.maintenance ? " <small>maintenance</small>" : "") + stale_mark(target, now) +
         "</td><td class=\"cause\">" +
         (target.cause ? cause_words(target) : html(shortened(target.explained().detail, kNameBytes))) +
         "</td><td class=\"credential\">" + credential + owner + "</td><td class=\"recent\">" +
         strip_picture(target.recent) + "</td><td class=\"since\">" + (probed ? age(target.since, now) : "") +
         "</td></tr>\n";
}

// The same request with another value of one parameter.
std::string link_with(const wire::Headers& parameters, std::string_view name, std::string_view value) {
  std::string link = "targets?";
  for (const auto& [key, kept] : parameters) {
    if (key == name || key == "offset" || key == "cursor" || key == "limit") continue;
    link += wire::percent_encoded(key) + "=" + wire::percent_encoded(kept) + "&";
  }
  return html(link + std::string(name) + "=" + wire::percent_encoded(value));
}

std::string column(const wire::Headers& parameters, std::string_view title, std::string_view sort) {
  const std::string name = "<th scope=\"col\" class=\"" + std::string(sort.empty() ? "recent" : sort) + "\"";
  if (sort.empty()) return name + ">" + std::string(title) + "</th>";
  const std::string_view chosen = value_of(parameters, "sort");
  const bool up = chosen == sort || (chosen.empty() && sort == "name");
  const bool down = chosen.size() == sort.size() + 1 && chosen.ends_with(sort);
  const std::string direction = up ? " aria-sort=\"ascending\"" : down ? " aria-sort=\"descending\"" : "";
  return name + direction + "><a data-sort=\"" + std::string(sort) + "\" href=\"" +
         link_with(parameters, "sort", up ? "-" + std::string(sort) : std::string(sort)) + "\">" + std::string(title) +
         "</a></th>";
}

std::string pager(const wire::Headers& parameters, const Selection& selection, std::size_t offset) {
  std::string links;
  if (offset > 0) {
    const std::size_t before = offset - std::min(offset, kRows);
    links += "<a rel=\"prev\" href=\"" + link_with(parameters, "offset", std::to_string(before)) + "\">Previous</a> ";
  }
  if (offset + selection.targets.size() < selection.total) {
    links +=
        "<a rel=\"next\" href=\"" + link_with(parameters, "offset", std::to_string(offset + kRows)) + "\">Next</a>";
  }
  return links.empty() ? "" : "<p class=\"more pager\">" + links + "</p>\n";
}

std::string table(const wire::Headers& parameters, const Selection& selection, std::size_t offset, WallTime now) {
  std::string rows;
  for (std::size_t i = 0; i < selection.targets.size(); ++i) rows += row(*selection.targets[i], now, offset + i);
  return "<div class=\"card\"><table id=\"targets\" class=\"wide\" aria-rowcount=\"" +
         std::to_string(selection.total + 1) + "\"><caption class=\"hidden\">Targets</caption><thead><tr>" +
         column(parameters, "Target", "name") + column(parameters, "State", "state") +
         "<th scope=\"col\" class=\"cause\">Cause</th>" + column(parameters, "Credential", "credential") +
         column(parameters, "Last 60 probes", "") + column(parameters, "For", "since") + "</tr></thead>\n<tbody>\n" +
         rows + "</tbody></table>\n" + pager(parameters, selection, offset) + "</div>\n";
}

}  // namespace

Response targets_page(const Request& request, const Snapshot& snapshot, const About& about) {
  wire::Headers parameters = request.query;
  std::erase_if(parameters, [](const wire::Header& parameter) { return parameter.second.empty(); });
  std::string error;
  auto query = read_target_query(parameters, error);
  if (!query) return text_response(400, error);
  query->limit = kRows;
  const Selection selection = select(*query, snapshot.targets, parameters);
  const std::string title = count_of(selection.total, "target", "targets");
  return page(kHtmlType,
              framed({.title = title,
                      .here = "targets",
                      .root = "./",
                      .icon = State::pending,
                      .body = "<h1 id=\"count\" aria-live=\"polite\">" + title + "</h1>\n" +
                              form(parameters, snapshot) + table(parameters, selection, query->offset, snapshot.taken)},
                     about, snapshot.taken));
}

}  // namespace authprobe::web
