// authprobe as a monitoring mixin (https://monitoring.mixins.dev): the rules and dashboards of this repository, for those who
// deploy theirs by jsonnet. The files beside it are the only source.

// std.parseYaml of jsonnet 0.18, which is Debian's, fails on strings of several lines: they go through it as lists.
local lines = std.split(importstr 'authprobe.rules.yml', '\n');
local in_expression(i) =
  if std.startsWith(lines[i], '          ') then in_expression(i - 1) tailstrict else lines[i] == '        expr: |';
local listed = std.join('\n', std.mapWithIndex(
  function(i, line)
    if line == '        expr: |' then '        expr:'
    else if in_expression(i) then "          - '%s'" % std.strReplace(std.substr(line, 10, std.length(line)), "'", "''")
    else line,
  lines
));

{
  _config+:: {
    runbooks: 'https://example.com/authprobe/v0.1.0/docs/runbooks',
  },

  // Recording rules and alerts alike: a recording rule has to stay ahead of the alerts that use it, in their group.
  prometheusAlerts+:: {
    groups+: [
      group {
        rules: [
          rule {
            expr: std.join('\n', super.expr + ['']),
            [if 'alert' in rule then 'annotations']+: {
              runbook_url: std.strReplace(super.runbook_url, 'https://example.com/authprobe/v0.1.0/docs/runbooks', $._config.runbooks),
            },
          }
          for rule in super.rules
        ],
      }
      for group in std.parseYaml(listed).groups
    ],
  },
  prometheusRules+:: { groups+: [] },

  grafanaDashboards+:: {
    'authprobe-overview.json': import '../dashboards/authprobe-overview.json',
    'authprobe-target.json': import '../dashboards/authprobe-target.json',
    'authprobe-credentials.json': import '../dashboards/authprobe-credentials.json',
    'authprobe-exporter.json': import '../dashboards/authprobe-exporter.json',
  },
}
