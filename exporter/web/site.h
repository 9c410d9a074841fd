// The exporter's site: its paths and their answers. Pages and scrapes are rendered on a separate thread of the site.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/metrics/exposition.h"
#include "exporter/web/http.h"
#include "exporter/web/status_store.h"
#include "exporter/web/worker.h"
#include "exporter/wire/time.h"

namespace authprobe::web {

class Site {
 public:
  // The exporter's own data on the site.
  struct About {
    std::string version;
    std::string revision;  // may be empty
    std::string telemetry_path = "/metrics";
  };

  // Actions of the exporter. Called on server threads; none of them blocks.
  struct Actions {
    std::function<void(std::string target, std::chrono::milliseconds timeout, Reply reply)> probe;
    std::function<void(Reply reply)> reload;
    std::function<bool()> ready;
    std::function<std::optional<std::string>()> trouble;  // why the exporter is not healthy; nothing: it is
  };

  // `store` and `exposition` outlive this object.
  Site(About about, const StatusStore& store, metrics::Exposition& exposition, Actions actions);

  // Their handlers refer to this object.
  std::vector<Route> routes();

 private:
  void serve_metrics(const Request& request, Reply reply);
  void serve_probe(const Request& request, Reply reply) const;
  Handler rendered(std::function<Response(const Request&)> render);

  // The renderer's thread.
  Response landing() const;
  Response one_target(const Request& request) const;

  const About about_;
  const WallTime started_ = std::chrono::system_clock::now();
  const StatusStore& store_;
  metrics::Exposition& exposition_;
  const Actions actions_;
  Worker renderer_;  // last: its jobs use the others
};

}  // namespace authprobe::web
