// Reads the keys of a target that say how its server is reached.
#pragma once

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<Tls>> tls_keys();

void read_tls(const Field& field, Connection& into);
void read_proxy(const Field& field, Connection& into);
void read_unix_socket(const Field& field, Connection& into);
void read_resolve(const Field& field, Connection& into);
void read_mode(const Field& field, Connection& into);
void read_http_version(const Field& field, Connection& into);
void read_ip_version(const Field& field, Connection& into);
void read_timeout(const Field& field, Connection& into);
void read_max_response_size(const Field& field, Connection& into);
void read_max_redirects(const Field& field, Connection& into);

}  // namespace authprobe::config
