#include "exporter/config/load.h"
#include "exporter/config/read_connection.h"
#include "exporter/config/read_credential.h"
#include "exporter/config/read_expect.h"
#include "exporter/config/read_expiry.h"
#include "exporter/config/read_maintenance.h"
#include "exporter/config/read_secret.h"
#include "exporter/config/read_settings.h"
#include "exporter/config/read_target.h"

namespace authprobe::config {
namespace {

template <typename T>
void add(std::vector<std::string>& keys, const std::string& prefix, std::span<const Key<T>> table) {
  for (const Key<T>& key : table) keys.push_back(prefix + std::string(key.name));
}

void add_target_keys(std::vector<std::string>& keys, const std::string& prefix, bool inherited_only) {
  for (const Key<TargetDraft>& key : target_keys()) {
    if (is_inherited(key) || !inherited_only) keys.push_back(prefix + std::string(key.name));
  }
  add(keys, prefix + "tls.", tls_keys());
  add(keys, prefix + "controls.", control_keys());
  add(keys, prefix + "expect.", expect_keys());
  add(keys, prefix + "expect.headers.", header_check_keys());
  add(keys, prefix + "expect.json.", json_check_keys());
  add(keys, prefix + "maintenance.", maintenance_keys());
}

}  // namespace

std::vector<std::string> known_keys() {
  std::vector<std::string> keys{"include"};
  add(keys, "settings.", settings_keys());
  add_target_keys(keys, "defaults.", true);
  add(keys, "credentials.NAME.", credential_keys());
  add(keys, "credentials.NAME.tls.", tls_keys());
  add(keys, "credentials.NAME.expiry_header.", expiry_header_keys());
  add(keys, "credentials.NAME.expiry_lookup.", expiry_lookup_keys());
  add(keys, "credentials.NAME.introspection.", introspection_keys());
  for (const std::string_view secret :
       {"token", "key", "username", "password", "cookie", "client_id", "client_secret", "signing_key", "access_key_id",
        "secret_access_key", "session_token", "certificate", "private_key", "certificate_password"}) {
    add(keys, "credentials.NAME." + std::string(secret) + ".", secret_keys());
  }
  add_target_keys(keys, "targets.NAME.", false);
  return keys;
}

}  // namespace authprobe::config
