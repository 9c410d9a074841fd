// Answers that many viewers share: each is rendered once per snapshot and compressed once, and a viewer that has it
// already gets 304 (RFC 9110, section 13.1.2). The renderer's thread only.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "exporter/web/http.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

class Renderings {
 public:
  using Render = std::function<Response(const Request&, const Snapshot&)>;

  // `store` outlives this object.
  explicit Renderings(const StatusStore& store) : store_(store) {}

  // The answer that `render` gives to a GET request, perhaps to an equal one of a moment ago. Its ETag is the one that
  // `render` set, else made from its body.
  Response answer(const Request& request, const Render& render);

 private:
  struct Rendering {
    Response response;  // with its ETag
    std::string etag;
    wire::SharedBytes gzip;  // null: not compressed yet
  };

  const Snapshot& snapshot();
  Response compressed(Rendering& rendering) const;

  const StatusStore& store_;
  Snapshot snapshot_;
  std::chrono::steady_clock::time_point next_snapshot_;  // zero: none was made
  std::map<std::string, Rendering> kept_;                // by path and query, of this snapshot
  std::size_t kept_bytes_ = 0;
};

}  // namespace authprobe::web
