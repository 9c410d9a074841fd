// prometheus-cpp's own way to serve a fleet's series: reads a text exposition, makes each gauge and counter in it a
// member of a family in a Registry, and serves them with an Exposer until standard input ends.
#include <prometheus/counter.h>
#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

namespace {

struct Sample {
  std::string name;
  prometheus::Labels labels;
  double value = 0;
};

// One label value up to its closing quote, unescaped; leaves `text` behind the quote.
std::string take_value(std::string_view& text) {
  std::string value;
  while (!text.empty() && text.front() != '"') {
    if (text.front() == '\\') text.remove_prefix(1);
    value += text.front();
    text.remove_prefix(1);
  }
  text.remove_prefix(1);
  return value;
}

// A sample line of a text that is known to be valid.
Sample parse(std::string_view line) {
  Sample sample;
  const std::size_t name_end = line.find_first_of("{ ");
  sample.name = line.substr(0, name_end);
  line.remove_prefix(name_end);
  while (line.front() != ' ') {
    line.remove_prefix(1);  // the opening brace, or a comma
    if (line.front() == '}') break;
    const std::size_t equals = line.find('=');
    const std::string label(line.substr(0, equals));
    line.remove_prefix(equals + 2);
    sample.labels[label] = take_value(line);
    if (line.front() == '}') break;
  }
  sample.value = std::strtod(line.data() + line.find(' '), nullptr);
  return sample;
}

class Fleet {
 public:
  explicit Fleet(prometheus::Registry& registry) : registry_(registry) {}

  void read(const char* path) {
    std::ifstream file(path);
    std::map<std::string, std::string> types;
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with("# TYPE ")) {
        const std::size_t space = line.find(' ', 7);
        types[line.substr(7, space - 7)] = line.substr(space + 1);
      }
      if (line.empty() || line[0] == '#') continue;
      const Sample sample = parse(line);
      const auto type = types.find(sample.name);
      if (type != types.end()) add(sample, type->second);  // a histogram's series have no type under their own name
    }
  }

  std::size_t size() const { return size_; }

 private:
  void add(const Sample& sample, const std::string& type) {
    if (type == "counter") {
      auto& family = counters_[sample.name];
      if (family == nullptr) family = &prometheus::BuildCounter().Name(sample.name).Help("help").Register(registry_);
      family->Add(sample.labels).Increment(sample.value);
    } else {
      auto& family = gauges_[sample.name];
      if (family == nullptr) family = &prometheus::BuildGauge().Name(sample.name).Help("help").Register(registry_);
      family->Add(sample.labels).Set(sample.value);
    }
    ++size_;
  }

  prometheus::Registry& registry_;
  std::map<std::string, prometheus::Family<prometheus::Counter>*> counters_;
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> gauges_;
  std::size_t size_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto registry = std::make_shared<prometheus::Registry>();
  Fleet fleet(*registry);
  fleet.read(argv[1]);
  prometheus::Exposer exposer("127.0.0.1:0");
  exposer.RegisterCollectable(registry);
  std::printf("{\"port\": %d, \"series\": %zu}\n", exposer.GetListeningPorts().front(), fleet.size());
  std::fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
}
