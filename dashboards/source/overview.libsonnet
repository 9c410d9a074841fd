// The whole fleet, in the order of an incident: status, refused targets and causes, affected credentials, changes, upcoming expiries.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

local none(expr) = expr + ' or vector(0)';
local not_ok = a.sel('authprobe_target_state', 'state!~"ok|pending"');
local hit = 'sum by (job, credential) (%s)' % a.sel('authprobe_credential_targets', 'state!~"ok|pending"');
local transitions = a.sel('authprobe_status_transitions_total');

local status = [
  g.stat(
    'Targets by state',
    'Number of targets in each state; a target counts once per location. Grey means none. One tile per state.',
    [g.now('sum by (state) (max by (%s, state) (%s))' % [a.each, a.sel('authprobe_target_state')], '{{state}}')]
  ) + g.size(24, 4) + g.withUnit('none') + g.withCountColours(a.stateColours),
  g.stat(
    'Credentials and exporters',
    |||
      Number of credentials that a target refuses, that are not available, that have expired, or that expire soon (by their own
      thresholds); number of exporters that are not scraped, and of those that failed to reload and keep an older configuration.
    |||,
    [
      g.now(none('count(group by (job, credential) (%s > 0))' % a.sel('authprobe_credential_targets', 'state=~"unauthorized|forbidden"')), 'Refused'),
      g.now(none('count(min by (job, credential) (%s) == 0)' % a.sel('authprobe_credential_available')), 'Not available'),
      g.now(none('count(group by (job, credential) (%s <= time()))' % a.ends()), 'Expired'),
      g.now(
        none('count(group by (job, credential) (0 < %s - time() < on (job, instance, credential) group_left () %s))' % [
          a.ends(),
          a.sel('authprobe_credential_warn_before_seconds'),
        ]),
        'Expire soon'
      ),
      g.now(none('count(%s == 0)' % a.sel('up')), 'Exporters down'),
      g.now(none('count(%s == 0)' % a.sel('authprobe_config_last_reload_successful')), 'Reloads failed'),
    ]
  ) + g.size(15, 7) + g.withUnit('none') + g.withCountColours({
    Refused: 'red',
    'Not available': 'dark-red',
    Expired: 'red',
    'Expire soon': 'orange',
    'Exporters down': 'red',
    'Reloads failed': 'orange',
  }) + g.withLinks(a.toCredentials + a.toExporters),
  g.table(
    'Alerts firing',
    |||
      Number of firing alerts by name, including alerts that Alertmanager inhibits. Needs alerts/authprobe.rules.yml in Prometheus. One row
      per alert name.
    |||,
    ['sort_desc(count by (alertname, severity, concern) (ALERTS{alertname=~"Authprobe.+", alertstate="firing", job=~"$job", location=~"$location"}))'],
    [
      g.column('alertname', 'Alert'),
      g.column('concern', 'Concern', g.wide(120)),
      g.column('severity', 'Severity', g.wide(80) + g.mapped([g.textMap({ critical: 'red', warning: 'orange', info: 'blue' })])),
      g.column('Value', 'Count', g.unit('none') + g.wide(90)),
    ]
  ) + g.size(9, 7) + g.withNoValue('none'),
];

local refused = [
  g.table(
    'Targets that are not ok',
    |||
      All targets whose state is not ok, with the diagnosed cause and its confidence. Sort by credential to group related failures. Filter
      a column in its header. With very many failed targets, begin with the credentials below.
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
      Number of refused targets by cause. Red: authentication, for the owners of credentials. Orange: access, for the administrators of
      permissions and firewalls. One bar per cause.
    |||,
    [g.now('sort_desc(count by (cause) (group by (%s, cause) (%s)))' % [a.each, a.sel('authprobe_auth_failure_cause')], '{{cause}}')]
  ) + g.size(8, 8) + g.withUnit('none') + g.withRange(0) + g.withColours(a.causes) + g.withNoValue('none refused'),
  g.lines(
    'Targets that are not ok, over time',
    'Number of targets that are not ok, by state. Shows the start of a failure, and whether it spreads. One area per state.',
    [g.range('sum by (state) (max by (%s, state) (%s))' % [a.each, not_ok], '{{state}}')],
    g.stacked
  ) + g.size(16, 8) + g.coarse + g.withUnit('none') + g.withRange(0) + g.withColours(a.stateColours),
  g.table(
    'Ok in some locations only',
    |||
      Targets that are ok in some locations only: an address or country is blocked, or one node is broken. The 50 worst. Empty if there is
      only one location.
    |||,
    ['sort(bottomk(50, 0 < avg by (job, target) (max by (%s) (%s)) < 1))' % [a.each, a.sel('authprobe_target_state', 'state="ok"')]],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('Value', 'Share of locations', g.unit('percentunit')),
    ],
    hidden=['job']
  ) + g.size(8, 8) + g.withNoValue('none'),
  g.lines(
    'Refused probes by cause',
    'Refusals per second. Shows intermittent causes, which the counts above miss. One line per cause.',
    [g.range('sum by (cause) (rate(%s[$__rate_interval])) > 0' % a.sel('authprobe_auth_failures_total'), '{{cause}}')]
  ) + g.size(16, 8) + g.coarse + g.withUnit('cps') + g.withRange(0) + g.withNoValue('no refusals'),
];

