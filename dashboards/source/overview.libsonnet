// The whole fleet, in the order in which one asks when woken: is it bad, what is refused and why, what is behind it, what changed,
// what is next.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

local none(expr) = expr + ' or vector(0)';
local not_ok = a.sel('authprobe_target_state', 'state!~"ok|pending"');
local hit = 'sum by (job, credential) (%s)' % a.sel('authprobe_credential_targets', 'state!~"ok|pending"');
local transitions = a.sel('authprobe_status_transitions_total');

local status = [
  g.stat(
    'Targets by state',
    'How many targets are in each state, each counted once a location. Grey is none. One tile a state, however many targets there are.',
    [g.now('sum by (state) (max by (%s, state) (%s))' % [a.each, a.sel('authprobe_target_state')], '{{state}}')]
  ) + g.size(24, 4) + g.withUnit('none') + g.withCountColours(a.stateColours),
  g.stat(
    'Credentials and exporters',
    |||
      Credentials of which a target is refused, that cannot be had, that have ended or soon will (by their own thresholds); exporters
      that are not scraped, and those that run on with an older configuration. Counts only, however many there are.
    |||,
    [
      g.now(none('count(group by (job, credential) (%s > 0))' % a.sel('authprobe_credential_targets', 'state=~"unauthorized|forbidden"')), 'Refused'),
      g.now(none('count(min by (job, credential) (%s) == 0)' % a.sel('authprobe_credential_available')), 'Not available'),
      g.now(none('count(group by (job, credential) (%s <= time()))' % a.ends()), 'Ended'),
      g.now(
        none('count(group by (job, credential) (0 < %s - time() < on (job, instance, credential) group_left () %s))' % [
          a.ends(),
          a.sel('authprobe_credential_warn_before_seconds'),
        ]),
        'End soon'
      ),
      g.now(none('count(%s == 0)' % a.sel('up')), 'Exporters down'),
      g.now(none('count(%s == 0)' % a.sel('authprobe_config_last_reload_successful')), 'Reloads failed'),
    ]
  ) + g.size(15, 7) + g.withUnit('none') + g.withCountColours({
    Refused: 'red',
    'Not available': 'dark-red',
    Ended: 'red',
    'End soon': 'orange',
    'Exporters down': 'red',
    'Reloads failed': 'orange',
  }) + g.withLinks(a.toCredentials + a.toExporters),
  g.table(
    'Alerts firing',
    |||
      How many alerts of each name fire, those that Alertmanager mutes in favour of another among them. Needs alerts/authprobe.rules.yml
      in Prometheus. One row a name, however many targets there are.
    |||,
    ['sort_desc(count by (alertname, severity, concern) (ALERTS{alertname=~"Authprobe.+", alertstate="firing", job=~"$job", location=~"$location"}))'],
    [
      g.column('alertname', 'Alert'),
      g.column('concern', 'Concern', g.wide(120)),
      g.column('severity', 'Severity', g.wide(80) + g.mapped([g.textMap({ critical: 'red', warning: 'orange', info: 'blue' })])),
      g.column('Value', 'How many', g.unit('none') + g.wide(90)),
    ]
  ) + g.size(9, 7) + g.withNoValue('none'),
];

