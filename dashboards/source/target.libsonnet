// One target, from wherever it is probed.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

local target(metric, more='') = a.sel(metric, 'target="$target"' + (if more == '' then '' else ', ' + more));
local from = 'location, instance';
local who = '{{location}} {{instance}}';
local places = [g.column('location', 'Location', g.wide(110)), g.column('instance', 'Exporter', g.linked(a.toExporter) + g.wide(170))];

local now = [
  g.stat(
    'State',
    'What the last probe means, from each exporter.',
    [g.now(a.stateCode(from, 'target="$target"'), who)]
  ) + g.size(6, 5)
  + g.withMappings([a.stateMap]) + g.withUnit('none'),
  g.stat(
    'Status code',
    'What the server answered last.',
    [g.now('max by (%s) (%s)' % [from, target('authprobe_http_status_code')], who)]
  ) + g.size(4, 5)
  + g.withMappings(a.codeMaps) + g.withUnit('none'),
  g.table(
    'Why it is refused',
    'The diagnosed cause. The exporter says the evidence and what to do: /api/v1/targets/NAME, or `authprobe_exporter diagnose NAME`.',
    ['max by (%s, cause, confidence) (%s)' % [from, target('authprobe_auth_failure_cause')]],
    [
      g.column('cause', 'Cause', g.mapped([a.causeTexts])),
      g.column('confidence', 'Confidence', g.mapped([a.confidenceTexts]) + g.wide(100)),
    ] + places,
    hidden=['Value']
  ) + g.size(10, 5) + g.withNoValue('not refused'),
  g.stat(
    'Last ok',
    'When a probe last went as expected.',
    [g.now('1000 * max by (%s) (%s)' % [from, target('authprobe_last_success_timestamp_seconds')], who)]
  ) + g.size(4, 5)
  + g.withUnit('dateTimeFromNow') + g.fixed('text') + g.withNoValue('never'),
  g.table(
    'What it is',
    'From the configuration: where it is, which credential it uses, and your own labels.',
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
    'When its credential ends',
    'What is known of the end of what it is probed with.',
    [
      '1000 * min by (credential, kind, source) (%s and on (job, instance, credential) %s)' % [
        a.sel('authprobe_credential_expiration_timestamp_seconds'),
        target('authprobe_target_info'),
      ],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('kind', 'What ends', g.wide(100)),
      g.column('source', 'Says', g.wide(120)),
      g.column('Value', 'Ends', g.unit('dateTimeFromNow') + g.wide(150)),
    ]
  ) + g.size(10, 5) + g.withNoValue('nothing is known'),
];

local history = [
  g.timeline(
    'State over time',
    'What each probe meant, from each exporter.',
    [g.range(a.stateCode(from, 'target="$target"'), who)]
  ) + g.size(24, 5)
  + g.withMappings([a.stateMap]) + g.withUnit('none'),
  g.timeline(
    'Status code over time',
    'What the server answered.',
    [g.range('max by (%s) (%s)' % [from, target('authprobe_http_status_code')], who)]
  ) + g.size(24, 5)
  + g.withMappings(a.codeMaps) + g.withUnit('none'),
  g.timeline(
    'Cause over time',
    'Why it was refused, and how sure that was. A cause that gives way to another was corrected, by a control probe for instance.',
    [g.range(a.confidenceCode('cause, location', 'target="$target"'), '{{cause}} {{location}}')]
  ) + g.size(24, 5) + g.withMappings([a.confidenceMap]) + g.withUnit('none') + g.withNoValue('not refused'),
  g.lines(
    'Changes of the status class',
    |||
      How often the answer was of another class than the one before. Many small ones are an intermittent refusal: a rate limit, a bad
      node, a rotation under way.
    |||,
    [
      g.range('sum by (from, to, location) (increase(%s[$__rate_interval])) > 0' % target('authprobe_status_transitions_total'), '{{from}} to {{to}} {{location}}'),
    ],
    g.columns
  ) + g.size(14, 8) + g.withUnit('none', 0) + g.withRange(0) + g.withNoValue('no change'),
  g.table(
    'Changes in this time range',
    'The same, counted.',
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
      Where the time goes: resolve and connect are the network, tls the handshake, processing the server until its first byte, transfer
      the body. The slowest of the exporters that probe it.
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
    'Answers a second.',
    [g.range('sum by (code) (rate(%s[$__rate_interval])) > 0' % target('authprobe_http_responses_total'), '{{code}}')],
    g.stacked
  ) + g.size(6, 8) + g.withUnit('reqps') + g.withRange(0) + g.withColours({
    '200': a.stateColours.ok,
    '401': a.stateColours.unauthorized,
    '403': a.stateColours.forbidden,
    '429': a.stateColours.rate_limited,
  }),
  g.lines(
    'No answer',
    'Probes a second that got no complete HTTP answer, by reason.',
    [g.range('sum by (reason) (rate(%s[$__rate_interval])) > 0' % target('authprobe_transport_errors_total'), '{{reason}}')],
    g.stacked
  ) + g.size(6, 8) + g.withUnit('reqps') + g.withRange(0) + g.withNoValue('none'),
];

