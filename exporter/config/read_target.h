// Reads one table of `targets`, or `defaults`, which has the same keys but for those that are a target's own.
#pragma once

#include <span>

#include "exporter/config/field.h"

namespace authprobe::config {

// A target before its connection and expectation are shared with those of others.
struct TargetDraft {
  Target target;
  Connection connection;
  Expectation expect;
};

std::span<const Key<TargetDraft>> target_keys();
std::span<const Key<Controls>> control_keys();

// True where [defaults] may have the key too.
bool is_inherited(const Key<TargetDraft>& key);

// `into` holds the built-in values.
void read_defaults(const Field& field, TargetDraft& into);

// `into` holds the defaults, and the target's name.
void read_target(const Field& field, TargetDraft& into);

}  // namespace authprobe::config
