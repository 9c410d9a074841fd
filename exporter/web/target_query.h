// Which targets a request asks for, in which order, and how many: the parameters of /api/v1/targets and of the page of
// all targets. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporter/diagnosis/diagnosis.h"
#include "exporter/web/status.h"
#include "exporter/wire/headers.h"

namespace authprobe::web {

// A value of a repeated parameter is an alternative; different parameters are all required.
struct TargetQuery {
  enum class Sort : std::uint8_t { name, since, state, credential };
  static constexpr std::size_t kMost = 10'000;  // of `limit`

  std::vector<prober::State> states;
  bool failing = false;  // state=failing: any state but ok and pending
  std::vector<diagnosis::Cause> causes;
  std::vector<std::string> credentials;  // an empty one: without a credential
  std::vector<std::string> owners;
  std::vector<std::string> hosts;  // as in the URL, with its port if the URL has one
  std::vector<std::pair<std::string, std::string>> labels;
  std::string text;  // in name, URL, credential, owner, cause or a label, without regard to case
  Sort sort = Sort::name;
  bool descending = false;
  std::optional<std::size_t> limit;  // none: all
  std::size_t offset = 0;
  std::string cursor;  // the last name of the page before; only with Sort::name

  bool matches(const TargetStatus& target) const;
};

// Reads the parameters of a URL. Nothing if one is wrong: `error` says which, without its value.
std::optional<TargetQuery> read_target_query(const wire::Headers& parameters, std::string& error);

struct Selection {
  std::vector<const TargetStatus*> targets;  // one page
  std::size_t total = 0;                     // of all pages
  std::string next;                          // the next page as parameters, "a=b&c=d"; empty: this is the last
};

// Pointers into `targets`, which are in name order.
Selection select(const TargetQuery& query, const std::vector<TargetStatus>& targets, const wire::Headers& parameters);

}  // namespace authprobe::web
