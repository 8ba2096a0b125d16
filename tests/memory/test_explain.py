"""Explaining says how an expression was answered, and how much it cost."""

from __future__ import annotations

from basicdb_mock.changes import Put, Write
from basicdb_mock.limits import AWS
from basicdb_mock.select import parse
from basicdb_mock.select.explain import Explanation, explain
from basicdb_mock.storage.contract import Domain
from basicdb_mock.storage.memory import ALWAYS, NEVER, Indexing, MemoryDomain


def filled(indexing: Indexing) -> MemoryDomain:
    domain = MemoryDomain(0.0, indexing)
    for start in range(0, 1000, 25):
        changes = [
            Put(f"i{at:04}", (("year", str(1900 + at % 100)), ("kind", "even" if at % 2 == 0 else "odd")))
            for at in range(start, start + 25)
        ]
        domain.apply(Write(changes, AWS))
    return domain


def explained(domain: Domain, text: str) -> Explanation:
    return explain(domain, parse(text))


def test_a_walk_along_an_index_examines_what_it_yields() -> None:
    told = explained(filled(ALWAYS), "select * from d where year > '1990' order by year desc limit 20")
    assert told == Explanation(
        strategy="walk along an index in the order asked for",
        indexes=("year",),
        narrowing="year > '1990'",
        order="year, descending",
        items=1000,
        estimate=90,
        examined=20,
        found=20,
    )


def test_candidates_come_from_the_most_selective_conjunct() -> None:
    told = explained(filled(ALWAYS), "select * from d where kind = 'even' and year = '1950'")
    assert (told.strategy, told.indexes) == ("candidates from indexes, in order of creation", ("year",))
    assert (told.estimate, told.examined, told.found) == (10, 10, 10)


def test_without_an_index_a_scan_examines_everything() -> None:
    told = explained(filled(NEVER), "select * from d where kind = 'even' and year = '1950'")
    assert (told.strategy, told.indexes, told.examined, told.found) == ("scan of the rows", (), 1000, 10)


def test_a_page_of_everything_examines_what_it_gives() -> None:
    told = explained(filled(NEVER), "select * from d limit 20")
    assert (told.strategy, told.indexes, told.examined, told.found) == ("scan of the rows", (), 20, 20)


def test_a_count_by_indexes_looks_at_no_item() -> None:
    told = explained(filled(ALWAYS), "select count(*) from d where not (kind = 'even' and year < '1950')")
    assert (told.strategy, told.indexes) == ("count by indexes alone", ("kind", "year"))
    assert (told.examined, told.found) == (0, 750)


def test_a_count_of_everything_is_a_figure_of_the_domain() -> None:
    told = explained(filled(NEVER), "select count(*) from d")
    assert (told.strategy, told.examined, told.found) == ("the domain's own figures", 0, 1000)


def test_it_reads_as_text() -> None:
    text = "select * from d where `order` in ('a', 'b') or itemName() like 'i1%'"
    assert str(explained(filled(NEVER), text)) == (
        "strategy:    scan of the rows\n"
        "index:       none\n"
        "narrowed to: (`order` = 'a' or `order` = 'b') or itemName() >= 'i1' and itemName() < 'i2'\n"
        "order:       creation\n"
        "domain:      1000 items\n"
        "estimated:   1000 items to look at for all matches\n"
        "examined:    1000 items\n"
        "found:       0 items"
    )


def test_a_storage_that_tells_nothing_of_itself_is_explained_by_what_it_looked_at() -> None:
    domain = filled(NEVER)

    class Plain:
        search, count, statistics = domain.search, domain.count, domain.statistics

    told = explain(Plain(), parse("select * from d where kind = 'odd' limit 3"))
    assert (told.strategy, told.estimate, told.found) == ("the storage's own search", None, 3)
    assert told.examined == 1000  # the order is that of the attribute: everything was looked at to sort it
