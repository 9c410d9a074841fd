// What can be refused: who renews it, when it ends, what breaks with it.
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
      How many there are, and how many: cannot be sent, are said to be dead by who issued them, have a target that refuses them, have
      ended, end within their own critical or warning time, or end at a time that nobody knows. Counts, however many there are.
    |||,
    [
      g.now(count(credential('authprobe_credential_info')), 'All'),
      g.now(count(credential('authprobe_credential_available') + ' == 0'), 'Not available'),
      g.now(count(credential('authprobe_credential_active') + ' == 0'), 'Inactive'),
      g.now(count(credential('authprobe_credential_targets', 'state=~"unauthorized|forbidden"') + ' > 0'), 'Refused'),
      g.now(count(left + ' <= 0'), 'Ended'),
      g.now(count('0 < ' + within('critical')), 'Critical'),
      g.now(count('0 < ' + within('warn')), 'End soon'),
      g.now(count(credential('authprobe_credential_expiry_state', 'state="unknown"') + ' == 1'), 'End unknown'),
    ]
  ) + g.size(24, 4) + g.withUnit('none') + g.withCountColours({
    All: 'green',
    'Not available': 'dark-red',
    Inactive: 'red',
    Refused: 'red',
    Ended: 'red',
    Critical: 'red',
    'End soon': 'orange',
    'End unknown': 'yellow',
  }),
  g.table(
    'Blast radius',
    |||
      How many targets of each credential are in each state, counted by each exporter that probes them. Those with a refused one come
      first. One row a credential.
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
      g.column('Value #E', 'Nothing to send', g.unit('none') + g.wide(120)),
      g.column('Value #F', 'Ok', g.unit('none') + g.wide(80)),
      g.column('Value #G', 'Targets', g.unit('none') + g.wide(80)),
      g.column('rotation', 'How to renew it', g.linked(a.toRotation)),
    ],
    hidden=['job', 'Value #A'],
    sort=g.descending('Not ok')
  ) + g.size(24, 9),
];

local calendar = [
  g.table(
    'Calendar',
    |||
      When each ends, the soonest first, and who says so. `How urgent` goes by the warning and critical times of each. Tokens that are
      fetched anew by themselves and sliding ones are left out. One row an end.
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
      g.column('kind', 'What ends', g.wide(100)),
      g.column('source', 'Who says so', g.wide(130)),
      g.column('Value #A', 'Ends', g.unit('dateTimeAsIso') + g.wide(180)),
      g.column('Value #B', 'Left', g.unit('s') + g.wide(110)),
      g.column('Value #C', 'How urgent', g.mapped([g.valueMap({
        'not yet': { code: 0, color: 'green' },
        soon: { code: 1, color: 'orange' },
        critical: { code: 2, color: 'red' },
        ended: { code: 3, color: 'dark-red' },
      })]) + g.wide(110)),
    ],
    hidden=['job', 'Value #D'],
    sort=g.ascending('Left')
  ) + g.size(16, 10) + g.withNoValue('nothing is known to end'),
  g.bars(
    'What is known of their ends',
    |||
      known: a time; never: somebody says that it does not end; sliding: each use moves the end on; unknown: nobody says anything, and
      nobody will be warned.
    |||,
    [g.now('sum by (state) (max by (%s, state) (%s))' % [by, credential('authprobe_credential_expiry_state')], '{{state}}')]
  ) + g.size(8, 5) + g.withUnit('none') + g.withRange(0)
  + g.withColours({ known: 'green', never: 'blue', sliding: 'purple', unknown: 'yellow' }),
  g.table(
    'Nobody knows their ends',
    'Declare `expires_at`, or name who can be asked. The first 100.',
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
    'The ten that end first. A line that jumps up was renewed; one that goes below 0 has ended.',
    [g.range('bottomk(10, min by (%s, kind) (%s))' % [by, left], '{{credential}} {{kind}}')]
  ) + g.size(24, 7) + g.withUnit('s') + g.withLinks(a.toCredentialOfSeries),
];

