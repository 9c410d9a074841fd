// The rules as an object of the Prometheus Operator:
//   jsonnet alerts/prometheusrule.jsonnet --tla-str namespace=monitoring --tla-code 'labels={release: "prometheus"}' | kubectl apply -f -
// `labels` are what your Prometheus selects rules by (spec.ruleSelector); `runbooks` is where your docs/runbooks are.
function(name='authprobe', namespace='', labels={}, runbooks='') {
  local mixin = (import 'mixin.libsonnet') + { _config+:: if runbooks == '' then {} else { runbooks: runbooks } },

  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'PrometheusRule',
  metadata: {
    name: name,
    [if namespace != '' then 'namespace']: namespace,
    labels: { 'app.kubernetes.io/name': 'authprobe' } + labels,
  },
  spec: mixin.prometheusAlerts,
}
