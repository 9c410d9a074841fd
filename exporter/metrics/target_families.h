// The families of targets: which series are there from the start, what a probe sets in a target's row, and how rows are
// shown. Another metric of targets is a member of RowValues, a line of record(), and a row of the table.
#pragma once

#include "exporter/config/config.h"
#include "exporter/metrics/fleet_row.h"
#include "exporter/metrics/text_writer.h"
#include "exporter/prober/probe_record.h"

namespace authprobe::metrics {

class FleetMetrics;

// increase() does not see the first event of a series that begins with it, so those that alerts look at are there
// before.
void add_zero_series(const config::Target& target, Row& row, CounterList::Nodes& nodes);

void record(const prober::ProbeRecord& record, Row& row, CounterList::Nodes& nodes);
void record(const prober::DiagnosisUpdate& update, Row& row);

// All families in a fixed order.
void write_families(const FleetMetrics& fleet, TextWriter& out);

}  // namespace authprobe::metrics
