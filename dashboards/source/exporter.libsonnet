// The exporters: whether the other dashboards show complete and current data.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

local buckets(metric) = 'sum by (le) (rate(%s[$__rate_interval]))' % a.sel(metric + '_bucket');
local quantiles(metric) = [
  g.range('histogram_quantile(0.%d, %s)' % [percent, buckets(metric)], 'p%d' % percent)
  for percent in [50, 90, 99]
];
local each(title, description, expr, unit, width=8) =
  g.lines(title, description, [g.range(expr, '{{instance}}')]) + g.size(width, 8) + g.withUnit(unit) + g.withRange(0);

local there = [
  g.stat(
    'Exporters',
    |||
      Number of exporters that are scraped, that are not scraped, and that keep an older configuration because the new one has errors;
      number of targets, and of targets whose last probe is older than three intervals and a minute, because probing has stopped.
    |||,
    [
      g.now('count(%s == 1) or vector(0)' % a.sel('up'), 'Up'),
      g.now('count(%s == 0) or vector(0)' % a.sel('up'), 'Down'),
      g.now('count(%s == 0) or vector(0)' % a.sel('authprobe_config_last_reload_successful'), 'Reload failed'),
      g.now('sum(%s)' % a.sel('authprobe_targets'), 'Targets'),
      g.now('sum(%s)' % a.sel('authprobe_overdue_targets'), 'Stale targets'),
    ]
  ) + g.size(24, 4) + g.withUnit('none')
  + g.withCountColours({ Up: 'green', Down: 'red', 'Reload failed': 'orange', Targets: 'green', 'Stale targets': 'red' }),
  g.table(
    'Exporter details',
    'Version, start, targets and configuration of each exporter. With --shard=I/N, the shard is I of N. One row per exporter.',
    [
      'min by (job, instance, location) (%s)' % a.sel('up'),
      'max by (job, instance, location, version, revision) (%s)' % a.sel('authprobe_build_info'),
      '1000 * max by (job, instance, location) (%s)' % a.sel('process_start_time_seconds'),
      'max by (job, instance, location) (%s)' % a.sel('authprobe_targets'),
      'max by (job, instance, location) (%s)' % a.sel('authprobe_config_last_reload_successful'),
      '1000 * max by (job, instance, location) (%s)' % a.sel('authprobe_config_last_reload_success_timestamp_seconds'),
      'max by (job, instance, location, shard, shards) (%s)' % a.sel('authprobe_shard_info'),
    ],
    [
      g.column('instance', 'Instance'),
      g.column('job', 'Job'),
      g.column('location', 'Location'),
      g.column('Value #A', 'Up', g.yesNo + g.wide(70)),
      g.column('version', 'Version', g.wide(110)),
      g.column('revision', 'Revision', g.wide(110)),
      g.column('Value #C', 'Started', g.unit('dateTimeFromNow') + g.wide(140)),
      g.column('Value #D', 'Targets', g.unit('none') + g.wide(80)),
      g.column('shard', 'Shard', g.wide(70)),
      g.column('shards', 'Shards', g.wide(60)),
      g.column('Value #E', 'Reload ok', g.yesNo + g.wide(90)),
      g.column('Value #F', 'Last reload', g.unit('dateTimeFromNow') + g.wide(150)),
    ],
    hidden=['Value #B', 'Value #G'],
    sort=g.ascending('Up')
  ) + g.size(24, 7),
];

local schedule = [
  each('Probes', 'Finished probes per second, by exporter.', 'sum by (instance) (rate(%s[$__rate_interval]))' % a.sel('authprobe_probes_total'), 'reqps'),
  g.lines(
    'Schedule delay',
    |||
      How much later than its slot a probe started, over all selected exporters. Above one second, the exporter is overloaded: it lacks CPU,
      or max_in_flight is reached.
    |||,
    quantiles('authprobe_schedule_delay_seconds')
  ) + g.size(8, 8) + g.withUnit('s') + g.withRange(0),
  each(
    'Missed slots',
    |||
      Slots per second that passed while the target's previous probe was still in progress: a timeout longer than the interval, or a server
      that hangs.
    |||,
    'sum by (instance) (rate(%s[$__rate_interval]))' % a.sel('authprobe_schedule_missed_total'),
    'cps'
  ),
  each('Probes in flight', 'Probes in progress at the time of the scrape.', a.sel('authprobe_probes_in_flight'), 'none'),
  g.lines('Probe duration', 'Duration of probes, over all targets of the selected exporters.', quantiles('authprobe_probe_duration_seconds')) + g.size(8, 8)
  + g.withUnit('s') + g.withRange(0),
  g.lines(
    'Transport errors',
    'Probes per second without a complete HTTP answer, by reason. Errors of many targets at once point to the network of the exporter.',
    [g.range('sum by (reason) (rate(%s[$__rate_interval])) > 0' % a.sel('authprobe_transport_errors_total'), '{{reason}}')],
    g.stacked
  ) + g.size(8, 8) + g.coarse + g.withUnit('reqps') + g.withRange(0) + g.withNoValue('none'),
];

local process = [
  each('CPU', 'CPU seconds per second; 100 % is one core.', 'rate(%s[$__rate_interval])' % a.sel('process_cpu_seconds_total'), 'percentunit', 6),
  each('Memory', 'Resident memory.', a.sel('process_resident_memory_bytes'), 'bytes', 6),
  g.lines(
    'File descriptors',
    'Open file descriptors as a share of the limit.',
    [g.range('%s / %s' % [a.sel('process_open_fds'), a.sel('process_max_fds')], '{{instance}}')]
  ) + g.size(6, 8) + g.withUnit('percentunit', 1) + g.withRange(0),
  each('Threads', 'Threads of the process.', a.sel('process_threads'), 'none', 6),
];

local scrapes = [
  each('Scrape duration', 'Duration of scrapes of /metrics. If it exceeds scrape_timeout, there is no data.', a.sel('scrape_duration_seconds'), 's', 12),
  each('Samples in a scrape', 'Number of samples per scrape: about 60 per target.', a.sel('scrape_samples_scraped'), 'none', 12),
];

g.dashboard(
  'authprobe-exporter',
  'authprobe: exporters',
  'Presence, schedule and resources of the exporters.',
  a.variables,
  [
    g.annotation(
      'Reloads',
      'changes(%s[$__rate_interval]) > 0' % a.sel('authprobe_config_last_reload_success_timestamp_seconds'),
      'Configuration loaded',
      '{{instance}}',
      'blue'
    ),
    g.annotation(
      'Restarts',
      'changes(%s[$__rate_interval]) > 0' % a.sel('process_start_time_seconds'),
      'Restarted',
      '{{instance}}',
      'orange'
    ),
  ],
  [
    { title: 'Presence', panels: there },
    { title: 'Schedule', panels: schedule },
    { title: 'Process', panels: process },
    { title: 'Scrapes', panels: scrapes },
  ]
)
