// Writes the dashboards' JSON: jsonnet --multi dashboards dashboards/source/dashboards.jsonnet
{
  'authprobe-overview.json': import 'overview.libsonnet',
  'authprobe-target.json': import 'target.libsonnet',
  'authprobe-credentials.json': import 'credentials.libsonnet',
  'authprobe-exporter.json': import 'exporter.libsonnet',
}
