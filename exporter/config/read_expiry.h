// Reads the keys of a credential that say when it ends, who can be asked, and when to warn.
#pragma once

#include <span>

#include "exporter/config/field.h"

namespace authprobe::config {

std::span<const Key<ExpiryHeader>> expiry_header_keys();
std::span<const Key<ExpiryLookup>> expiry_lookup_keys();
std::span<const Key<Introspection>> introspection_keys();

void read_issued_at(const Field& field, Credential& into);
void read_declared_age(const Field& field, Credential& into);
void read_sliding(const Field& field, Credential& into);
void read_warn_before(const Field& field, Credential& into);
void read_critical_before(const Field& field, Credential& into);
void read_expiry_header(const Field& field, Credential& into);
void read_expiry_lookup(const Field& field, Credential& into);
void read_introspection(const Field& field, Credential& into);

// Rules between these keys. `field` is the credential.
void check_expiry(const Field& field, const Credential& credential);

// The configuration says when it ends, or whom to ask.
bool tells_expiry(const Credential& credential);

}  // namespace authprobe::config
