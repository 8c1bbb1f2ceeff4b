{{/*
The Jobs that run before an installation or an update, as JSON. Neither the ConfigMap nor the ServiceAccount of the release
is there yet when it is installed: they have a ConfigMap of their own, and the account that every namespace has. The
program needs none.
*/}}
{{- define "zendesk-activation.hookJobs" -}}
{{- $fullname := include "zendesk-activation.fullname" . -}}
{{- $account := ternary "default" (include "zendesk-activation.serviceAccountName" .) .Values.serviceAccount.create -}}
{{- $common := dict "resources" .Values.resources "configMap" (printf "%s-hooks" $fullname) "serviceAccountName" $account "restartPolicy" "Never" -}}
{{- $jobs := list -}}
{{- if .Values.topicsJob.enabled -}}
{{- $jobs = append $jobs (merge (dict "name" (printf "%s-topics" $fullname) "component" "topics" "args" (list "topics" "--create") "weight" 1) $common) -}}
{{- end -}}
{{- if .Values.checkJob.enabled -}}
{{- /* After the topics: a check without them would fail where the program may not create them. */ -}}
{{- $jobs = append $jobs (merge (dict "name" (printf "%s-check" $fullname) "component" "check" "args" (list "check") "weight" 2) $common) -}}
{{- end -}}
{{- dict "list" $jobs | toJson -}}
{{- end -}}

{{/* Annotations of a hook. What failed stays until the next attempt, so that its log can be read. Called with its weight. */}}
{{- define "zendesk-activation.hook" -}}
helm.sh/hook: pre-install,pre-upgrade
helm.sh/hook-weight: {{ . | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}

{{/* What the command `replay` is called with, as JSON. */}}
{{- define "zendesk-activation.replayArgs" -}}
{{- $args := list "replay" "--id" .id "--topic" .topic "--from" .from "--to" .to "--rate" (toString .rate) -}}
{{- with .audience -}}
{{- $args = concat $args (list "--audience" .) -}}
{{- end -}}
{{- if .force -}}
{{- $args = append $args "--force" -}}
{{- end -}}
{{- if .dryRun -}}
{{- $args = append $args "--dry-run" -}}
{{- end -}}
{{- dict "list" $args | toJson -}}
{{- end -}}

{{/*
The Job of a replay, as JSON. Kubernetes changes no Job that is there, so that an update of the image or of the
configuration would be refused: the name has a hash of the pod, and the Job of another name goes on with the same id.
*/}}
{{- define "zendesk-activation.replayJob" -}}
{{- $args := (include "zendesk-activation.replayArgs" .Values.replay | fromJson).list -}}
{{- $job := dict "component" "replay" "args" $args "resources" .Values.resources "restartPolicy" "OnFailure" -}}
{{- $hash := include "zendesk-activation.pod" (dict "root" . "workload" $job) | sha256sum | trunc 8 -}}
{{- $short := include "zendesk-activation.fullname" . | trunc 25 | trimSuffix "-" -}}
{{- set $job "name" (printf "%s-replay-%s-%s" $short .Values.replay.id $hash) | toJson -}}
{{- end -}}
