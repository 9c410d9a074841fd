// The credentials: owner, expiry, affected targets.
local a = import 'authprobe.libsonnet';
local g = import 'grafana.libsonnet';

// The owner is a label of credential_info alone.
local chosen = 'credential=~"$credential"';
local credential(metric, more='') = a.sel(metric, chosen + (if more == '' then '' else ', ' + more));
local by = 'job, credential';
local info = 'max by (job, credential, kind, owner, used_by, rotation) (%s)' % credential('authprobe_credential_info');
local count(expr) = 'count(group by (%s) (%s)) or vector(0)' % [by, expr];
local left = '%s - time()' % a.ends(chosen);
local within(threshold) = '%s < on (job, instance, credential) group_left () %s' % [
  left,
  credential('authprobe_credential_%s_before_seconds' % threshold),
];

local status = [
  g.stat(
    'Credentials',
    |||
      Number of credentials: all; not available; inactive according to the issuer; refused by a target; expired; within their own critical or
      warning time; without a known expiry.
    |||,
    [
      g.now(count(credential('authprobe_credential_info')), 'All'),
      g.now(count(credential('authprobe_credential_available') + ' == 0'), 'Not available'),
      g.now(count(credential('authprobe_credential_active') + ' == 0'), 'Inactive'),
      g.now(count(credential('authprobe_credential_targets', 'state=~"unauthorized|forbidden"') + ' > 0'), 'Refused'),
      g.now(count(left + ' <= 0'), 'Expired'),
      g.now(count('0 < ' + within('critical')), 'Critical'),
      g.now(count('0 < ' + within('warn')), 'Expire soon'),
      g.now(count(credential('authprobe_credential_expiry_state', 'state="unknown"') + ' == 1'), 'Expiry unknown'),
    ]
  ) + g.size(24, 4) + g.withUnit('none') + g.withCountColours({
    All: 'green',
    'Not available': 'dark-red',
    Inactive: 'red',
    Refused: 'red',
    Expired: 'red',
    Critical: 'red',
    'Expire soon': 'orange',
    'Expiry unknown': 'yellow',
  }),
  g.table(
    'Blast radius',
    |||
      Number of each credential's targets by state, summed over the exporters that probe them. Credentials with failed targets come first.
      One row per credential.
    |||,
    [
      info,
      'sum by (%s) (%s)' % [by, credential('authprobe_credential_targets', 'state!~"ok|pending"')],
    ] + [
      'sum by (%s) (%s)' % [by, credential('authprobe_credential_targets', 'state="%s"' % state)]
      for state in ['unauthorized', 'forbidden', 'credential_unavailable', 'ok']
    ] + ['sum by (%s) (%s)' % [by, credential('authprobe_credential_targets')]],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('owner', 'Owner'),
      g.column('used_by', 'Used by'),
      g.column('kind', 'Kind', g.wide(140)),
      g.column('Value #B', 'Not ok', g.unit('none') + g.fromOne('red') + g.wide(80)),
      g.column('Value #C', 'Unauthorized', g.unit('none') + g.wide(110)),
      g.column('Value #D', 'Forbidden', g.unit('none') + g.wide(90)),
      g.column('Value #E', 'Unavailable', g.unit('none') + g.wide(120)),
      g.column('Value #F', 'Ok', g.unit('none') + g.wide(80)),
      g.column('Value #G', 'Targets', g.unit('none') + g.wide(80)),
      g.column('rotation', 'Rotation', g.linked(a.toRotation)),
    ],
    hidden=['job', 'Value #A'],
    sort=g.descending('Not ok')
  ) + g.size(24, 9),
];

