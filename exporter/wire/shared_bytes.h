// Bytes that several readers share, whatever object holds them: a body that goes to many clients is there once.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

namespace authprobe::wire {

using SharedBytes = std::shared_ptr<const std::string_view>;

// `owner`: a std::string, or another object that converts to the view of its bytes.
template <typename Owner>
SharedBytes share(Owner owner) {
  struct Shared {
    Owner owner;
    std::string_view view;
  };
  auto shared = std::make_shared<Shared>(Shared{std::move(owner), {}});
  shared->view = static_cast<std::string_view>(shared->owner);
  return {shared, &shared->view};
}

}  // namespace authprobe::wire
