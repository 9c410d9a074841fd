// Shared by the four dashboards: selectors, colours and codes, links.
local g = import 'grafana.libsonnet';

// Colours show the concern. Red: authentication. Orange: access. Yellow: rate limit. Blue: the server. Purple: exposed.
local states = {
  ok: { code: 0, color: 'green' },
  unauthorized: { code: 1, color: 'red' },
  forbidden: { code: 2, color: 'orange' },
  rate_limited: { code: 3, color: 'yellow' },
  exposed: { code: 4, color: 'purple' },
  unexpected: { code: 5, color: 'blue' },
  unreachable: { code: 6, color: 'dark-blue' },
  credential_unavailable: { code: 7, color: 'dark-red' },
  pending: { code: 8, color: g.grey },
};
local causes = {
  [cause]: 'red'
  for cause in [
    'missing_credentials',
    'malformed_credentials',
    'invalid_credentials',
    'expired_token',
    'revoked_token',
    'clock_skew',
    'auth_service_down',
  ]
} + {
  [cause]: 'orange'
  for cause in ['insufficient_scope', 'insufficient_permissions', 'ip_blocked', 'geo_blocked', 'waf_blocked', 'resource_disabled']
} + { rate_limited: 'yellow', unknown: g.grey };
local confidences = {
  certain: { code: 3, color: 'red' },
  likely: { code: 2, color: 'orange' },
  guess: { code: 1, color: 'yellow' },
};

{
  stateColours:: { [state]: states[state].color for state in std.objectFields(states) },
  causes:: causes,

  // A selector: what the variables at the top allow, and more. `location` may be no label at all: All matches that too.
  sel(metric, more=''):: '%s{%s}' % [
    metric,
    std.join(', ', ['job=~"$job"', 'instance=~"$instance"', 'location=~"$location"'] + (if more == '' then [] else [more])),
  ],

  // Each target once a location, though several exporters may probe it.
  each:: 'job, location, target',

  stateMap:: g.valueMap(states),
  stateTexts:: g.textMap($.stateColours),
  causeTexts:: g.textMap(causes),
  confidenceMap:: g.valueMap(confidences),
  confidenceTexts:: g.textMap({ [word]: confidences[word].color for word in std.objectFields(confidences) }),
  codeMaps:: [
    { type: 'value', options: {
      '0': { text: 'no answer', color: states.unreachable.color },
      '401': { color: states.unauthorized.color },
      '403': { color: states.forbidden.color },
      '429': { color: states.rate_limited.color },
    } },
    g.rangeMap(100, 299, states.ok.color),
    g.rangeMap(300, 599, states.unexpected.color),
  ],

  // The state as a number: what a state-timeline wants. `by` are the labels to keep.
  stateCode(by, more):: 'max by (%s) (\n  %s\n)' % [
    by,
    std.join('\n  or ', [
      '%d * (%s == 1)' % [states[state].code, $.sel('authprobe_target_state', 'state="%s", %s' % [state, more])]
      for state in std.objectFields(states)
    ]),
  ],
  confidenceCode(by, more):: 'max by (%s) (\n  %s\n)' % [
    by,
    std.join('\n  or ', [
      '%d * %s' % [confidences[word].code, $.sel('authprobe_auth_failure_cause', 'confidence="%s", %s' % [word, more])]
      for word in std.objectFields(confidences)
    ]),
  ],

  // Expiries that need a manual renewal: fetched tokens and sliding credentials are excluded.
  ends(more=''):: |||
    (
      %s
      unless on (job, instance, credential, kind) (
        %s and on (job, instance, credential) %s
      )
      unless on (job, instance, credential) %s == 1
    )
  ||| % [
    $.sel('authprobe_credential_expiration_timestamp_seconds', more),
    $.sel('authprobe_credential_expiration_timestamp_seconds', 'kind="access"'),
    $.sel('authprobe_token_last_fetch_timestamp_seconds'),
    $.sel('authprobe_credential_expiry_state', 'state="sliding"'),
  ],
  // Seconds left: red within 2 days, orange within 14, like the exporter's thresholds for long lifetimes.
  leftSteps:: g.steps([[null, 'dark-red'], [0, 'red'], [172800, 'orange'], [1209600, 'green']]),

  variables:: [
    g.variable('job', 'label_values(authprobe_build_info, job)', 'Job') + g.several('.+'),
    g.variable('instance', 'label_values(authprobe_build_info{job=~"$job"}, instance)', 'Instance') + g.several('.+'),
    g.variable('location', 'label_values(authprobe_build_info{job=~"$job", instance=~"$instance"}, location)', 'Location') + g.several('.*'),
  ],

  local to(uid) = '/d/%s?${datasource:queryparam}&${job:queryparam}&${instance:queryparam}&${location:queryparam}&${__url_time_range}' % uid,
  toTarget:: [g.link('This target', to('authprobe-target') + '&var-target=${__value.raw}')],
  toTargetOfSeries:: [g.link('This target', to('authprobe-target') + '&var-target=${__field.labels.target}')],
  toCredential:: [g.link('This credential', to('authprobe-credentials') + '&var-credential=${__value.raw}')],
  toCredentialOfSeries:: [g.link('This credential', to('authprobe-credentials') + '&var-credential=${__field.labels.credential}')],
  toExporter:: [g.link(
    'This exporter',
    '/d/authprobe-exporter?${datasource:queryparam}&${job:queryparam}&${__url_time_range}&var-instance=${__value.raw}'
  )],
  toExporters:: [g.link('Exporters', to('authprobe-exporter'))],
  toCredentials:: [g.link('Credentials', to('authprobe-credentials'))],
  toRotation:: [g.link('Rotation', '${__value.raw}')],

  refusals(by, more=''):: g.annotation(
    'Refusals',
    'sum by (%s) (increase(%s[$__rate_interval])) > 0' % [
      by,
      $.sel('authprobe_status_transitions_total', 'from="2xx", to=~"401|403|429"' + more),
    ],
    '{{from}} to {{to}}',
    'A probe was ok, and the next one got {{to}}.',
    'red'
  ),
  recoveries(by, more=''):: g.annotation(
    'Recoveries',
    'sum by (%s) (increase(%s[$__rate_interval])) > 0' % [
      by,
      $.sel('authprobe_status_transitions_total', 'from=~"401|403|429", to="2xx"' + more),
    ],
    '{{from}} to {{to}}',
    'A probe got {{from}}, and the next one was ok.',
    'green'
  ),
}
