"""Whether the tags can be seen from here that tell what is in production: without them everything looks new."""

from gitmlops.errors import ToolError
from gitmlops.registry.tags.history import History
from gitmlops.report import Finding, Severity

RULE = "gate/releases"
_FETCH = "run `git fetch --tags`, in a workflow check out with `fetch-depth: 0`"


def unseen(history: History, *, is_shallow: bool, has_remote: bool) -> tuple[Finding, ...]:
    """A warning if no model has a release here and a remote may know of some; nothing if one has.

    A clone without tags and a project without releases look the same, and the gate asks no remote: it judges, and says
    so. A project without a remote has no other place for tags. A shallow clone was cut off, and can be completed even
    if nothing was ever released. Raises ToolError for that one: there nobody would know what was compared.
    """
    if history.artifacts:
        return ()
    if is_shallow:
        mend = "run `git fetch --unshallow --tags`, or check out with `fetch-depth: 0`"
        raise ToolError("this clone is shallow and has no release: what is in production cannot be told", mend=mend)
    if not has_remote:
        return ()
    message = "no model has a release here: judged as if nothing were in production"
    return (Finding(RULE, Severity.WARNING, message, mend=f"if there is one, {_FETCH}, and judge again"),)
