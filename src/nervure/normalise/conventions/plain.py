"""What every span may say whatever its dialect, and all there is to say of HTTP, database and messaging spans."""

from nervure.model.raw import RawSpan
from nervure.normalise.convention import Convention, Rule

RULES = (
    Rule("service", ("resource:service.name",)),
    Rule("environment", ("deployment.environment.name", "deployment.environment", "environment",
                         "resource:deployment.environment.name", "resource:deployment.environment",
                         "resource:environment", "env", "resource:env", "app.environment",
                         "resource:app.environment")),
    Rule("release", ("release", "service.version", "resource:service.version", "resource:vcs.ref.head.revision",
                     "resource:vcs.repository.ref.revision", "deployment.version", "app.version",
                     "resource:deployment.version", "resource:app.version")),
    Rule("region", ("cloud.region", "resource:cloud.region", "cloud.availability_zone",
                    "resource:cloud.availability_zone", "region", "resource:region", "app.region", "deployment.region",
                    "resource:deployment.region", "resource:app.region")),
    Rule("sdk_name", ("resource:telemetry.distro.name", "resource:telemetry.sdk.name")),
    Rule("sdk_version", ("resource:telemetry.distro.version", "resource:telemetry.sdk.version")),
    Rule("session", ("session.id", "session_id", "conversation.id", "thread.id")),
    Rule("user", ("user.id", "enduser.id", "user_id", "app.user.id", "app.user", "app.user_id")),
    Rule("tenant", ("tenant.id", "tenant", "tenant_id", "org_id", "customer_id", "resource:tenant.id",
                    "resource:tenant", "app.tenant", "customer.id", "org.id", "organization.id",
                    "app.tenant.id", "app.tenant_id", "tenant.name", "account.id", "workspace.id", "app.customer",
                    "app.customer.id", "resource:app.tenant", "resource:tenant.name", "resource:customer.id")),
    Rule("team", ("team", "team.id", "team.name", "service.team", "resource:team", "resource:team.id",
                  "resource:team.name", "resource:service.team", "app.team", "resource:app.team",
                  "resource:service.owner")),
    Rule("feature", ("feature", "feature.name", "app.feature", "resource:feature", "app.feature.name", "app.feature_name",
                     "feature_name", "use_case", "app.use_case")),
    Rule("prompt_name", ("prompt.name", "prompt_name", "app.prompt.name", "app.prompt", "prompt.id", "prompt_id")),
    Rule("prompt_version", ("prompt.version", "prompt_version", "app.prompt.version", "app.prompt_version")),
    Rule("tags", ("tags",)),
    Rule("metadata", ("metadata",)),
    Rule("level", ("level",)),
    Rule("error_type", ("error.type", "exception.type")),
    Rule("status_message", ("error.message", "exception.message")),
    Rule("input", ("input",)),
    Rule("output", ("output",)),
)  # fmt: skip


def speaks(raw: RawSpan) -> bool:
    """Always: it only fills what no dialect said."""
    return True


CONVENTION = Convention("plain", 1000, speaks, RULES)
