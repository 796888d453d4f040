"""Known OTLP backends: where they take OTLP and what they ask for, as their own documentation says."""

from nervure.model.destination import Preset

PRESETS = (
    Preset(
        "nervure", "Another Nervure", "https://nervure.example.com", headers=("authorization",),
        docs="docs/forwarding.md",
        note="Projects keep their names. authorization: Bearer <key with the right to send>.",
    ),
    Preset(
        "datadog", "Datadog", "https://otlp.datadoghq.com", headers=("dd-api-key",),
        docs="https://docs.datadoghq.com/opentelemetry/setup/otlp_ingest/",
        note="The host follows your site (otlp.datadoghq.eu, otlp.us3.datadoghq.com ...). For LLM Observability add the "
        "header dd-otlp-source: llmobs for spans. Metrics must be delta or are converted by an Agent.",
    ),
    Preset(
        "grafana", "Grafana Cloud", "https://otlp-gateway-prod-<region>.grafana.net/otlp", headers=("authorization",),
        docs="https://grafana.com/docs/grafana-cloud/send-data/otlp/send-data-otlp/",
        note="authorization: Basic <base64 of instance id:token>; both stand on the stack's OpenTelemetry page.",
    ),
    Preset(
        "elastic", "Elastic", "https://<deployment>.ingest.<region>.elastic.cloud:443", headers=("authorization",),
        docs="https://www.elastic.co/docs/reference/opentelemetry/motlp",
        note="authorization: ApiKey <key>. A self-managed APM Server takes the same on its own address.",
    ),
    Preset(
        "honeycomb", "Honeycomb", "https://api.honeycomb.io", headers=("x-honeycomb-team",),
        docs="https://docs.honeycomb.io/send-data/opentelemetry/",
        note="In the EU https://api.eu1.honeycomb.io. Metrics also need the header x-honeycomb-dataset.",
    ),
    Preset(
        "gcp", "Google Cloud", "https://telemetry.googleapis.com", auth="google",
        docs="https://cloud.google.com/stackdriver/docs/reference/telemetry/overview",
        note="Signed with the machine's Application Default Credentials, or a service account's file "
        "(auth setting credentials_file). Spans need the resource attribute gcp.project_id.",
    ),
    Preset(
        "cloudwatch", "Amazon CloudWatch", "https://xray.<region>.amazonaws.com", auth="aws",
        endpoints={
            "logs": "https://logs.<region>.amazonaws.com/v1/logs",
            "metrics": "https://monitoring.<region>.amazonaws.com/v1/metrics",
        },
        headers=("x-aws-log-group", "x-aws-log-stream"),
        docs="https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html",
        note="Signed with the AWS credentials of this machine (environment, profile, role). The two headers are for "
        "logs: group and stream must exist. Spans need Transaction Search turned on.",
    ),
    Preset(
        "azure", "Azure Monitor", "https://<dce>.<region>.ingest.monitor.azure.com", auth="entra",
        docs="https://learn.microsoft.com/azure/azure-monitor/fundamentals/opentelemetry-protocol-ingestion",
        note="Signed with this machine's identity or a service principal in its environment. The paths per signal, with the "
        "data collection rule in them, stand on the data collection endpoint's page.",
    ),
    Preset(
        "collector", "OpenTelemetry Collector", "http://127.0.0.1:4318",
        docs="https://opentelemetry.io/docs/collector/",
        note="Or any other server that takes OTLP.",
    ),
)  # fmt: skip
