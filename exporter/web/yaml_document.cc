#include "exporter/web/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>

namespace authprobe::web {
namespace {

using config::Position;
using config::Value;

constexpr int kMostNodes = 10'000;
constexpr int kMostDepth = 16;

// yaml-cpp counts from 0.
std::uint32_t from_one(int index) {
  return static_cast<std::uint32_t>(std::max(index, 0)) + 1;
}

struct TooLarge {
  Position position;
};

class Converter {
 public:
  Converter(const std::string& file, config::Findings& findings) : file_(file), findings_(findings) {}

  Value convert(const YAML::Node& node, int depth = 0) {
    // Nodes of anchors are counted each time that they are used: nine lines of them can stand for a billion.
    if (++nodes_ > kMostNodes || depth > kMostDepth) throw TooLarge{position(node)};
    Value value;
    value.line = from_one(node.Mark().line);
    value.column = from_one(node.Mark().column);
    switch (node.Type()) {
      case YAML::NodeType::Map: value.data = entries(node, depth); break;
      case YAML::NodeType::Sequence: {
        config::Array elements;
        for (const YAML::Node& element : node) elements.push_back(convert(element, depth + 1));
        value.data = std::move(elements);
        break;
      }
      case YAML::NodeType::Scalar: convert_scalar(node, value); break;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined: value.data = config::Table{}; break;
    }
    return value;
  }

 private:
  Position position(const YAML::Node& node) const {
    return {file_, from_one(node.Mark().line), from_one(node.Mark().column)};
  }

  config::Table entries(const YAML::Node& map, int depth) {
    config::Table table;
    for (const auto& pair : map) {
      const YAML::Node& key = pair.first;
      const YAML::Node& node = pair.second;
      if (!key.IsScalar()) {
        findings_.error(position(key), "", "a key must be a plain word");
        continue;
      }
      const bool is_repeated = std::ranges::any_of(table, [&](const auto& entry) { return entry.key == key.Scalar(); });
      if (is_repeated) {
        findings_.error(position(key), key.Scalar(), "is there twice");
      } else if (!node.IsNull()) {
        const Position at = position(key);
        table.push_back({key.Scalar(), at.line, at.column, convert(node, depth + 1)});
      }
    }
    std::ranges::sort(table, {}, &config::Entry::key);
    return table;
  }

  static void convert_scalar(const YAML::Node& node, Value& value) {
    const std::string& text = node.Scalar();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_quoted = node.Tag() == "!";
    if (!is_quoted && (text == "true" || text == "false")) {
      value.data = text == "true";
    } else if (!is_quoted && error == std::errc{} && end == text.data() + text.size()) {
      value.data = number;
    } else {
      value.data = text;
    }
  }

  const std::string& file_;
  config::Findings& findings_;
  int nodes_ = 0;
};

}  // namespace

std::optional<Value> parse_yaml(std::string_view text, const std::string& file, config::Findings& findings) {
  try {
    return Converter(file, findings).convert(YAML::Load(std::string(text)));
  } catch (const TooLarge& large) {
    findings.error(large.position, "", "the file is nested too deeply or has too many values");
  } catch (const YAML::Exception& error) {
    findings.error({file, from_one(error.mark.line), from_one(error.mark.column)}, "", "is not YAML: " + error.msg);
  }
  return std::nullopt;
}

}  // namespace authprobe::web
