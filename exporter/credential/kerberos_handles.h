// Owners of what libkrb5 hands out. Each belongs to a context and is used on its thread; a context's clock follows that
// of the KDC which it has heard.
#pragma once

#include <krb5.h>

#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace authprobe::credential {

using KerberosContext = std::shared_ptr<std::remove_pointer_t<krb5_context>>;

// `free_with` is libkrb5's function for it.
template <typename T, auto free_with>
class KerberosHandle {
 public:
  explicit KerberosHandle(KerberosContext context) : context_(std::move(context)) {}
  ~KerberosHandle() { reset(); }
  KerberosHandle(const KerberosHandle&) = delete;
  KerberosHandle& operator=(const KerberosHandle&) = delete;

  T get() const { return held_; }
  T* fill() {  // for a function that makes one
    reset();
    return &held_;
  }
  void reset() {
    if (held_ != nullptr) free_with(context_.get(), held_);
    held_ = nullptr;
  }

 private:
  KerberosContext context_;
  T held_ = nullptr;
};

// The bytes of a message that libkrb5 has made.
class KerberosData {
 public:
  explicit KerberosData(KerberosContext context) : context_(std::move(context)) {}
  ~KerberosData() { krb5_free_data_contents(context_.get(), &data_); }
  KerberosData(const KerberosData&) = delete;
  KerberosData& operator=(const KerberosData&) = delete;

  krb5_data* fill() { return &data_; }
  std::string_view bytes() const { return {data_.data, data_.length}; }

 private:
  KerberosContext context_;
  krb5_data data_{};
};

}  // namespace authprobe::credential