local radius = [
  g.table(
    'Blast radius',
    |||
      One dead credential often explains many refused targets: first renew the credentials whose targets are all affected. One row per
      credential; a target counts once for all locations.
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
      g.column('Value #A', 'Affected targets', g.unit('none') + g.wide(110)),
      g.column('Value #B', 'Share affected', g.unit('percentunit', 0) + g.coloured(g.steps([[null, 'yellow'], [0.5, 'orange'], [1, 'red']])) + g.wide(110)),
      g.column('owner', 'Owner'),
      g.column('used_by', 'Used by'),
      g.column('kind', 'Kind', g.wide(140)),
      g.column('rotation', 'Rotation', g.linked(a.toRotation)),
    ],
    hidden=['job', 'Value #C'],
    sort=g.descending('Affected targets')
  ) + g.size(24, 7) + g.withNoValue('none'),
];

local changes = [
  g.lines(
    'Changes of the status class',
    |||
      Number of probes with another status class than the probe before; 2xx to 401 is the most important change. One colour per pair of
      classes.
    |||,
    [g.range('sum by (from, to) (increase(%s[$__rate_interval])) > 0' % transitions, '{{from}} to {{to}}')],
    g.columns
  ) + g.size(10, 9) + g.coarse + g.withUnit('none', 0) + g.withRange(0) + g.withNoValue('no change'),
  g.table(
    'Changes in this time range',
    'The 100 targets with the most changes, and the time of the last change. A change back is a separate row.',
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
    'Credentials that expire soonest',
    |||
      The 20 credentials with the next expiry that need a manual renewal; fetched tokens and sliding credentials are excluded. Red: expired
      or within 2 days. Orange: within 14 days. The credentials dashboard uses the thresholds of each credential.
    |||,
    [
      |||
        sort(bottomk(20, min by (job, credential, kind) (%s) - time())
        * on (job, credential) group_left (owner) max by (job, credential, owner) (%s))
      ||| % [a.ends(), a.sel('authprobe_credential_info')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('kind', 'Kind', g.wide(110)),
      g.column('owner', 'Owner'),
      g.column('Value', 'Time left', g.unit('s') + g.coloured(a.leftSteps) + g.wide(130)),
    ],
    hidden=['job']
  ) + g.size(12, 8) + g.withNoValue('no known expiry'),
  g.table(
    'Server certificates that expire soonest',
    "The 20 targets whose server's certificate chain expires first. The operators of the server renew it.",
    ['sort(bottomk(20, min by (job, target) (%s) - time()))' % a.sel('authprobe_tls_certificate_expiration_timestamp_seconds')],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('Value', 'Time left', g.unit('s') + g.coloured(a.leftSteps) + g.wide(130)),
    ],
    hidden=['job']
  ) + g.size(12, 8) + g.withNoValue('no certificate'),
  g.bars(
    'Smallest rate limit budgets',
    "Requests left in the server's rate limit window: the ten targets with the smallest share left.",
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
  + g.withLinks(a.toTargetOfSeries) + g.withNoValue('not reported'),
  g.bars(
    'Slowest targets',
    'The ten targets whose last probe took longest, over all phases.',
    [
      g.now('sort_desc(topk(10, max by (job, target) (sum by (job, instance, target) (%s))))' % a.sel('authprobe_probe_phase_duration_seconds'), '{{target}}'),
    ]
  ) + g.size(8, 8) + g.withUnit('s') + g.withRange(0) + g.withSteps(g.steps([[null, 'green'], [1, 'yellow'], [5, 'orange']]))
  + g.withLinks(a.toTargetOfSeries),
  g.table(
    'Back-off and maintenance',
    |||
      Targets in a maintenance window, which cause no alerts, and targets that are probed less often because the server asked for it. The
      100 targets with the longest back-off.
    |||,
    [
      'topk(100, max by (%s) (%s) > 0)' % [a.each, a.sel('authprobe_target_backoff_seconds')],
      'max by (%s) (%s) == 1' % [a.each, a.sel('authprobe_target_maintenance')],
    ],
    [
      g.column('target', 'Target', g.linked(a.toTarget)),
      g.column('location', 'Location', g.wide(110)),
      g.column('Value #A', 'Back-off', g.unit('s') + g.wide(120)),
      g.column('Value #B', 'Maintenance', g.unit('bool_yes_no') + g.wide(110)),
    ],
    hidden=['job']
  ) + g.size(8, 8) + g.withNoValue('none'),
];

g.dashboard(
  'authprobe-overview',
  'authprobe: overview',
  'APIs that refuse our credentials: since when, why, and upcoming expiries.',
  a.variables,
  [a.refusals('from, to'), a.recoveries('from, to') { enable: false }],
  [
    { title: 'Status', panels: status },
    { title: 'Refused targets and causes', panels: refused },
    { title: 'Affected credentials', panels: radius },
    { title: 'Changes', panels: changes },
    { title: 'Upcoming', panels: next },
  ],
  from='now-1h'
)
