{{- /* Names don't depend on the release: one operator serves a cluster, and its policies and IAM role know it by name. */ -}}
{{- define "modelrollout.labels" -}}
app.kubernetes.io/name: modelrollout
{{- end }}

{{- define "modelrollout.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag | default $.Chart.AppVersion }}{{ end -}}
{{- end -}}
{{- end }}
