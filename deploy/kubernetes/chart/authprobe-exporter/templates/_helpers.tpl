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

{{- /* The folders of the sidecars, each with its namespace, as JSON: {"folders": [...]}. */ -}}
{{- define "authprobe.teamFolders" -}}
{{- $folders := list -}}
{{- if .Values.sidecar.enabled -}}
{{- if not .Values.sidecar.folders }}{{ fail "sidecar.folders is empty: such as [{ name: shop, namespace: webshop }]" }}{{ end -}}
{{- range .Values.sidecar.folders -}}
{{- $folders = append $folders (dict "name" .name "namespace" (default $.Release.Namespace .namespace)) -}}
{{- end -}}
{{- end -}}
{{- dict "folders" $folders | toJson -}}
{{- end -}}

{{- /* Each can write to its own folder and to no other, whatever an annotation of a ConfigMap says. */ -}}
{{- define "authprobe.sidecars" -}}
{{- $image := .Values.sidecar.image -}}
{{- range (include "authprobe.teamFolders" . | fromJson).folders }}
- name: team-{{ .name }}
  image: {{ if $image.digest }}{{ $image.repository }}@{{ $image.digest }}{{ else }}{{ $image.repository }}:{{ $image.tag }}{{ end }}
  imagePullPolicy: {{ $image.pullPolicy }}
  env:
    - { name: LABEL, value: {{ $.Values.sidecar.label | quote }} }
    {{- with $.Values.sidecar.labelValue }}
    - { name: LABEL_VALUE, value: {{ . | quote }} }
    {{- end }}
    - { name: RESOURCE, value: configmap }
    - { name: NAMESPACE, value: {{ .namespace | quote }} }
    - { name: FOLDER, value: {{ printf "/etc/authprobe-teams/%s" .name | quote }} }
    - { name: UNIQUE_FILENAMES, value: "true" }
  resources:
    {{- toYaml $.Values.sidecar.resources | nindent 4 }}
  securityContext:
    {{- toYaml $.Values.securityContext | nindent 4 }}
  volumeMounts:
    - name: team-{{ .name }}
      mountPath: /etc/authprobe-teams/{{ .name }}
    - name: team-token
      mountPath: /var/run/secrets/kubernetes.io/serviceaccount
      readOnly: true
    - name: team-tmp
      mountPath: /tmp
{{- end }}
{{- end -}}
