{{/* Everything that the values lack or contradict, a line each; no text when they are fine. */}}
{{- define "zendesk-activation.problems" -}}
{{- $problems := concat (include "zendesk-activation.missing" . | fromJsonArray) (include "zendesk-activation.wrongConfig" . | fromJsonArray) (include "zendesk-activation.contradictions" . | fromJsonArray) (include "zendesk-activation.wrongReplay" . | fromJsonArray) -}}
{{- if $problems -}}
{{- printf "\n\nthe values of %s cannot work:\n- %s\n\nREADME.md of the chart explains every value, and has examples.\n" .Chart.Name (join "\n- " $problems) -}}
{{- end -}}
{{- end -}}

{{- define "zendesk-activation.missing" -}}
{{- $problems := list -}}
{{- if not .Values.image.repository -}}
{{- $problems = append $problems "image.repository is missing: where the image is that the project's Dockerfile builds" -}}
{{- end -}}
{{- if not .Values.secrets.zendesk.existingSecret -}}
{{- $problems = append $problems "secrets.zendesk.existingSecret is missing: the name of the Secret that holds the Sell access token" -}}
{{- end -}}
{{- if not (dig "kafka" "brokers" "" .Values.config) -}}
{{- $problems = append $problems "config.kafka.brokers is missing: some brokers of the cluster, as in [kafka:9092]" -}}
{{- end -}}
{{- if not (dig "schemaRegistry" "url" "" .Values.config) -}}
{{- $problems = append $problems "config.schemaRegistry.url is missing: the address of the schema registry" -}}
{{- end -}}
{{- if not (dig "mapping" "" .Values.config) -}}
{{- $problems = append $problems "config.mapping is missing: where each contact field comes from, last_name and email at least" -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* Options that the chart sets itself, and those that no pod could work with. The program checks all the others. */}}
{{- define "zendesk-activation.wrongConfig" -}}
{{- $problems := list -}}
{{- range $secret := (include "zendesk-activation.secrets" . | fromJson).list -}}
{{- range $file := $secret.files -}}
{{- $at := $.Values.config -}}
{{- range $name := initial $file.option -}}
{{- $at = default dict (get $at $name) -}}
{{- end -}}
{{- if hasKey $at (last $file.option) -}}
{{- $problems = append $problems (printf "config.%s is set by the chart: name a Secret under secrets instead" (join "." $file.option)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if hasKey (default dict .Values.config.state) "directory" -}}
{{- $problems = append $problems "config.state.directory is set by the chart: see persistence" -}}
{{- end -}}
{{- if has (dig "http" "host" "" .Values.config) (list "localhost" "127.0.0.1" "::1") -}}
{{- $problems = append $problems "config.http.host lets nobody outside of the pod ask for health: leave it out" -}}
{{- end -}}
{{- if lt (include "zendesk-activation.httpPort" . | int) 1 -}}
{{- $problems = append $problems "config.http.port must be a fixed port: probes and scrapes need it" -}}
{{- end -}}
{{- $sasl := ne (dig "kafka" "sasl" "mechanism" "none" .Values.config) "none" -}}
{{- if and $sasl (not .Values.secrets.kafkaSasl.existingSecret) -}}
{{- $problems = append $problems "secrets.kafkaSasl.existingSecret is missing: config.kafka.sasl.mechanism needs user name and password, or a token" -}}
{{- end -}}
{{- if and .Values.secrets.kafkaSasl.existingSecret (not $sasl) -}}
{{- $problems = append $problems "config.kafka.sasl.mechanism is missing: secrets.kafkaSasl has what logs in for it" -}}
{{- end -}}
{{- if and .Values.secrets.kafkaTls.existingSecret (not (dig "kafka" "tls" "enabled" false .Values.config)) -}}
{{- $problems = append $problems "config.kafka.tls.enabled must be true: secrets.kafkaTls is for it" -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* Values that exclude each other. */}}
{{- define "zendesk-activation.contradictions" -}}
{{- $problems := list -}}
{{- $shutdownMs := dig "shutdownTimeoutMs" 10000 .Values.config -}}
{{- if le (mulf (include "zendesk-activation.gracePeriodSeconds" . | int) 1000) (float64 $shutdownMs) -}}
{{- $problems = append $problems (printf "terminationGracePeriodSeconds must be more than config.shutdownTimeoutMs (%v ms): the pod would be killed while it stops" $shutdownMs) -}}
{{- end -}}
{{- if and .Values.persistence.enabled (not (include "zendesk-activation.onDisk" .)) -}}
{{- $problems = append $problems "persistence.enabled and config.state.store: memory exclude each other" -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled -}}
{{- $problems = append $problems "serviceMonitor.enabled and podMonitor.enabled exclude each other: everything would be scraped twice" -}}
{{- end -}}
{{- if and .Values.keda.enabled (not .Values.split.enabled) -}}
{{- $problems = append $problems "keda.enabled needs split.enabled: it scales the assemble stage alone" -}}
{{- end -}}
{{- if and .Values.keda.enabled (not .Values.keda.authenticationRef) (or .Values.secrets.kafkaSasl.existingSecret .Values.secrets.kafkaTls.existingSecret) -}}
{{- $problems = append $problems "keda.authenticationRef is missing: KEDA needs a TriggerAuthentication of its own for these brokers" -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}
{{- $problems = concat $problems (include "zendesk-activation.fencedOut" . | fromJsonArray) -}}
{{- end -}}
{{- if gt (.Values.keda.minReplicas | int) (.Values.keda.maxReplicas | int) -}}
{{- $problems = append $problems "keda.minReplicas is more than keda.maxReplicas" -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* Addresses in the configuration that the network policy keeps the pods from: they would only time out. */}}
{{- define "zendesk-activation.fencedOut" -}}
{{- $problems := list -}}
{{- $egress := .Values.networkPolicy.egress -}}
{{- $ports := dict "kafka" list "schemaRegistry" list -}}
{{- range $broker := dig "kafka" "brokers" list .Values.config -}}
{{- $_ := set $ports "kafka" (append $ports.kafka (splitList ":" $broker | last)) -}}
{{- end -}}
{{- with dig "schemaRegistry" "url" "" .Values.config -}}
{{- $url := urlParse . -}}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) -}}
{{- $_ := set $ports "schemaRegistry" (list (default (ternary "443" "80" (eq $url.scheme "https")) $port)) -}}
{{- end -}}
{{- range $name, $needed := $ports -}}
{{- $open := list -}}
{{- range $port := (index $egress $name).ports -}}
{{- $open = append $open (toString (int $port)) -}}
{{- end -}}
{{- range $port := uniq $needed -}}
{{- if not (has $port $open) -}}
{{- $problems = append $problems (printf "networkPolicy.egress.%s.ports lacks %s, which config.%s uses" $name $port $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}

{{/* A replay that the program would refuse, so that its Job would only fail again and again. */}}
{{- define "zendesk-activation.wrongReplay" -}}
{{- $problems := list -}}
{{- $replay := .Values.replay -}}
{{- if $replay.enabled -}}
{{- if not $replay.id -}}
{{- $problems = append $problems "replay.id is missing: a name by which the replay goes on where it was" -}}
{{- end -}}
{{- if not $replay.topic -}}
{{- $problems = append $problems "replay.topic is missing: profiles, segment-memberships or contacts" -}}
{{- end -}}
{{- if and $replay.force (ne $replay.topic "contacts") -}}
{{- $problems = append $problems "replay.force goes with replay.topic contacts: what the inputs say is read again in any case" -}}
{{- end -}}
{{- if and $replay.audience (eq $replay.topic "profiles") -}}
{{- $problems = append $problems "replay.audience goes with replay.topic segment-memberships or contacts: profiles name no audience" -}}
{{- end -}}
{{- $known := list -}}
{{- range $audience := default list .Values.config.audiences -}}
{{- $known = append $known $audience.mappingId -}}
{{- end -}}
{{- if and $replay.audience (not (has $replay.audience $known)) -}}
{{- $problems = append $problems (printf "replay.audience %q is the mappingId of none of config.audiences" $replay.audience) -}}
{{- end -}}
{{- end -}}
{{- toJson $problems -}}
{{- end -}}
