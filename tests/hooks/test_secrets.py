"""Secrets and personal data: what is refused, what looks like it and passes, and that nothing of it is printed."""

import json
import random
import string

import pytest
from tests.conftest import GitRepo
from tests.hooks.judging import of

from gitmlops.hooks.personal_data import is_card, is_iban
from gitmlops.hooks.secrets import check

LETTERS, CAPITALS = string.ascii_letters + string.digits, string.ascii_uppercase + "234567"


def text(length: int, alphabet: str = LETTERS) -> str:
    """Random text, so that no file of ours has anything that looks like a secret."""
    return "".join(random.Random(length).choices(alphabet, k=length))


SECRETS = {
    "AWS access key": "AKIA" + text(16, CAPITALS),
    "GitHub token": "ghp_" + text(36),
    "GitLab token": "glpat-" + text(20),
    "Slack token": "xoxb-" + text(30),
    "Slack webhook": f"https://hooks.slack.com/services/T{text(8, CAPITALS)}/B{text(9, CAPITALS)}/{text(24)}",
    "Google API key": "AIza" + text(35),
    "Stripe key": "sk_live_" + text(24),
    "Hugging Face token": "hf_" + text(34, string.ascii_letters),
    "OpenAI key": f"sk-proj-{text(20)}T3BlbkFJ{text(20)}",
    "Anthropic key": f"sk-ant-api03-{text(93)}",
    "PyPI token": "pypi-AgE" + text(60),
    "npm token": "npm_" + text(36),
    "Azure storage key": f"AccountName=a;AccountKey={text(86)}==",
    "password in an address": f"postgresql://shop:{text(12)}@db.acme.io/sales",
    "private key": f"-----BEGIN OPENSSH PRIVATE KEY-----\n{text(64)}\n",
}


@pytest.mark.parametrize(("kind", "secret"), SECRETS.items(), ids=SECRETS)
@pytest.mark.parametrize("path", ["a.py", "notes/b c.md", ".env", "data/rows.csv", "größe.ipynb"])
def test_each_kind_is_refused_at_its_line_and_not_shown(kind: str, secret: str, path: str) -> None:
    report = of(check, {path: f"first\nkey = '{secret}'\n"})
    (finding,) = report.findings
    assert finding.message == f"{kind}; it is not shown here"
    assert str(finding.location) == f"{path}:2:1"
    assert secret[10:20] not in repr(report)


@pytest.mark.parametrize(
    "line",
    [
        "AKIAIOSFODNN7EXAMPLE",
        "ghp_" + "x" * 36,
        "ghp_${TOKEN}",
        "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "postgres://user:password@db.acme.io/x",
        "postgres://user:secret123@localhost/x",
        "https://user:{token}@github.com/acme/shop",
        "https://github.com/acme/shop/pull/1?a=b:c@d.com",
        "-----BEGIN PRIVATE KEY-----\n<your key>",
        "-----BEGIN PUBLIC KEY-----\n" + "A" * 64,
        "sha256:" + "0123456789abcdef" * 4,
        "commit 472e23dbe73e0aa7b1c6d1d3a5a0f3f5a7c9d1e2",
        "c3NoLXJzYSBBQUFBQjNOemFDMXljMkVBQUFBREFRQUJBQUFCZ1FE",
        "d41d8cd98f00b204e9800998ecf8427e",
    ],
)
def test_what_only_looks_like_a_secret_passes(line: str) -> None:
    report = of(check, {"a.md": line + "\n"})
    assert report.passed, report.findings


def test_a_line_that_says_so_is_passed_over_and_no_other() -> None:
    token = SECRETS["GitHub token"]
    report = of(check, {"a.py": f"x = '{token}'  # pragma: allowlist secret\ny = '{token}'\n"})
    assert [str(finding.location) for finding in report.findings] == ["a.py:2:1"]


