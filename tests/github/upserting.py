"""A process of its own: for each number on standard input it upserts the same comment, issue and pull request."""

import json
import sys

from gitmlops.adapters.github import comments, issues, pull_requests
from gitmlops.adapters.github.access import Access, Token
from gitmlops.adapters.github.client import Client, Clock


def main(url: str, token: str, name: str) -> None:
    client = Client(Access(url, Token(token), "acme/shop"), Clock(sleep=lambda _: None))
    assert client.viewer.login
    print("ready", flush=True)
    for line in sys.stdin:
        kind, round_ = json.loads(line)
        text = f"{name} in round {round_}"
        if kind == "comment":
            comments.upsert(client, 1, f"round {round_}", text)
        elif kind == "issue":
            issues.upsert(client, f"round {round_}", f"Round {round_}", text, labels=[f"round-{round_}"])
        else:
            proposal = pull_requests.Proposal(f"feature-{round_}", "main", text, text, "race")
            pull_requests.upsert(client, proposal)
        print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
