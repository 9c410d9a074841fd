#include "exporter/config/yaml_document.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace authprobe::config {
namespace {

// yaml-cpp counts from 0.
std::uint32_t from_one(int index) {
  return static_cast<std::uint32_t>(std::max(index, 0)) + 1;
}

struct TooLarge {
  Position position;
};

class Converter {
 public:
  Converter(const std::string& file, Findings& findings, const YamlLimits& limits)
      : file_(file), findings_(findings), limits_(limits) {}

  Value convert(const YAML::Node& node, int depth = 0) {
    // Nine lines of anchors can stand for a billion nodes.
    if (++nodes_ > limits_.nodes || depth > limits_.depth) throw TooLarge{position(node)};
    Value value;
    value.line = from_one(node.Mark().line);
    value.column = from_one(node.Mark().column);
    switch (node.Type()) {
      case YAML::NodeType::Map: value.data = entries(node, depth); break;
      case YAML::NodeType::Sequence: {
        Array elements;
        for (const YAML::Node& element : node) elements.push_back(convert(element, depth + 1));
        value.data = std::move(elements);
        break;
      }
      case YAML::NodeType::Scalar: convert_scalar(node, value); break;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        if (limits_.scalars == YamlScalars::core) value.data = Table{};
        break;
    }
    return value;
  }

 private:
  Position position(const YAML::Node& node) const {
    return {file_, from_one(node.Mark().line), from_one(node.Mark().column)};
  }

  Table entries(const YAML::Node& map, int depth) {
    Table table;
    std::set<std::string> seen;
    for (const auto& pair : map) {
      const YAML::Node& key = pair.first;
      const YAML::Node& node = pair.second;
      if (!key.IsScalar()) {
        findings_.error(position(key), "", "a key must be a plain word");
        continue;
      }
      if (!seen.insert(key.Scalar()).second) {
        findings_.error(position(key), key.Scalar(), "is there twice");
      } else if (!node.IsNull()) {
        const Position at = position(key);
        table.push_back({key.Scalar(), at.line, at.column, convert(node, depth + 1)});
      }
    }
    std::ranges::sort(table, {}, &Entry::key);
    return table;
  }

  void convert_scalar(const YAML::Node& node, Value& value) const {
    const std::string& text = node.Scalar();
    if (limits_.scalars == YamlScalars::text) {
      value.data = text;
      return;
    }
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
  Findings& findings_;
  const YamlLimits& limits_;
  int nodes_ = 0;
};

}  // namespace

std::optional<Value> parse_yaml(std::string_view text, const std::string& file, Findings& findings,
                                const YamlLimits& limits) {
  try {
    return Converter(file, findings, limits).convert(YAML::Load(std::string(text)));
  } catch (const TooLarge& large) {
    findings.error(large.position, "", "the file is nested too deeply or has too many values");
  } catch (const YAML::Exception& error) {
    findings.error({file, from_one(error.mark.line), from_one(error.mark.column)}, "", "is not YAML: " + error.msg);
  }
  return std::nullopt;
}

}  // namespace authprobe::config