def test_credentials_of_dvc_remotes_belong_to_the_file_that_git_ignores() -> None:
    config = "['remote \"s\"']\n    url = s3://b\n    secret_access_key = abc/def\n    password = x\n"
    report = of(check, {".dvc/config": config})
    assert [str(finding.location) for finding in report.findings] == [".dvc/config:3:1", ".dvc/config:4:1"]
    assert "dvc remote modify --local" in report.findings[0].mend
    assert of(check, {"docs/config": config}).passed


def rows(count: int, value: str) -> str:
    return "id,name,contact\n" + "".join(f"{number},n{number},{value.format(number)}\n" for number in range(count))


IBANS = [f"DE{98 - int(f'{number:018d}131400') % 97:02d}{number:018d}" for number in range(10)]


def test_columns_of_personal_data_are_refused_by_name() -> None:
    files: dict[str, str | bytes] = {
        "a.csv": rows(20, "ada{}@acme.io"),
        "b.tsv": rows(20, "ada{}@acme.io").replace(",", "\t"),
        "c.jsonl": "".join(json.dumps({"who": {"mail": f"ada{number}@acme.io"}}) + "\n" for number in range(20)),
        "d.csv": "id;account\n" + "".join(f"{number};{iban}\n" for number, iban in enumerate(IBANS)),
        "e.csv": "ssn\n" + "".join(f"{100 + number}-45-{6789 + number}\n" for number in range(10)),
    }
    report = of(check, files)
    assert {finding.location.path: finding.message for finding in report.findings if finding.location} == {
        "a.csv": "column 'contact' holds e-mail addresses",
        "b.tsv": "column 'contact' holds e-mail addresses",
        "c.jsonl": "column 'who.mail' holds e-mail addresses",
        "d.csv": "column 'account' holds account numbers (IBAN)",
        "e.csv": "column 'ssn' holds social security numbers",
    }
    assert "acme.io" not in repr(report)


def test_a_value_in_the_place_of_a_columns_name_is_not_shown() -> None:
    report = of(check, {"a.csv": "".join(f"ada{number}@acme.io,1\n" for number in range(20))})
    assert "column 'without a name' holds e-mail addresses" in report.findings[0].message
    assert "ada0" not in repr(report)


@pytest.mark.parametrize(
    "table",
    [
        rows(20, "ada{}@example.com"),
        rows(3, "ada{}@acme.io"),
        rows(20, "{}"),
        "card\n" + "".join(f"{random.Random(number).randrange(4 * 10**15, 5 * 10**15)}\n" for number in range(200)),
        "phone\n" + "".join(f"555-0{number:03d}\n" for number in range(50)),
        "",
        "a" * 200_000,
        "\0" * 100,
        'a,"b\n',
    ],
)
def test_numbers_names_and_reserved_addresses_pass(table: str) -> None:
    report = of(check, {"a.csv": table})
    assert report.passed, report.findings


def test_output_of_a_notebook_with_many_addresses_is_refused() -> None:
    cell = {"cell_type": "code", "outputs": [{"text": [f"ada{number}@acme.io\n" for number in range(10)]}]}
    report = of(check, {"a.ipynb": json.dumps({"cells": [cell]})})
    assert report.findings[0].message == "10 different e-mail addresses stand in it"
    assert of(check, {"a.ipynb": json.dumps({"cells": [], "authors": ["ada@acme.io"]})}).passed


def test_numbers_count_with_their_check_digits_alone() -> None:
    assert is_iban("GB82 WEST 1234 5698 7654 32")
    assert not is_iban("GB83 WEST 1234 5698 7654 32")
    assert is_card("4111 1111 1111 1111")
    assert not is_card("4111 1111 1111 1112")
    assert not is_card("9111 1111 1111 1111")


def test_command_ends_with_1_and_does_not_print_the_secret(repo: GitRepo) -> None:
    token = SECRETS["GitHub token"]
    repo.write({"my keys.py": f"x = '{token}'\n"})
    repo.git("add", "--all")
    result = repo.run("hook", "secrets", "--", str(repo.root / "my keys.py"))
    assert result.exit_code == 1
    assert "my keys.py:1:1" in result.output
    assert token[8:20] not in result.output