local refused = [
  g.table(
    'Targets that are not ok',
    |||
      Every target that is in a state other than ok, with the diagnosed cause and how sure it is. Sort by credential to see what fails
      together, filter any column at its head. At 1000 broken targets these are pages of rows: begin with the credentials below.
    |||,
    [
      |||
        max by (%(each)s, state, host, credential) (
          %(info)s
          * on (job, instance, target) group_right (host, credential) (%(state)s == 1)
        )
      ||| % { each: a.each, info: a.sel('authprobe_target_info'), state: not_ok },
      'max by (%s) (%s and on (job, instance, target) (%s == 1))' % [a.each, a.sel('authprobe_http_status_code'), not_ok],
      'max by (%s, cause, confidence) (%s)' % [a.each, a.sel('authprobe_auth_failure_cause')],
      '1000 * max by (%s) (%s and on (job, instance, target) (%s == 1))' % [a.each, a.sel('authprobe_last_success_timestamp_seconds'), not_ok],
    ],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('location', 'Location', g.wide(110)),
      g.column('state', 'State', g.mapped([a.stateTexts]) + g.wide(170)),
      g.column('Value #B', 'Status', g.mapped(a.codeMaps) + g.wide(90)),
      g.column('cause', 'Cause', g.mapped([a.causeTexts]) + g.wide(190)),
      g.column('confidence', 'Confidence', g.wide(100)),
      g.column('Value #D', 'Last ok', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('host', 'Host'),
    ],
    hidden=['job', 'Value #A', 'Value #C'],
    sort=g.descending('Last ok')
  ) + g.size(24, 10) + g.withNoValue('all ok'),
  g.bars(
    'Refused targets by cause',
    |||
      How many targets are refused for each cause: red is for those who look after credentials, orange for those who look after
      permissions and firewalls. One bar a cause.
    |||,
    [g.now('sort_desc(count by (cause) (group by (%s, cause) (%s)))' % [a.each, a.sel('authprobe_auth_failure_cause')], '{{cause}}')]
  ) + g.size(8, 8) + g.withUnit('none') + g.withRange(0) + g.withColours(a.causes) + g.withNoValue('none is refused'),
  g.lines(
    'Targets that are not ok, over time',
    'When it began, and whether it grows. One area a state, however many targets there are.',
    [g.range('sum by (state) (max by (%s, state) (%s))' % [a.each, not_ok], '{{state}}')],
    g.stacked
  ) + g.size(16, 8) + g.coarse + g.withUnit('none') + g.withRange(0) + g.withColours(a.stateColours),
  g.table(
    'Only from some locations',
    |||
      Targets that are ok from some locations and not from others: an address or country is blocked, or one node is bad. The 50 worst.
      Empty where there is one location only.
    |||,
    ['sort(bottomk(50, 0 < avg by (job, target) (max by (%s) (%s)) < 1))' % [a.each, a.sel('authprobe_target_state', 'state="ok"')]],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('Value', 'Locations where it is ok', g.unit('percentunit')),
    ],
    hidden=['job']
  ) + g.size(8, 8) + g.withNoValue('none'),
  g.lines(
    'Refused probes by cause',
    'Refusals a second. A cause that comes and goes shows here and not in the counts above. One line a cause.',
    [g.range('sum by (cause) (rate(%s[$__rate_interval])) > 0' % a.sel('authprobe_auth_failures_total'), '{{cause}}')]
  ) + g.size(16, 8) + g.coarse + g.withUnit('cps') + g.withRange(0) + g.withNoValue('no refusal'),
];

local radius = [
  g.table(
    'Blast radius',
    |||
      One dead credential explains many dead targets: renew those of which all targets are hit first. One row a credential; targets are
      counted once, whatever the number of locations.
    |||,
    [
      |||
        count by (job, credential) (group by (job, target, credential) (
          %s and on (job, instance, target) (%s == 1)
        ))
      ||| % [a.sel('authprobe_target_info', 'credential!=""'), not_ok],
      '%s / sum by (job, credential) (%s) > 0' % [hit, a.sel('authprobe_credential_targets')],
      'max by (job, credential, kind, owner, used_by, rotation) (%s) and on (job, credential) (%s > 0)' % [a.sel('authprobe_credential_info'), hit],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Targets hit', g.unit('none') + g.wide(110)),
      g.column('Value #B', 'Of all of its', g.unit('percentunit', 0) + g.coloured(g.steps([[null, 'yellow'], [0.5, 'orange'], [1, 'red']])) + g.wide(110)),
      g.column('owner', 'Owner'),
      g.column('used_by', 'Used by'),
      g.column('kind', 'Kind', g.wide(140)),
      g.column('rotation', 'How to renew it', g.linked(a.toRotation)),
    ],
    hidden=['job', 'Value #C'],
    sort=g.descending('Targets hit')
  ) + g.size(24, 7) + g.withNoValue('none'),
];

local changes = [
  g.lines(
    'Changes of the status class',
    |||
      How many probes got another class of answer than the one before: 2xx to 401 is the signal that matters. One colour a pair of
      classes, however many targets there are.
    |||,
    [g.range('sum by (from, to) (increase(%s[$__rate_interval])) > 0' % transitions, '{{from}} to {{to}}')],
    g.columns
  ) + g.size(10, 9) + g.coarse + g.withUnit('none', 0) + g.withRange(0) + g.withNoValue('no change'),
  g.table(
    'What changed in this time range',
    'The 100 targets that changed most, and when they did last. A change back is a row of its own.',
    [
      'topk(100, round(sum by (%s, from, to) (increase(%s[$__range]))) > 0)' % [a.each, transitions],
      '1000 * max by (%s) (%s > time() - $__range_s)' % [a.each, a.sel('authprobe_last_transition_timestamp_seconds')],
    ],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('location', 'Location', g.wide(110)),
      g.column('from', 'From', g.wide(80)),
      g.column('to', 'To', g.wide(80)),
      g.column('Value #A', 'Times', g.unit('none', 0) + g.wide(80)),
      g.column('Value #B', 'Last change', g.unit('dateTimeFromNow') + g.wide(150)),
    ],
    hidden=['job'],
    sort=g.descending('Last change')
  ) + g.size(14, 9) + g.withNoValue('nothing'),
];

