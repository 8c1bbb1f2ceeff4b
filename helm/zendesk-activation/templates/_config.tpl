{{- define "zendesk-activation.secretsPath" -}}/etc/zendesk-activation/secrets{{- end -}}
{{- define "zendesk-activation.statePath" -}}/var/lib/zendesk-activation{{- end -}}

{{/*
The secrets that pods mount, as JSON: for each its name, where it is mounted, and the file of each key. A file is listed
with the option that names it in the program's configuration.
*/}}
{{- define "zendesk-activation.secrets" -}}
{{- $secrets := list -}}
{{- with .Values.secrets.zendesk -}}
{{- $secrets = append $secrets (dict "folder" "zendesk" "secret" .existingSecret "files" (list
  (dict "key" .tokenKey "file" "token" "option" (list "zendesk" "tokenFile")))) -}}
{{- end -}}
{{- $withToken := eq (dig "kafka" "sasl" "mechanism" "none" .Values.config) "oauthbearer" -}}
{{- with .Values.secrets.kafkaSasl -}}
{{- $secrets = append $secrets (dict "folder" "kafka-sasl" "secret" .existingSecret "files" (list
  (dict "key" (ternary "" .usernameKey $withToken) "file" "username" "option" (list "kafka" "sasl" "usernameFile"))
  (dict "key" (ternary "" .passwordKey $withToken) "file" "password" "option" (list "kafka" "sasl" "passwordFile"))
  (dict "key" (ternary .tokenKey "" $withToken) "file" "token" "option" (list "kafka" "sasl" "tokenFile")))) -}}
{{- end -}}
{{- with .Values.secrets.kafkaTls -}}
{{- $secrets = append $secrets (dict "folder" "kafka-tls" "secret" .existingSecret "files" (list
  (dict "key" .caKey "file" "ca.crt" "option" (list "kafka" "tls" "caFile"))
  (dict "key" .certKey "file" "tls.crt" "option" (list "kafka" "tls" "certFile"))
  (dict "key" .keyKey "file" "tls.key" "option" (list "kafka" "tls" "keyFile")))) -}}
{{- end -}}
{{- with .Values.secrets.schemaRegistry -}}
{{- $secrets = append $secrets (dict "folder" "schema-registry" "secret" .existingSecret "files" (list
  (dict "key" .usernameKey "file" "username" "option" (list "schemaRegistry" "usernameFile"))
  (dict "key" .passwordKey "file" "password" "option" (list "schemaRegistry" "passwordFile")))) -}}
{{- end -}}
{{- dict "list" $secrets | toJson -}}
{{- end -}}

{{/* The program's configuration: what values say, and the paths that the chart mounts. */}}
{{- define "zendesk-activation.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $path := include "zendesk-activation.secretsPath" . -}}
{{- range $secret := (include "zendesk-activation.secrets" . | fromJson).list -}}
{{- if $secret.secret -}}
{{- range $file := $secret.files -}}
{{- if $file.key -}}
{{- $option := printf "%s/%s/%s" $path $secret.folder $file.file -}}
{{- range $name := reverse $file.option -}}
{{- $option = dict $name $option -}}
{{- end -}}
{{- $config = mergeOverwrite $config $option -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "zendesk-activation.onDisk" . -}}
{{- $config = mergeOverwrite $config (dict "state" (dict "directory" (include "zendesk-activation.statePath" .))) -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}
