// The controls of one episode: which requests would tell its causes apart, one after another, and what they told. One
// is sent after each refused probe at most, so that controls never come more often than the target's own probes. Pure.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "exporter/config/config.h"
#include "exporter/diagnosis/controls.h"
#include "exporter/http/request.h"
#include "exporter/http/response.h"

namespace authprobe::prober {

enum class ControlKind { anonymous, control_url, address };

struct Control {
  ControlKind kind = ControlKind::anonymous;
  std::string address;  // of kind address: where to
};

// What of a refusal is kept to compare other answers with: little, since all of a large fleet may be refused at once.
struct Fingerprint {
  explicit Fingerprint(const http::Response& response)
      : status(response.status), body_hash(std::hash<std::string>{}(response.body)) {}
  bool operator==(const Fingerprint&) const = default;
  int status;
  std::size_t body_hash;
};

class EpisodeControls {
 public:
  // What there is to ask with, beside the target's own settings.
  struct Means {
    bool credential = false;     // the probe carries one
    bool password_like = false;  // it is one that locks an account after so many failures: nothing is asked
    std::vector<std::string> other_addresses;  // of the host, beside the one that refused
  };

  EpisodeControls(const config::Target& target, const Means& means);

  // The next control to send; none is left at the end.
  std::optional<Control> next();

  // Takes its answer; `refusal` is the answer that it is compared with.
  void take(const Control& control, const http::Response& answer, const Fingerprint& refusal);

  const diagnosis::Controls& found() const { return found_; }

 private:
  static constexpr std::size_t kMostAddresses = 4;
  std::vector<Control> planned_;
  std::size_t sent_ = 0;
  diagnosis::Controls found_;
};

// The request of a control, made from that of an ordinary probe with its credential: kinds anonymous and control_url
// carry none. Fresh tokens and next credentials are the caller's to put in.
http::Request control_request(const Control& control, const config::Target& target, http::Request probe);

}  // namespace authprobe::prober