local limits = [
  g.stat(
    'Server certificate',
    "When the server's chain ends.",
    [
      g.now('min by (location) (%s) - time()' % target('authprobe_tls_certificate_expiration_timestamp_seconds'), 'certificate {{location}}'),
    ]
  ) + g.size(5, 7) + g.withUnit('s') + g.withSteps(a.leftSteps) + g.withNoValue('no TLS'),
  g.lines(
    'Rate budget',
    'How many requests the server still allows in its window, as it tells itself.',
    [
      g.range('min by (location) (%s)' % target('authprobe_rate_limit_remaining'), 'left {{location}}'),
      g.range('min by (location) (%s)' % target('authprobe_rate_limit_limit'), 'allowed {{location}}'),
    ]
  ) + g.size(10, 7) + g.withUnit('none') + g.withRange(0) + g.withNoValue('the server does not tell'),
  g.stat(
    'Window begins anew',
    'When the server will count from 0 again.',
    [g.now('1000 * max by (location) (%s)' % target('authprobe_rate_limit_reset_timestamp_seconds'), 'reset {{location}}')]
  ) + g.size(4, 7) + g.withUnit('dateTimeFromNow') + g.fixed('text') + g.withNoValue('the server does not tell'),
  g.stat(
    'Set aside',
    |||
      How much longer than its interval the next probe waits, since the server asked for it; and whether it is in a maintenance window,
      in which it alerts nobody.
    |||,
    [
      g.now('max(%s)' % target('authprobe_target_backoff_seconds'), 'waits longer by'),
      g.now('max(%s)' % target('authprobe_target_maintenance'), 'maintenance'),
    ]
  ) + g.size(5, 7) + g.withUnit('s') + g.withSteps(g.steps([[null, 'green'], [1, 'yellow']])) + {
    fieldConfig+: { overrides+: [{ matcher: { id: 'byName', options: 'maintenance' }, properties: g.unit('bool_yes_no') }] },
  },
];

local probing = [
  g.lines(
    'Age of the last probe',
    'It saws between 0 and the interval, and the interval alone is flat. A slope that goes on rising means that probing has stopped.',
    [
      g.range('time() - max by (%s) (%s)' % [from, target('authprobe_last_probe_timestamp_seconds')], 'age ' + who),
      g.range('max(%s)' % target('authprobe_target_interval_seconds'), 'interval'),
    ]
  ) + g.size(12, 7) + g.withUnit('s') + g.withRange(0),
  g.lines(
    'Probes',
    'Probes a second, and those that did not go as expected.',
    [
      g.range('sum(rate(%s[$__rate_interval]))' % target('authprobe_probes_total'), 'all'),
      g.range('sum(rate(%s[$__rate_interval]))' % target('authprobe_probe_failures_total'), 'failed'),
    ]
  ) + g.size(12, 7) + g.withUnit('reqps') + g.withRange(0) + g.withColours({ all: 'green', failed: 'red' }),
];

g.dashboard(
  'authprobe-target',
  'authprobe: target',
  'One target: its state, the cause of a refusal, what changed when, and its limits.',
  a.variables + [
    g.variable('target', 'label_values(authprobe_target_info{job=~"$job", instance=~"$instance", location=~"$location"}, target)', 'Target'),
  ],
  [a.refusals('from, to, location', ', target="$target"'), a.recoveries('from, to, location', ', target="$target"')],
  [
    { title: 'What is wrong', panels: now },
    { title: 'Since when', panels: history },
    { title: 'How it answers', panels: answers },
    { title: 'Its limits', panels: limits },
    { title: 'Is it probed?', panels: probing },
  ]
)
