"""Recommendations and violations as issues of a GitHub repository, and what becomes of them there."""

from __future__ import annotations

from pydantic import Field, SecretStr

from finopsnb.plugins import PluginMetadata, PluginType

from ._github_repository import GitHubRepository
from ._ticket_plugin import TicketConfig, TicketPlugin
from ._ticket_requests import Api

__all__ = ["GitHubIssuesPlugin"]


class GitHubConfig(TicketConfig):
    """The repository, and who makes the issues."""

    repository: str = Field(pattern=r"^[\w.-]+/[\w.-]+$", description="The repository, as larkspur/cloud-costs")
    token: SecretStr = Field(description="A token that may read and write its issues, as a reference such as env:GITHUB_TOKEN")
    api_url: str = Field("https://api.github.com", min_length=1, description="Where the API is; of GitHub Enterprise https://HOST/api/v3")
    in_progress: list[str] = Field(["in progress"], description="Labels that say that an issue is being worked on; so does an assignee")


class GitHubIssuesPlugin(TicketPlugin):
    """Makes one issue for each finding, keeps it up to date, and brings state and assignee back."""

    metadata = PluginMetadata(
        name="github-issues",
        version="1.0.0",
        author="The finopsnb authors",
        description="Makes an issue of GitHub for each recommendation and violation, and brings back what was decided of it.",
        plugin_type=PluginType.INTEGRATION,
        tags=("github", "tickets", "issues", "workflow"),
        license="Apache-2.0",
    )

    Config = GitHubConfig
    config: GitHubConfig
    receives = "github_issues"

    @property
    def place(self) -> str:
        return f"github {self.config.repository}"

    def tracker(self) -> GitHubRepository:
        settings = self.config
        token = settings.token.get_secret_value()
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "User-Agent": "finopsnb",
        }
        api = Api(settings.api_url, headers, settings.allowed_hosts, settings.timeout_seconds)
        return GitHubRepository(api, settings.repository, settings.labels, settings.in_progress)
