"""`ci: login` of gitmlops.yaml -> the steps with which a job of a workflow becomes somebody at a cloud."""

from collections.abc import Iterator, Mapping
from typing import Literal

from gitmlops.specs.login import Aws, Azure, Google, Login

Access = Literal["read", "write"]

_AWS = "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c # v6.2.3"
_GOOGLE = "google-github-actions/auth@7c6bc770dae815cd3e89ee6cdf493a5fab2cc093 # v3.0.0"
_AZURE = "azure/login@f5d393ae46f8fde4be8b75f32e3fc50e654ad0ca # v3.0.1"
OF_OURS = (
    "github.event_name == 'merge_group' || (github.event.pull_request.head.repo.full_name == github.repository && "
    "github.event.pull_request.user.login != 'dependabot[bot]')"
)
"""Of a job of a pull request or a merge queue: GitHub vouches for no fork's, and not for Dependabot's."""

# Google's action leaves a file in the workspace, which nobody should commit.
_KEEP_OUT = """\
      - name: Keep the file that logs in out of commits
        run: echo "gha-creds-*.json" >> .git/info/exclude"""


def steps(login: Login, access: Access, *, only_if: str = "") -> str:
    """Indented as in a job, without a line break at the end; empty where nobody logs in."""
    condition = f"\n        if: ${{{{ {only_if} }}}}" if only_if else ""
    return "\n".join(step + condition for step in _steps(login, access))


def _steps(login: Login, access: Access) -> Iterator[str]:
    if aws := login.aws:
        inputs = {"role-to-assume": _who(aws, access), "role-session-name": f"gitmlops-{access}"}
        session = {"aws-region": aws.region, "role-duration-seconds": str(3600 * aws.hours)}
        yield _step("AWS", _AWS, inputs | session)
    if google := login.google:
        yield _KEEP_OUT
        inputs = {"workload_identity_provider": google.provider, "service_account": _who(google, access)}
        yield _step("Google Cloud", _GOOGLE, inputs)
    if azure := login.azure:
        inputs = {"client-id": _who(azure, access), "tenant-id": azure.tenant, "subscription-id": azure.subscription}
        yield _step("Azure", _AZURE, inputs)


def _who(cloud: Aws | Google | Azure, access: Access) -> str:
    """Where nobody may write in particular, who reads."""
    return cloud.write or cloud.read if access == "write" else cloud.read


def _step(cloud: str, action: str, inputs: Mapping[str, str]) -> str:
    lines = [f"      - name: Log in to {cloud}", f"        uses: {action}", "        with:"]
    return "\n".join([*lines, *(f'          {name}: "{value}"' for name, value in inputs.items())])
