// One object for all equal values, so that ten thousand targets share a few.
#pragma once

#include <memory>
#include <set>

namespace authprobe::config {

template <typename T>
class Interner {
 public:
  std::shared_ptr<const T> get(const T& value) {
    const auto known = values_.find(value);
    if (known != values_.end()) return *known;
    return *values_.insert(std::make_shared<const T>(value)).first;
  }

 private:
  struct Less {
    using is_transparent = void;
    static const T& value(const std::shared_ptr<const T>& pointer) { return *pointer; }
    static const T& value(const T& self) { return self; }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return value(a) < value(b);
    }
  };
  std::set<std::shared_ptr<const T>, Less> values_;
};

}  // namespace authprobe::config
