// The page of all credentials, and of one. Pure.
#pragma once

#include <string>

#include "exporter/web/frame.h"
#include "exporter/web/status_store.h"

namespace authprobe::web {

std::string credentials_page(const Snapshot& snapshot, const About& about);

// `credential` is one of the snapshot's.
std::string credential_page(const CredentialRow& credential, const Snapshot& snapshot, const About& about);

// When the credential ends: "in 12 d", "expired 3 h ago", "never", "not known", "slides", "no longer works".
std::string expiry_words(const prober::CredentialStatus& status, WallTime now);

}  // namespace authprobe::web
