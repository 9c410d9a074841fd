// Objects of C libraries, whose own functions free them.
#pragma once

#include <memory>

namespace authprobe::wire {

template <auto release>
struct Release {
  template <typename T>
  void operator()(T* object) const {
    release(object);
  }
};

// Owned<BIO, BIO_free> frees its BIO with BIO_free().
template <typename T, auto release>
using Owned = std::unique_ptr<T, Release<release>>;

}  // namespace authprobe::wire
