#include "exporter/config/key_places.h"

#include <map>
#include <variant>

#include "exporter/config/document.h"
#include "exporter/wire/file.h"

namespace authprobe::config {
namespace {

constexpr std::size_t kLargestSource = 64U << 20;
constexpr std::string_view kTargets = "targets.";

using Places = std::map<std::string, Position, std::less<>>;  // by path: "credentials.billing.token"

void add_places(const std::string& file, const std::string& path, const Table& table, Places& places) {
  for (const Entry& entry : table) {
    const std::string key = path.empty() ? entry.key : path + '.' + entry.key;
    places.emplace(key, Position{file, entry.line, entry.column});
    if (const auto* inner = std::get_if<Table>(&entry.value.data)) add_places(file, key, *inner, places);
  }
}

Places places_in(const std::vector<std::string>& files) {
  Places places;
  for (const std::string& file : files) {
    const wire::FileText text = wire::read_file(file, kLargestSource);
    if (!text.problem.empty()) continue;
    Findings reported_by_load;
    const auto document = parse_document(text.text.reveal(), file, reported_by_load);
    const Table* root = document ? std::get_if<Table>(&document->data) : nullptr;
    if (root != nullptr) add_places(file, "", *root, places);
  }
  return places;
}

// The key that a target inherits: "defaults.tls.ca_file" for "targets.NAME.tls.ca_file". A name may have dots, so that
// the longest key that exists counts.
const Position* inherited(const Places& places, std::string_view key) {
  if (!key.starts_with(kTargets)) return nullptr;
  for (auto dot = key.find('.', kTargets.size()); dot != std::string_view::npos; dot = key.find('.', dot + 1)) {
    const auto found = places.find("defaults" + std::string(key.substr(dot)));
    if (found != places.end()) return &found->second;
  }
  return nullptr;
}

const Position* place_of(const Places& places, std::string_view key) {
  if (const auto exact = places.find(key); exact != places.end()) return &exact->second;
  if (const Position* place = inherited(places, key)) return place;
  for (auto dot = key.rfind('.'); dot != std::string_view::npos; dot = key.substr(0, dot).rfind('.')) {
    if (key.substr(0, dot + 1) == kTargets) break;  // a target that no file names has a place of its own
    const auto above = places.find(key.substr(0, dot));
    if (above != places.end()) return &above->second;
  }
  return nullptr;
}

}  // namespace

void place_at_keys(std::vector<Finding>& findings, const std::vector<std::string>& files) {
  const Places places = places_in(files);
  for (Finding& finding : findings) {
    if (const Position* place = place_of(places, finding.key)) finding.position = *place;
  }
}

}  // namespace authprobe::config
