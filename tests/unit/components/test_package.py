from gitmlops.components.package.markdown import markdown
from gitmlops.records.card import Card, CardMetric

CARD = Card(
    model="late",
    owner="us",
    risk_tier="low",
    intended_use="Warn passengers.\n\n# Not a heading | [not a link](x) <b>",
    not_intended_for="Pay",
    features=("miles", "carrier_24h"),
    training_rows=26398,
    trained_from="2013-01-01",
    trained_until="2013-01-31",
    evaluation_rows=1000,
    estimator="LogisticRegression",
    metrics=(
        CardMetric("roc_auc", 0.65432, 0.64, 0.66, 1000),
        CardMetric("roc_auc", 0.6, 0.5, 0.7, 100, "origin=EWR|x"),
    ),
)


def test_the_card_says_what_the_model_is_for_and_how_it_does() -> None:
    text = markdown(CARD)
    assert text.startswith("# late\n")
    assert "| Learned from | 26,398 rows, 2013-01-01 to 2013-01-31 |" in text
    assert "| roc_auc | 0.6543 | 0.6400 to 0.6600 | 1,000 |" in text
    assert text.endswith("- miles\n- carrier\\_24h\n")


def test_words_of_definitions_and_data_stay_words() -> None:
    text = markdown(CARD)
    assert "| Intended use | Warn passengers. \\# Not a heading \\| \\[not a link\\](x) \\<b\\> |" in text
    assert "| origin=EWR\\|x | roc_auc |" in text


def test_a_card_without_slices_has_no_empty_table() -> None:
    text = markdown(Card(**{**{name: getattr(CARD, name) for name in CARD.__struct_fields__}, "metrics": ()}))
    assert "by slice" not in text
