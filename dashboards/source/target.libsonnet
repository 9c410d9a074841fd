// One target, from all exporters that probe it.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

local target(metric, more='') = a.sel(metric, 'target="$target"' + (if more == '' then '' else ', ' + more));
local from = 'location, instance';
local who = '{{location}} {{instance}}';
local places = [g.column('location', 'Location', g.wide(110)), g.column('instance', 'Exporter', g.linked(a.toExporter) + g.wide(170))];

local now = [
  g.stat(
    'State',
    'State after the last probe, by exporter.',
    [g.now(a.stateCode(from, 'target="$target"'), who)]
  ) + g.size(6, 5)
  + g.withMappings([a.stateMap]) + g.withUnit('none'),
  g.stat(
    'Status code',
    'Status code of the last probe.',
    [g.now('max by (%s) (%s)' % [from, target('authprobe_http_status_code')], who)]
  ) + g.size(4, 5)
  + g.withMappings(a.codeMaps) + g.withUnit('none'),
  g.table(
    'Cause of the refusal',
    'The diagnosed cause. For evidence and advice, see /api/v1/targets/NAME of the exporter, or run `authprobe_exporter diagnose NAME`.',
    ['max by (%s, cause, confidence) (%s)' % [from, target('authprobe_auth_failure_cause')]],
    [
      g.column('cause', 'Cause', g.mapped([a.causeTexts])),
      g.column('confidence', 'Confidence', g.mapped([a.confidenceTexts]) + g.wide(100)),
    ] + places,
    hidden=['Value']
  ) + g.size(10, 5) + g.withNoValue('not refused'),
  g.stat(
    'Last ok',
    'Time of the last probe that went as expected.',
    [g.now('1000 * max by (%s) (%s)' % [from, target('authprobe_last_success_timestamp_seconds')], who)]
  ) + g.size(4, 5)
  + g.withUnit('dateTimeFromNow') + g.fixed('text') + g.withNoValue('never'),
  g.table(
    'Configuration',
    'From the configuration: the URL, the credential, and your own labels.',
    ['max without (__name__, instance, pod) (%s)' % target('authprobe_target_info')],
    [
      g.column('url', 'URL'),
      g.column('method', 'Method', g.wide(80)),
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('host', 'Host'),
      g.column('location', 'Location', g.wide(110)),
    ],
    hidden=['job', 'target', 'Value']
  ) + g.size(14, 5),
  g.table(
    'Expiry of the credential',
    'Known expiry of the credential that the target uses.',
    [
      '1000 * min by (credential, kind, source) (%s and on (job, instance, credential) %s)' % [
        a.sel('authprobe_credential_expiration_timestamp_seconds'),
        target('authprobe_target_info'),
      ],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('kind', 'Kind', g.wide(100)),
      g.column('source', 'Source', g.wide(120)),
      g.column('Value', 'Expires', g.unit('dateTimeFromNow') + g.wide(150)),
    ]
  ) + g.size(10, 5) + g.withNoValue('unknown'),
];

local history = [
  g.timeline(
    'State over time',
    'State after each probe, by exporter.',
    [g.range(a.stateCode(from, 'target="$target"'), who)]
  ) + g.size(24, 5)
  + g.withMappings([a.stateMap]) + g.withUnit('none'),
  g.timeline(
    'Status code over time',
    'Status code of each probe, by exporter.',
    [g.range('max by (%s) (%s)' % [from, target('authprobe_http_status_code')], who)]
  ) + g.size(24, 5)
  + g.withMappings(a.codeMaps) + g.withUnit('none'),
  g.timeline(
    'Cause over time',
    'Diagnosed cause and confidence. If one cause replaces another, the diagnosis was updated, for example by a control.',
    [g.range(a.confidenceCode('cause, location', 'target="$target"'), '{{cause}} {{location}}')]
  ) + g.size(24, 5) + g.withMappings([a.confidenceMap]) + g.withUnit('none') + g.withNoValue('not refused'),
  g.lines(
    'Changes of the status class',
    |||
      Number of probes with another status class than the probe before. Many small changes mean an intermittent refusal: a rate limit, a
      broken node, or a rotation in progress.
    |||,
    [
      g.range('sum by (from, to, location) (increase(%s[$__rate_interval])) > 0' % target('authprobe_status_transitions_total'), '{{from}} to {{to}} {{location}}'),
    ],
    g.columns
  ) + g.size(14, 8) + g.withUnit('none', 0) + g.withRange(0) + g.withNoValue('no change'),
  g.table(
    'Changes in this time range',
    'Number of changes of the status class, and the time of the last change.',
    [
      'sort_desc(round(sum by (location, from, to) (increase(%s[$__range]))) > 0)' % target('authprobe_status_transitions_total'),
      '1000 * max by (location) (%s > time() - $__range_s)' % target('authprobe_last_transition_timestamp_seconds'),
    ],
    [
      g.column('location', 'Location', g.wide(110)),
      g.column('from', 'From', g.wide(80)),
      g.column('to', 'To', g.wide(80)),
      g.column('Value #A', 'Times', g.unit('none', 0) + g.wide(80)),
      g.column('Value #B', 'Last change', g.unit('dateTimeFromNow')),
    ]
  ) + g.size(10, 8) + g.withNoValue('nothing'),
];

