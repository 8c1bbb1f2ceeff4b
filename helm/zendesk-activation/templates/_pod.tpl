{{/*
The pod of a workload. Called with root and workload; the same for Deployment, StatefulSet and, without what serves a
process that stays, for a Job, which is a workload with a restartPolicy.
*/}}
{{- define "zendesk-activation.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $fullname := include "zendesk-activation.fullname" .root -}}
{{- $ends := hasKey .workload "restartPolicy" -}}
metadata:
  labels:
    {{- /* Without the chart's version: a new one alone is no reason for a restart. */}}
    {{- mergeOverwrite (deepCopy $values.commonLabels) $values.podLabels (include "zendesk-activation.workloadSelector" . | fromYaml) | toYaml | nindent 4 }}
  annotations:
    {{- /* A pod reads its configuration once, at its start. */}}
    {{- $checksum := dict "checksum/config" (include "zendesk-activation.config" $root | sha256sum) }}
    {{- mergeOverwrite (deepCopy $values.podAnnotations) $checksum | toYaml | nindent 4 }}
spec:
  serviceAccountName: {{ default (include "zendesk-activation.serviceAccountName" $root) .workload.serviceAccountName }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  {{- with .workload.restartPolicy }}
  restartPolicy: {{ . }}
  {{- end }}
  terminationGracePeriodSeconds: {{ include "zendesk-activation.gracePeriodSeconds" $root }}
  {{- with $values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    {{- range $name, $id := $values.podSecurityContext }}
    {{- if $id }}
    {{ $name }}: {{ int64 $id }}
    {{- end }}
    {{- end }}
    {{- if $values.podSecurityContext.fsGroup }}
    {{- /* A volume of many files would otherwise be walked at every start. */}}
    fsGroupChangePolicy: OnRootMismatch
    {{- end }}
    seccompProfile:
      type: RuntimeDefault
  containers:
    - name: zendesk-activation
      image: {{ include "zendesk-activation.image" $root | quote }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args: {{ concat (list (first .workload.args) "--config" "/etc/zendesk-activation/config/config.yaml") (rest .workload.args) | toJson }}
      {{- with $values.env }}
      env:
        {{- range $name, $value := . }}
        - name: {{ $name }}
          value: {{ $value | quote }}
        {{- end }}
      {{- end }}
      {{- if not $ends }}
      ports:
        - name: http
          containerPort: {{ include "zendesk-activation.httpPort" $root }}
          protocol: TCP
      startupProbe:
        {{- include "zendesk-activation.probe" (dict "path" "/live" "numbers" $values.probes.startup) | nindent 8 }}
      livenessProbe:
        {{- include "zendesk-activation.probe" (dict "path" "/live" "numbers" $values.probes.liveness) | nindent 8 }}
      readinessProbe:
        {{- include "zendesk-activation.probe" (dict "path" "/ready" "numbers" $values.probes.readiness) | nindent 8 }}
      {{- end }}
      {{- with .workload.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        allowPrivilegeEscalation: false
        privileged: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: [ALL]
        seccompProfile:
          type: RuntimeDefault
      volumeMounts:
        {{- /* Whole folders, never a subPath: Kubernetes does not update those when a secret is rotated. */}}
        - name: config
          mountPath: /etc/zendesk-activation/config
          readOnly: true
        {{- range $secret := (include "zendesk-activation.secrets" $root | fromJson).list }}
        {{- if $secret.secret }}
        - name: secret-{{ $secret.folder }}
          mountPath: {{ include "zendesk-activation.secretsPath" $root }}/{{ $secret.folder }}
          readOnly: true
        {{- end }}
        {{- end }}
        {{- if include "zendesk-activation.onDisk" $root }}
        - name: state
          mountPath: {{ include "zendesk-activation.statePath" $root }}
        {{- end }}
  volumes:
    - name: config
      configMap:
        name: {{ default $fullname .workload.configMap }}
    {{- range $secret := (include "zendesk-activation.secrets" $root | fromJson).list }}
    {{- if $secret.secret }}
    - name: secret-{{ $secret.folder }}
      secret:
        secretName: {{ $secret.secret }}
        {{- /* 0440: the group is fsGroup. Without one, the owner is root, and the user that the program runs as needs the last digit. */}}
        defaultMode: {{ ternary 288 292 (not (empty $values.podSecurityContext.fsGroup)) }}
        items:
          {{- range $file := $secret.files }}
          {{- if $file.key }}
          - key: {{ $file.key | quote }}
            path: {{ $file.file }}
          {{- end }}
          {{- end }}
    {{- end }}
    {{- end }}
    {{- if and (include "zendesk-activation.onDisk" $root) (or $ends (not $values.persistence.enabled)) }}
    - name: state
      emptyDir:
        sizeLimit: {{ $values.ephemeralState.sizeLimit }}
    {{- end }}
  {{- if and $values.topologySpreadConstraints (not $ends) }}
  topologySpreadConstraints:
    {{- range $constraint := $values.topologySpreadConstraints }}
    {{- $selector := dict "labelSelector" (dict "matchLabels" (include "zendesk-activation.workloadSelector" $ | fromYaml)) }}
    - {{ merge (deepCopy $constraint) $selector | toYaml | nindent 6 | trim }}
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* Called with path and numbers. */}}
{{- define "zendesk-activation.probe" -}}
httpGet:
  path: {{ .path }}
  port: http
periodSeconds: {{ int .numbers.periodSeconds }}
timeoutSeconds: {{ int .numbers.timeoutSeconds }}
failureThreshold: {{ int .numbers.failureThreshold }}
{{- end -}}
