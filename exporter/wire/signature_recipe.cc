#include "exporter/wire/signature_recipe.h"

#include <algorithm>

namespace authprobe::wire {

TemplatePiece take_piece(std::string_view& rest) {
  const auto take = [&rest](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(taken.size());
    return taken;
  };
  if (rest.front() != '{') return {take(std::min(rest.find('{'), rest.size())), std::nullopt};
  if (rest.starts_with("{{")) {
    rest.remove_prefix(1);
    return {take(1), std::nullopt};
  }
  const auto end = rest.find('}');
  if (end == std::string_view::npos) return {take(rest.size()), std::nullopt, true};
  const std::string_view name = take(end + 1).substr(1, end - 1);
  const auto known = std::ranges::find(kRequestParts, name, &PartName::name);
  if (known == kRequestParts.end()) return {name, std::nullopt, true};
  return {name, known->part};
}

bool has_part(std::string_view text, const std::function<bool(RequestPart)>& is_it) {
  while (!text.empty()) {
    const TemplatePiece piece = take_piece(text);
    if (piece.part && is_it(*piece.part)) return true;
  }
  return false;
}

}  // namespace authprobe::wire