local answers = [
  g.lines(
    'Phases of a probe',
    |||
      Duration of each phase: resolve and connect are the network, tls is the handshake, processing is the server until its first byte,
      transfer is the body. Values of the slowest exporter.
    |||,
    [g.range('max by (phase) (%s)' % target('authprobe_probe_phase_duration_seconds'), '{{phase}}')],
    g.stacked
  ) + g.size(12, 8) + g.withUnit('s') + g.withRange(0) + g.withColours({
    resolve: 'light-blue',
    connect: 'blue',
    tls: 'purple',
    processing: 'orange',
    transfer: 'green',
  }),
  g.lines(
    'Answers by status code',
    'Answers per second.',
    [g.range('sum by (code) (rate(%s[$__rate_interval])) > 0' % target('authprobe_http_responses_total'), '{{code}}')],
    g.stacked
  ) + g.size(6, 8) + g.withUnit('reqps') + g.withRange(0) + g.withColours({
    '200': a.stateColours.ok,
    '401': a.stateColours.unauthorized,
    '403': a.stateColours.forbidden,
    '429': a.stateColours.rate_limited,
  }),
  g.lines(
    'Transport errors',
    'Probes per second without a complete HTTP answer, by reason.',
    [g.range('sum by (reason) (rate(%s[$__rate_interval])) > 0' % target('authprobe_transport_errors_total'), '{{reason}}')],
    g.stacked
  ) + g.size(6, 8) + g.withUnit('reqps') + g.withRange(0) + g.withNoValue('none'),
];

local limits = [
  g.stat(
    'Server certificate',
    "Time until the server's certificate chain expires.",
    [
      g.now('min by (location) (%s) - time()' % target('authprobe_tls_certificate_expiration_timestamp_seconds'), 'certificate {{location}}'),
    ]
  ) + g.size(5, 7) + g.withUnit('s') + g.withSteps(a.leftSteps) + g.withNoValue('no TLS'),
  g.lines(
    'Rate limit',
    'Requests left and allowed in the rate limit window, as the server reports them.',
    [
      g.range('min by (location) (%s)' % target('authprobe_rate_limit_remaining'), 'left {{location}}'),
      g.range('min by (location) (%s)' % target('authprobe_rate_limit_limit'), 'allowed {{location}}'),
    ]
  ) + g.size(10, 7) + g.withUnit('none') + g.withRange(0) + g.withNoValue('not reported'),
  g.stat(
    'Rate limit reset',
    'Time at which the rate limit window starts again.',
    [g.now('1000 * max by (location) (%s)' % target('authprobe_rate_limit_reset_timestamp_seconds'), 'reset {{location}}')]
  ) + g.size(4, 7) + g.withUnit('dateTimeFromNow') + g.fixed('text') + g.withNoValue('not reported'),
  g.stat(
    'Back-off and maintenance',
    |||
      Delay of the next probe beyond the interval, because the server asked for it; and whether the target is in a maintenance window, in
      which it causes no alerts.
    |||,
    [
      g.now('max(%s) or vector(0)' % target('authprobe_target_backoff_seconds'), 'back-off'),
      g.now('max(%s) or vector(0)' % target('authprobe_target_maintenance'), 'maintenance'),
    ]
  ) + g.size(5, 7) + g.withUnit('s') + g.withSteps(g.steps([[null, 'green'], [1, 'yellow']])) + {
    fieldConfig+: { overrides+: [{ matcher: { id: 'byName', options: 'maintenance' }, properties: g.unit('bool_yes_no') }] },
  },
];

local probing = [
  g.lines(
    'Age of the last probe',
    'Normally between 0 and the interval (the flat line). A line that keeps rising means that probing has stopped.',
    [
      g.range('time() - max by (%s) (%s)' % [from, target('authprobe_last_probe_timestamp_seconds')], 'age ' + who),
      g.range('max(%s)' % target('authprobe_target_interval_seconds'), 'interval'),
    ]
  ) + g.size(12, 7) + g.withUnit('s') + g.withRange(0),
  g.lines(
    'Probes',
    'Probes per second, and failed probes per second.',
    [
      g.range('sum(rate(%s[$__rate_interval]))' % target('authprobe_probes_total'), 'all'),
      g.range('sum(rate(%s[$__rate_interval]))' % target('authprobe_probe_failures_total'), 'failed'),
    ]
  ) + g.size(12, 7) + g.withUnit('reqps') + g.withRange(0) + g.withColours({ all: 'green', failed: 'red' }),
];

g.dashboard(
  'authprobe-target',
  'authprobe: target',
  'One target: state, cause of a refusal, changes, and limits.',
  a.variables + [
    g.variable('target', 'label_values(authprobe_target_info{job=~"$job", instance=~"$instance", location=~"$location"}, target)', 'Target'),
  ],
  [a.refusals('from, to, location', ', target="$target"'), a.recoveries('from, to, location', ', target="$target"')],
  [
    { title: 'Status', panels: now },
    { title: 'History', panels: history },
    { title: 'Answers', panels: answers },
    { title: 'Limits', panels: limits },
    { title: 'Probing', panels: probing },
  ]
)
