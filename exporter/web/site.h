// The exporter's site: its paths and their answers. Pages and scrapes are rendered on a separate thread of the site.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/metrics/exposition.h"
#include "exporter/web/frame.h"
#include "exporter/web/http.h"
#include "exporter/web/renderings.h"
#include "exporter/web/status_store.h"
#include "exporter/web/worker.h"

namespace authprobe::web {

class Site {
 public:
  // Where the site is.
  struct Place {
    std::string route_prefix;  // before every path; empty or "/name"
    std::string
        external_origin;  // under which a proxy serves the site, "https://host[:port]"; empty: as the client asks
  };

  // Actions of the exporter. Called on server threads; none of them blocks.
  struct Actions {
    // `debug`: the answer tells people about the probe, instead of its metrics alone.
    std::function<void(std::string target, std::chrono::milliseconds timeout, bool debug, Reply reply)> probe;
    std::function<void(Reply reply)> reload;
    std::function<bool()> ready;
    std::function<std::optional<std::string>()> trouble;  // why the exporter is not healthy; nothing: it is
  };

  // `store` and `exposition` outlive this object.
  Site(About about, Place place, const StatusStore& store, metrics::Exposition& exposition, Actions actions);

  // Their handlers refer to this object.
  std::vector<Route> routes();

 private:
  void serve_metrics(const Request& request, Reply reply);
  void serve_probe(const Request& request, Reply reply) const;
  void probe_now(const Request& request, Reply reply) const;
  Handler rendered(Renderings::Render render);
  std::vector<Route> pages();
  std::vector<Route> files();  // that the pages load, and that people download
  std::vector<Route> api();

  const About about_;
  const Place place_;
  const StatusStore& store_;
  Renderings renderings_;  // the renderer's thread
  metrics::Exposition& exposition_;
  const Actions actions_;
  Worker renderer_;  // last: its jobs use the others
};

}  // namespace authprobe::web