local next = [
  g.table(
    'Credentials that end soonest',
    |||
      The 20 credentials that somebody has to renew first. Tokens that are fetched anew by themselves and sliding ones are left out. Red
      is past or within 2 days, orange within 14; the credentials dashboard goes by the thresholds of each.
    |||,
    [
      |||
        sort(bottomk(20, min by (job, credential, kind) (%s) - time())
        * on (job, credential) group_left (owner) max by (job, credential, owner) (%s))
      ||| % [a.ends(), a.sel('authprobe_credential_info')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('kind', 'What ends', g.wide(110)),
      g.column('owner', 'Owner'),
      g.column('Value', 'Left', g.unit('s') + g.coloured(a.leftSteps) + g.wide(130)),
    ],
    hidden=['job']
  ) + g.size(12, 8) + g.withNoValue('nothing is known to end'),
  g.table(
    'Server certificates that end soonest',
    "The 20 targets whose server's chain ends first. Whoever runs the server renews it.",
    ['sort(bottomk(20, min by (job, target) (%s) - time()))' % a.sel('authprobe_tls_certificate_expiration_timestamp_seconds')],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('Value', 'Left', g.unit('s') + g.coloured(a.leftSteps) + g.wide(130)),
    ],
    hidden=['job']
  ) + g.size(12, 8) + g.withNoValue('no certificate was seen'),
  g.bars(
    'Rate budgets that run out',
    'What the server still allows us in its window: the ten targets with the smallest share left.',
    [
      g.now(
        'sort(bottomk(10, min by (job, target) (%s / (%s > 0))))' % [
          a.sel('authprobe_rate_limit_remaining'),
          a.sel('authprobe_rate_limit_limit'),
        ],
        '{{target}}'
      ),
    ]
  ) + g.size(8, 8) + g.withUnit('percentunit', 0) + g.withRange(0, 1)
  + g.withSteps(g.steps([[null, 'red'], [0.1, 'orange'], [0.3, 'green']]))
  + g.withLinks(a.toTargetOfSeries) + g.withNoValue('no server tells'),
  g.bars(
    'Slowest targets',
    'The ten targets whose last probe took longest, all phases together.',
    [
      g.now('sort_desc(topk(10, max by (job, target) (sum by (job, instance, target) (%s))))' % a.sel('authprobe_probe_phase_duration_seconds'), '{{target}}'),
    ]
  ) + g.size(8, 8) + g.withUnit('s') + g.withRange(0) + g.withSteps(g.steps([[null, 'green'], [1, 'yellow'], [5, 'orange']]))
  + g.withLinks(a.toTargetOfSeries),
  g.table(
    'Set aside',
    |||
      Targets in a maintenance window, which alert nobody, and those that are probed more rarely since the server asked for it. The 100
      that wait longest.
    |||,
    [
      'topk(100, max by (%s) (%s) > 0)' % [a.each, a.sel('authprobe_target_backoff_seconds')],
      'max by (%s) (%s) == 1' % [a.each, a.sel('authprobe_target_maintenance')],
    ],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('location', 'Location', g.wide(110)),
      g.column('Value #A', 'Waits longer by', g.unit('s') + g.wide(120)),
      g.column('Value #B', 'Maintenance', g.unit('bool_yes_no') + g.wide(110)),
    ],
    hidden=['job']
  ) + g.size(8, 8) + g.withNoValue('none'),
];

g.dashboard(
  'authprobe-overview',
  'authprobe: overview',
  'Which APIs refuse our credentials, since when, why, and what is next.',
  a.variables,
  [a.refusals('from, to'), a.recoveries('from, to') { enable: false }],
  [
    { title: 'Is anything wrong?', panels: status },
    { title: 'What is refused, and why', panels: refused },
    { title: 'Which credentials are behind it', panels: radius },
    { title: 'What changed', panels: changes },
    { title: 'What is next', panels: next },
  ],
  from='now-1h'
)
