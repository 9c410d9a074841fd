{{- define "authprobe.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 52 | trimSuffix "-" -}}
{{- end -}}

{{- /* 52 characters leave room for what is added: Kubernetes adds up to 11 to a StatefulSet's name in a label of 63. */ -}}
{{- define "authprobe.fullname" -}}
{{- $name := include "authprobe.name" . -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "authprobe.selectorLabels" -}}
app.kubernetes.io/name: {{ include "authprobe.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "authprobe.labels" -}}
{{ include "authprobe.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "authprobe.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "authprobe.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "authprobe.image" -}}
{{- if .Values.image.digest -}}
{{- .Values.image.repository }}@{{ .Values.image.digest -}}
{{- else -}}
{{- .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag -}}
{{- end -}}
{{- end -}}

{{- define "authprobe.configData" -}}
{{- $files := dict "authprobe.toml" (required "config is empty: --set-file config=authprobe.toml" .Values.config) -}}
{{- toYaml (merge $files .Values.configFiles) -}}
{{- end -}}

{{- define "authprobe.volumeMounts" -}}
- name: config
  mountPath: /etc/authprobe
  readOnly: true
{{- range $index, $secret := .Values.secrets }}
- name: secret-{{ $index }}
  mountPath: /run/secrets/{{ $secret }}
  readOnly: true
{{- end }}
{{- end -}}

{{- /* Takes the chart as `root`, the ConfigMap's name as `config`. A Secret that is not there makes its credentials
unavailable, which alerts, and leaves the others in peace. */ -}}
{{- define "authprobe.volumes" -}}
- name: config
  configMap:
    name: {{ .config }}
{{- range $index, $secret := .root.Values.secrets }}
- name: secret-{{ $index }}
  secret:
    secretName: {{ $secret }}
    defaultMode: 0440
    optional: true
{{- end }}
{{- end -}}
