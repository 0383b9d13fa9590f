"""Recommendations and violations as issues of Jira, and what becomes of them there."""

from __future__ import annotations

import base64

from pydantic import Field, SecretStr

from finopsnb.plugins import PluginMetadata, PluginType

from ._jira_issues import JiraProject
from ._ticket_plugin import TicketConfig, TicketPlugin
from ._ticket_requests import Api

__all__ = ["JiraPlugin"]


class JiraConfig(TicketConfig):
    """The site, the project, and who makes the issues."""

    url: str = Field(min_length=1, description="The site, such as https://larkspur.atlassian.net")
    project: str = Field(min_length=1, description="The key of the project, such as FIN")
    issue_type: str = Field("Task", min_length=1, description="The type of new issues")
    email: str = Field("", description="Whose token it is; empty for a personal access token of Jira Data Center")
    api_token: SecretStr = Field(description="The token, as a reference such as env:JIRA_TOKEN")


class JiraPlugin(TicketPlugin):
    """Makes one issue for each finding, keeps it up to date, and brings status and assignee back."""

    metadata = PluginMetadata(
        name="jira",
        version="1.0.0",
        author="The finopsnb authors",
        description="Makes an issue of Jira for each recommendation and violation, and brings back what was decided of it.",
        plugin_type=PluginType.INTEGRATION,
        tags=("jira", "tickets", "atlassian", "workflow"),
        license="Apache-2.0",
    )

    Config = JiraConfig
    config: JiraConfig
    receives = "jira_issues"

    @property
    def place(self) -> str:
        return f"jira {self.config.project}"

    def tracker(self) -> JiraProject:
        settings = self.config
        token = settings.api_token.get_secret_value()
        basic = base64.b64encode(f"{settings.email}:{token}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}" if settings.email else f"Bearer {token}", "Accept": "application/json"}
        api = Api(settings.url, headers, settings.allowed_hosts, settings.timeout_seconds)
        return JiraProject(api, settings.project, settings.issue_type, settings.labels)
