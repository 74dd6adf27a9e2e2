"""Reports that the tests of all formats render."""

from gitmlops.report import Chart, Finding, Location, Report, Series, Severity, Table

HOSTILE = (
    "<script>alert(1)</script> | a @jane `code` ::error::boom ##[add-mask]x \u202egnp.exe\x1b[31m "
    "\x00\x08\ufffe\ud800\n::set-output name=x::y\r\n# head https://evil.example www.evil.example #12 GH-7 $a$ **b** "
    "[link](http://x) ]]> --> & \"'"
)
REFUSED = Report(
    title="gate: flight-delay",
    findings=(
        Finding("auc-each-airport", Severity.PASS, "roc_auc of origin=EWR is 0.7, policy asks >= 0.62"),
        Finding(
            "brier", Severity.WARNING, "brier is 0.189, near the threshold", Location("policies/performance.yaml", 20)
        ),
        Finding(
            "performance/auc",
            Severity.ERROR,
            "roc_auc is 0.61, policy asks >= 0.68",
            Location("policies/performance.yaml", 9, 3),
            "train on more months",
            (("n", 27000), ("interval", "0.60 to 0.62")),
            title="Ranks late flights above others",
        ),
        Finding("missing", Severity.NOTE, "two rows have no weather"),
    ),
    summary=("Candidate 4f21c9d on 27,004 rows",),
    facts=(("base", "main 4f21c9d"), ("share", 0.123456789), ("clean", True), ("run", None)),
    tables=(
        Table("Slices", ("slice", "n", "roc_auc"), (("origin=EWR", 9120, 0.7012345678), ("origin=JFK", 8800, None))),
    ),
    charts=(Chart("roc_auc", ("01", "02", "03", "04"), (Series("observed", (0.71, None, 0.66, 0.61)),), 0.68),),
    next_action="the data scientist trains on more months",
    undecided=(("performance/auc", "whether a passenger is better off warned"), ("performance", "who is told first")),
)
PASSED = Report("definitions", summary=("read: 3 models",))
HOSTILE_REPORT = Report(
    title=HOSTILE,
    findings=tuple(
        Finding(HOSTILE, severity, HOSTILE, Location(HOSTILE), HOSTILE, ((HOSTILE, HOSTILE),), title=HOSTILE)
        for severity in Severity
    ),
    summary=(HOSTILE,),
    facts=((HOSTILE, HOSTILE),),
    tables=(Table(HOSTILE, (HOSTILE, "b"), ((HOSTILE, HOSTILE),)),),
    charts=(Chart(HOSTILE, (HOSTILE, HOSTILE), (Series(HOSTILE, (1.0, 2.0)),), 1.5),),
    next_action=HOSTILE,
    undecided=((HOSTILE, HOSTILE),),
)
NOTHING_IN_IT = Report(
    "empty",
    tables=(Table("none", ("a",), ()),),
    charts=(Chart("none", (), ()), Chart("gaps", ("1",), (Series("s", (None,)),))),
)


def large(rows: int) -> Report:
    """Many findings and a long table."""
    findings = tuple(
        Finding("r", Severity.PASS if n % 9 else Severity.ERROR, f"finding {n} " + "x" * 60) for n in range(rows)
    )
    table = Table("long", ("a", "b", "c"), tuple((n, f"<cell {n}>", n / 7) for n in range(rows)))
    return Report("large", findings=findings, tables=(table, table))