local fetched = [
  g.table(
    'Tokens that are fetched',
    'Credentials of kind oauth2 and login. One whose fetches fail goes on with the token that it has until that ends.',
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
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Has a token', g.yesNo + g.wide(110)),
      g.column('Value #B', 'Asked last', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('Value #C', 'Took', g.unit('s') + g.wide(90)),
      g.column('Value #D', 'Asked for', g.unit('none', 0) + g.wide(90)),
      g.column('Value #E', 'In vain', g.unit('none', 0) + g.fromOne('orange') + g.wide(90)),
    ],
    hidden=['job'],
    sort=g.descending('In vain')
  ) + g.size(12, 8) + g.withNoValue('none is fetched'),
  g.lines(
    'Fetches',
    'Tokens asked for, a second, and by which reason in vain. One line a reason, however many credentials there are.',
    [
      g.range('sum(rate(%s[$__rate_interval]))' % credential('authprobe_token_fetches_total'), 'all'),
      g.range('sum by (reason) (rate(%s[$__rate_interval])) > 0' % credential('authprobe_token_fetch_failures_total'), '{{reason}}'),
    ]
  ) + g.size(12, 8) + g.withUnit('reqps') + g.withRange(0) + g.withColours({ all: 'green' }) + g.withNoValue('none is fetched'),
];

local asked = [
  g.table(
    'Who is asked about them',
    |||
      Introspection and look-ups: when an answer came last, how that compares with how often is asked (3 and more is a dead observer),
      and what was said.
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
      g.column('Value #A', 'Answered last', g.unit('dateTimeFromNow') + g.wide(150)),
      g.column('Value #B', 'Intervals ago', g.unit('none', 1) + g.coloured(g.steps([[null, 'transparent'], [2, 'orange'], [3, 'red']])) + g.wide(110)),
      g.column('Value #C', 'Failed', g.unit('none', 0) + g.wide(90)),
      g.column('Value #D', 'Active', g.yesNo + g.wide(90)),
    ],
    hidden=['job'],
    sort=g.descending('Intervals ago')
  ) + g.size(12, 7) + g.withNoValue('nobody is asked'),
  g.table(
    'Scopes',
    |||
      Required scopes that are not granted, and granted ones beyond those allowed. Which ones is said by /api/v1/credentials of the
      exporter.
    |||,
    [
      'max by (%s) (%s)' % [by, credential('authprobe_credential_missing_scopes')],
      'max by (%s) (%s)' % [by, credential('authprobe_credential_excess_scopes')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('Value #A', 'Missing', g.unit('none') + g.fromOne('red') + g.wide(100)),
      g.column('Value #B', 'Too many', g.unit('none') + g.fromOne('yellow') + g.wide(100)),
    ],
    hidden=['job'],
    sort=g.descending('Missing')
  ) + g.size(12, 7) + g.withNoValue('none are required or limited'),
];

local rotation = [
  g.table(
    'The next credential',
    'What the credential that is to follow gets when it is tried. Switch over once it is ok.',
    [
      'max by (%s, next, state) (%s == 1)' % [by, credential('authprobe_credential_next_state')],
      '1000 * max by (%s, next) (%s)' % [by, credential('authprobe_credential_next_last_probe_timestamp_seconds')],
    ],
    [
      g.column('credential', 'Credential', g.linked(a.toCredential)),
      g.column('next', 'Next'),
      g.column('state', 'State', g.mapped([a.stateTexts]) + g.wide(150)),
      g.column('Value #B', 'Tried last', g.unit('dateTimeFromNow') + g.wide(140)),
    ],
    hidden=['job', 'Value #A']
  ) + g.size(12, 7) + g.withNoValue('none is configured'),
  g.table(
    'Renewals',
    |||
      When the value in use was read or fetched, how often the secret became another one in this time range, and how long probing rests
      since a password was refused.
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
      g.column('Value #C', 'Rests', g.unit('s') + g.fromOne('orange') + g.wide(90)),
    ],
    hidden=['job'],
    sort=g.descending('In use since')
  ) + g.size(12, 7),
];

g.dashboard(
  'authprobe-credentials',
  'authprobe: credentials',
  'What each credential takes down with it, when it ends, who renews it, and how its renewal goes.',
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
      'The secret became another one.',
      'blue'
    ),
  ],
  [
    { title: 'What fails', panels: status },
    { title: 'What ends', panels: calendar },
    { title: 'Fetched tokens', panels: fetched },
    { title: 'What others say', panels: asked },
    { title: 'Renewal', panels: rotation },
  ]
)
