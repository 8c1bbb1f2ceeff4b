{{/* What ServiceMonitor and PodMonitor have in common. Called with the values of either. */}}
{{- define "zendesk-activation.endpoint" -}}
port: http
path: /metrics
{{- with .interval }}
interval: {{ . }}
{{- end }}
{{- with .scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- with .relabelings }}
relabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .metricRelabelings }}
metricRelabelings:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{/* Labels of an object that another operator finds by `labels`. Called with root and labels. */}}
{{- define "zendesk-activation.foundBy" -}}
{{- mergeOverwrite (include "zendesk-activation.labels" .root | fromYaml) .labels | toYaml -}}
{{- end -}}

{{/* A file of the chart that was asked for by a value. Called with root, file and value. */}}
{{- define "zendesk-activation.file" -}}
{{- $text := .root.Files.Get .file -}}
{{- if not $text -}}
{{- fail (printf "%s is true, but the chart has no %s: install a chart that was packaged with it, or set %s to false" .value .file .value) -}}
{{- end -}}
{{- $text -}}
{{- end -}}
