"""An answer that differs is told with what was expected, what came, and where they part."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from basicdb_mock.transcripts.comparison import Difference, differences, show, token_fields
from basicdb_mock.transcripts.transcript import ErrorAnswer, Expectation, Result, Trust
from basicdb_mock.wire.message import Response

NAMES = (
    '<?xml version="1.0"?>\n<SelectResponse xmlns="http://sdb.amazonaws.com/doc/2009-04-15/"><SelectResult>'
    "<Item><Name>a</Name></Item><Item><Name>b</Name></Item></SelectResult><ResponseMetadata><RequestId>1</RequestId>"
    "<BoxUsage>0.0000140160</BoxUsage></ResponseMetadata></SelectResponse>"
)
ERROR = (
    '<?xml version="1.0"?>\n<Response><Errors><Error><Code>NoSuchDomain</Code><Message>The specified domain does not '
    "exist.</Message><BoxUsage>0.0000137200</BoxUsage></Error></Errors><RequestID>1</RequestID></Response>"
)


TYPED = {"content-type": "text/xml"}


def answer(body: str = NAMES, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, headers or {}, body.encode())


def found(expect: Expectation, response: Response, trust: Trust = Trust.BYTES) -> list[Difference]:
    return differences(expect, trust, response)


def test_request_ids_never_count() -> None:
    assert found(Expectation(200, body=NAMES.replace(">1<", ">2<")), answer()) == []


def test_every_other_byte_of_a_raw_body_counts() -> None:
    spaced = NAMES.replace("<Item>", " <Item>", 1)

    assert found(Expectation(200, body=spaced), answer()) == [
        Difference("body", spaced.replace(">1<", ">…<"), NAMES.replace(">1<", ">…<"))
    ]
    assert found(Expectation(200, body=spaced), answer(), Trust.STRUCTURE) == []


def test_ignored_elements_do_not_count() -> None:
    expect = Expectation(200, body=NAMES.replace("0.0000140160", "0.1").replace(' xmlns="http://sdb', ' xmlns="http://x'))

    assert [difference.subject for difference in found(expect, answer(), Trust.STRUCTURE)] == ["body"]
    ignoring = Expectation(200, body=expect.body, ignore=("BoxUsage", "xmlns"))
    assert found(ignoring, answer(), Trust.STRUCTURE) == []


def test_a_body_that_differs_is_shown_by_lines_with_the_first_one_marked() -> None:
    (difference,) = found(Expectation(200, body=NAMES.replace(">b<", ">c<")), answer())

    shown = show(difference).split("\n")

    assert shown[0] == "body: - expected, + actual, first difference at ▶"
    assert "▶ -       <Name>c</Name>" in shown
    assert "  +       <Name>b</Name>" in shown
    assert sum(line.startswith("▶") for line in shown) == 1


def test_a_short_text_that_differs_is_shown_with_a_mark_under_the_place() -> None:
    assert show(Difference("message", "It is so.", "It is not.")).split("\n") == [
        "message:",
        "  expected  'It is so.'",
        "  actual    'It is not.'",
        "                   ^ first difference",
    ]


def test_an_answer_that_is_no_xml_is_told() -> None:
    page = answer("<html><p>moved</html>")

    assert found(Expectation(200, body=NAMES), page, Trust.STRUCTURE)[0].expected == "XML"
    assert found(Expectation(200, body=NAMES), page)[0].actual == page.body.decode()
    assert found(Expectation(200, result=Result(items=("a",))), page)[0].actual == "'<html><p>moved</html>'"


def test_status_and_headers_count() -> None:
    expect = Expectation(200, {"Content-Type": "text/xml", "X": None})

    assert found(expect, answer(status=500, headers={**TYPED, "x": "1"})) == [
        Difference("status", "200", "500"), Difference("header X", "(absent)", "1"),
    ]  # fmt: skip
    assert found(expect, answer(headers=TYPED)) == []


def test_without_a_status_success_and_failure_still_count() -> None:
    assert found(Expectation(error=ErrorAnswer()), answer())[0] == Difference("status", "an error", "200")
    assert found(Expectation(body=NAMES), answer(ERROR, 400))[0] == Difference("status", "a success", "400")
    assert found(Expectation(body=ERROR), answer(ERROR, 400)) == []


@pytest.mark.parametrize(
    ("expected", "difference"),
    [
        (ErrorAnswer("NoSuchDomain", "The specified domain does not exist.", "0.0000137200"), None),
        (ErrorAnswer(box_usage=True), None),
        (ErrorAnswer(code="Other"), Difference("code", "Other", "NoSuchDomain")),
        (ErrorAnswer(message="No."), Difference("message", "No.", "The specified domain does not exist.")),
        (ErrorAnswer(box_usage=False), Difference("BoxUsage", "not there", "0.0000137200")),
    ],
)
def test_what_is_known_of_an_error_is_compared(expected: ErrorAnswer, difference: Difference | None) -> None:
    assert found(Expectation(400, error=expected), answer(ERROR, 400)) == ([difference] if difference else [])


@pytest.mark.parametrize(
    ("expected", "subject"),
    [
        (Result(items=("a", "b"), items_in_any_order=("b", "a"), item_count=2, next_token=False), None),
        (Result(items=("b", "a")), "items"),
        (Result(items=()), "items"),
        (Result(items_in_any_order=("a",)), "items in any order"),
        (Result(item_count=3), "number of items"),
        (Result(contents={"a": {}, "b": {"x": ("1",)}}), "contents"),
        (Result(attribute_count=1), "number of attributes"),
        (Result(count=2), "Count"),
        (Result(next_token=True), "NextToken"),
        (Result(box_usage="0.1"), "BoxUsage"),
        (Result(encoded=("YQ==",)), "texts in base64"),
        (Result(domains=("d",)), "domains"),
        (Result(metadata={"ItemCount": "1"}), "ItemCount"),
        (Result(attributes={"a": ("1",)}), "attributes"),
    ],
)
def test_what_is_known_of_a_result_is_compared(expected: Result, subject: str | None) -> None:
    subjects = [difference.subject for difference in found(Expectation(200, result=expected), answer())]

    assert subjects == ([subject] if subject else [])


def test_a_token_is_told_by_its_fields() -> None:
    assert token_fields("Ym9va3M=") == {"domainName": "books"}
