// The client certificates that connections name by their files: `tls.certificate_file` and `tls.private_key_file`.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "exporter/config/config.h"
#include "exporter/http/client_identity.h"
#include "exporter/wire/file.h"

namespace authprobe::http {

// libcurl would open the files itself, for each connection, and would wait for a pipe.
class ClientIdentityFiles {
 public:
  using Clock = wire::FileWatch::Clock;
  struct Found {
    std::shared_ptr<const ClientIdentity> identity;  // null: see `error`, or `tls` names no file
    std::string error;                               // names the file; nothing of its contents
  };

  // Files are looked at once a second at most, and read again when they have changed.
  const Found& get(const config::Tls& tls, Clock::time_point now);

 private:
  using Paths = std::pair<std::string, std::string>;  // the certificate's, the key's; empty: in the certificate's
  struct Entry {
    Found found;
    wire::FileWatch watch;
  };
  std::map<Paths, Entry> entries_;
};

}  // namespace authprobe::http