local calendar = [
  g.table(
    'Calendar',
    |||
      Expiry of each credential, the soonest first, with its source. The urgency follows the warning and critical times of each credential.
      Fetched tokens and sliding credentials are excluded. One row per expiry.
    |||,
    [
      '1000 * min by (job, credential, kind, source) (%s)' % a.ends(chosen),
      'min by (job, credential, kind, source) (%s)' % left,
      |||
        max by (job, credential, kind, source) (
          (%(left)s <= bool 0)
          + (%(left)s < bool on (job, instance, credential) group_left () %(critical)s)
          + (%(left)s < bool on (job, instance, credential) group_left () %(warn)s)
        )
      ||| % {
        left: left,
        critical: credential('authprobe_credential_critical_before_seconds'),
        warn: credential('authprobe_credential_warn_before_seconds'),
      },
      'max by (job, credential, owner) (%s) and on (job, credential) %s' % [credential('authprobe_credential_info'), a.ends(chosen)],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('owner', 'Owner'),
      g.column('kind', 'Kind', g.wide(100)),
      g.column('source', 'Source', g.wide(130)),
      g.column('Value #A', 'Expires', g.unit('dateTimeAsIso') + g.wide(180)),
      g.column('Value #B', 'Time left', g.unit('s') + g.wide(110)),
      g.column('Value #C', 'Urgency', g.mapped([g.valueMap({
        'not yet': { code: 0, color: 'green' },
        soon: { code: 1, color: 'orange' },
        critical: { code: 2, color: 'red' },
        expired: { code: 3, color: 'dark-red' },
      })]) + g.wide(110)),
    ],
    hidden=['job', 'Value #D'],
    sort=g.ascending('Time left')
  ) + g.size(16, 10) + g.withNoValue('no known expiry'),
  g.bars(
    'Expiry states',
    |||
      known: an expiry time; never: a source says that the credential does not expire; sliding: each use extends it; unknown: no source, so
      no alert will fire before it expires.
    |||,
    [g.now('sum by (state) (max by (%s, state) (%s))' % [by, credential('authprobe_credential_expiry_state')], '{{state}}')]
  ) + g.size(8, 5) + g.withUnit('none') + g.withRange(0)
  + g.withColours({ known: 'green', never: 'blue', sliding: 'purple', unknown: 'yellow' }),
  g.table(
    'Credentials without a known expiry',
    'Declare `expires_at`, or configure a lookup. The first 100.',
    [
      |||
        topk(100, max by (job, credential) (%s == 1))
        * on (job, credential) group_left (owner, kind) max by (job, credential, owner, kind) (%s)
      ||| % [credential('authprobe_credential_expiry_state', 'state="unknown"'), credential('authprobe_credential_info')],
    ],
    [g.column('credential', 'Credential', g.linked(a.toCredential)), g.column('kind', 'Kind'), g.column('owner', 'Owner')],
    hidden=['job', 'Value']
  ) + g.size(8, 5) + g.withNoValue('none'),
  g.lines(
    'Time left',
    'The ten credentials that expire first. A line that jumps up: renewed. A line below 0: expired.',
    [g.range('bottomk(10, min by (%s, kind) (%s))' % [by, left], '{{credential}} {{kind}}')]
  ) + g.size(24, 7) + g.withUnit('s') + g.withLinks(a.toCredentialOfSeries),
];

