// One trouble as a row that unfolds to its evidence, advice, links and targets. Pure.
#pragma once

#include <string>

#include "exporter/web/trouble.h"

namespace authprobe::web {

std::string trouble_row(const Trouble& trouble, WallTime now, bool open);

// The facts of a diagnosis, and what to do: for the page of a target too. Empty without any.
std::string evidence_list(const std::vector<std::string>& evidence);
std::string advice_line(std::string_view advice);

}  // namespace authprobe::web
