{{- define "zendesk-activation.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* At most 43 characters: the stages add their names, and Kubernetes a hash, within 63. */}}
{{- define "zendesk-activation.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "zendesk-activation.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 43 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 43 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What never changes for a release: selectors of workloads cannot be changed. */}}
{{- define "zendesk-activation.selectorLabels" -}}
app.kubernetes.io/name: {{ include "zendesk-activation.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "zendesk-activation.labels" -}}
{{- $own := include "zendesk-activation.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- mergeOverwrite (deepCopy .Values.commonLabels) $own | toYaml -}}
{{- end -}}

{{- define "zendesk-activation.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "zendesk-activation.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "zendesk-activation.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The workloads of the release, as JSON: one with both stages, or one a stage. */}}
{{- define "zendesk-activation.workloads" -}}
{{- $fullname := include "zendesk-activation.fullname" . -}}
{{- $workloads := list -}}
{{- if .Values.split.enabled -}}
{{- range $stage := list "assemble" "deliver" -}}
{{- $own := index $.Values.split $stage -}}
{{- $scaled := and (eq $stage "assemble") $.Values.keda.enabled -}}
{{- $workloads = append $workloads (dict "name" (printf "%s-%s" $fullname $stage) "component" $stage "args" (list "run" "--stage" $stage) "replicas" $own.replicas "scaled" $scaled "resources" (default $.Values.resources $own.resources)) -}}
{{- end -}}
{{- else -}}
{{- $workloads = append $workloads (dict "name" $fullname "component" "all" "args" (list "run" "--stage" "all") "replicas" .Values.replicas "scaled" false "resources" .Values.resources) -}}
{{- end -}}
{{- dict "list" $workloads | toJson -}}
{{- end -}}

{{/* Called with root and workload. */}}
{{- define "zendesk-activation.workloadSelector" -}}
{{ include "zendesk-activation.selectorLabels" .root }}
app.kubernetes.io/component: {{ .workload.component }}
{{- end -}}

{{- define "zendesk-activation.workloadLabels" -}}
{{ include "zendesk-activation.labels" .root }}
app.kubernetes.io/component: {{ .workload.component }}
{{- end -}}

{{- define "zendesk-activation.gracePeriodSeconds" -}}
{{- $shutdownMs := dig "shutdownTimeoutMs" 10000 .Values.config -}}
{{- default (add (ceil (divf $shutdownMs 1000)) 20) .Values.terminationGracePeriodSeconds | int -}}
{{- end -}}

{{- define "zendesk-activation.httpPort" -}}
{{- dig "http" "port" 9464 .Values.config | int -}}
{{- end -}}

{{- define "zendesk-activation.onDisk" -}}
{{- if ne (dig "state" "store" "disk" .Values.config) "memory" -}}true{{- end -}}
{{- end -}}