local fetched = [
  g.table(
    'Fetched tokens',
    |||
      Credentials of kind oauth2 and login. If fetches fail, the current token is used until it expires. The cause is that of the last fetch,
      if the token endpoint refused it.
    |||,
    [
      'min by (%s) (%s and on (job, instance, credential) %s)' % [
        by,
        credential('authprobe_credential_available'),
        credential('authprobe_token_last_fetch_timestamp_seconds'),
      ],
      '1000 * max by (%s) (%s)' % [by, credential('authprobe_token_last_fetch_timestamp_seconds')],
      'max by (%s) (%s)' % [by, credential('authprobe_token_fetch_duration_seconds')],
      'round(sum by (%s) (increase(%s[$__range])))' % [by, credential('authprobe_token_fetches_total')],
      'round(sum by (%s) (increase(%s[$__range])))' % [by, credential('authprobe_token_fetch_failures_total')],
      'max by (%s, cause) (%s)' % [by, credential('authprobe_credential_failure_cause')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Has a token', g.yesNo + g.wide(110)),
      g.column('Value #B', 'Last fetch', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('Value #C', 'Duration', g.unit('s') + g.wide(90)),
      g.column('Value #D', 'Fetches', g.unit('none', 0) + g.wide(90)),
      g.column('Value #E', 'Failed', g.unit('none', 0) + g.fromOne('orange') + g.wide(90)),
      g.column('cause', 'Cause', g.mapped([a.causeTexts]) + g.wide(150)),
    ],
    hidden=['job', 'Value #F'],
    sort=g.descending('Failed')
  ) + g.size(12, 8) + g.withNoValue('none'),
  g.lines(
    'Fetches',
    'Token fetches per second, and failed fetches by reason. One line per reason.',
    [
      g.range('sum(rate(%s[$__rate_interval]))' % credential('authprobe_token_fetches_total'), 'all'),
      g.range('sum by (reason) (rate(%s[$__rate_interval])) > 0' % credential('authprobe_token_fetch_failures_total'), '{{reason}}'),
    ]
  ) + g.size(12, 8) + g.withUnit('reqps') + g.withRange(0) + g.withColours({ all: 'green' }) + g.withNoValue('none'),
];

local asked = [
  g.table(
    'Lookups and introspection',
    |||
      Expiry lookups and introspection: time of the last answer, its age in intervals (3 or more: the lookup stopped working), and the
      reported state.
    |||,
    [
      '1000 * max by (%s) (%s)' % [by, credential('authprobe_expiry_observed_timestamp_seconds')],
      'max by (%s) ((time() - %s) / on (job, instance, credential) %s)' % [
        by,
        credential('authprobe_expiry_observed_timestamp_seconds'),
        credential('authprobe_expiry_lookup_interval_seconds'),
      ],
      'round(sum by (%s) (increase(%s[$__range])))' % [by, credential('authprobe_expiry_lookup_failures_total')],
      'min by (%s) (%s)' % [by, credential('authprobe_credential_active')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Last answer', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('Value #B', 'Intervals ago', g.unit('none', 1) + g.coloured(g.steps([[null, 'transparent'], [2, 'orange'], [3, 'red']])) + g.wide(110)),
      g.column('Value #C', 'Failed', g.unit('none', 0) + g.wide(90)),
      g.column('Value #D', 'Active', g.yesNo + g.wide(90)),
    ],
    hidden=['job'],
    sort=g.descending('Intervals ago')
  ) + g.size(12, 7) + g.withNoValue('none configured'),
  g.table(
    'Scopes',
    |||
      Number of required scopes that are not granted, and of granted scopes that are not allowed. /api/v1/credentials of the exporter lists
      them.
    |||,
    [
      'max by (%s) (%s)' % [by, credential('authprobe_credential_missing_scopes')],
      'max by (%s) (%s)' % [by, credential('authprobe_credential_excess_scopes')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Missing', g.unit('none') + g.fromOne('red') + g.wide(100)),
      g.column('Value #B', 'Excess', g.unit('none') + g.fromOne('yellow') + g.wide(100)),
    ],
    hidden=['job'],
    sort=g.descending('Missing')
  ) + g.size(12, 7) + g.withNoValue('none required or limited'),
];

local rotation = [
  g.table(
    'Next credential',
    'State of the target when probed with the next credential. Switch over when it is ok.',
    [
      'max by (%s, next, state) (%s == 1)' % [by, credential('authprobe_credential_next_state')],
      '1000 * max by (%s, next) (%s)' % [by, credential('authprobe_credential_next_last_probe_timestamp_seconds')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('next', 'Next'),
      g.column('state', 'State', g.mapped([a.stateTexts]) + g.wide(150)),
      g.column('Value #B', 'Last try', g.unit('dateTimeFromNow') + g.wide(140)),
    ],
    hidden=['job', 'Value #A']
  ) + g.size(12, 7) + g.withNoValue('none configured'),
  g.table(
    'Renewals',
    |||
      Time at which the current value was read or fetched, number of changes of the secret in this time range, and the pause of probing after
      repeated refusals of a password.
    |||,
    [
      '1000 * max by (%s) (%s)' % [by, credential('authprobe_credential_loaded_timestamp_seconds')],
      'round(sum by (%s) (increase(%s[$__range])))' % [by, credential('authprobe_credential_rotations_total')],
      'max by (%s) (%s)' % [by, credential('authprobe_credential_lockout_backoff_seconds')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'In use since', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('Value #B', 'Renewed', g.unit('none', 0) + g.wide(90)),
      g.column('Value #C', 'Lockout pause', g.unit('s') + g.fromOne('orange') + g.wide(90)),
    ],
    hidden=['job'],
    sort=g.descending('In use since')
  ) + g.size(12, 7),
];

g.dashboard(
  'authprobe-credentials',
  'authprobe: credentials',
  'Targets affected by each credential, expiry, owner, and state of the renewal.',
  a.variables + [
    g.variable('owner', 'label_values(authprobe_credential_info{job=~"$job", instance=~"$instance", location=~"$location"}, owner)', 'Owner') + g.several('.*'),
    g.variable(
      'credential',
      'label_values(authprobe_credential_info{job=~"$job", instance=~"$instance", location=~"$location", owner=~"$owner"}, credential)',
      'Credential'
    ) + g.several(),
  ],
  [
    g.annotation(
      'Renewals',
      'sum by (credential) (increase(%s[$__rate_interval])) > 0' % credential('authprobe_credential_rotations_total'),
      '{{credential}}',
      'The secret has changed.',
      'blue'
    ),
  ],
  [
    { title: 'Status', panels: status },
    { title: 'Expiry', panels: calendar },
    { title: 'Token fetches', panels: fetched },
    { title: 'Reports of the issuers', panels: asked },
    { title: 'Renewal', panels: rotation },
  ]
)
