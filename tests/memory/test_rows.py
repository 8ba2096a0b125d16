"""Rows in chunks: what a moment holds stays, whatever is written after."""

from __future__ import annotations

from random import Random

from basicdb_mock.storage.memory.rows import SIZE, Rows


def filled(number: int) -> Rows:
    rows = Rows()
    for at in range(1, number + 1):
        rows.append(f"i{at}", {"n": str(at)})
    return rows


def test_a_moment_keeps_what_is_replaced_removed_and_appended_after_it() -> None:
    rows = filled(SIZE + 10)
    moment = rows.moment()
    rows.replace(3, {"n": "other"})
    rows.remove(SIZE + 5)
    rows.append("new", {"n": "new"})
    assert [entity for entity, _, _ in moment.after()] == list(range(1, SIZE + 11))
    assert moment.get(3) == ("i3", {"n": "3"})
    assert moment.get(SIZE + 11) is None
    assert rows.moment().get(3) == ("i3", {"n": "other"})
    assert rows.moment().get(SIZE + 5) is None


def test_a_copy_and_its_original_go_their_own_ways() -> None:
    rows = filled(SIZE + 10)
    other = rows.copy()
    rows.append("ours", {"n": "1"})
    other.append("theirs", {"n": "2"})
    rows.replace(1, {"n": "ours"})
    assert other.moment().get(1) == ("i1", {"n": "1"})
    assert rows.moment().get(SIZE + 11) == ("ours", {"n": "1"})
    assert other.moment().get(SIZE + 11) == ("theirs", {"n": "2"})


def test_rows_come_after_and_before_an_entity_in_order() -> None:
    rows = filled(3 * SIZE)
    for entity in range(2, 3 * SIZE, 3):
        rows.remove(entity)
    moment = rows.moment()
    there = [entity for entity in range(1, 3 * SIZE + 1) if entity % 3 != 2]
    for mark in (0, 1, SIZE - 1, SIZE, SIZE + 1, 3 * SIZE, 10**18):
        assert [entity for entity, _, _ in moment.after(mark)] == [entity for entity in there if entity > mark]
        assert [entity for entity, _, _ in moment.before(mark)] == [
            entity for entity in reversed(there) if entity < mark
        ]
    assert [entity for entity, _, _ in moment.before(None)] == there[::-1]


def test_the_names_of_deleted_items_are_let_go() -> None:
    rows = filled(3 * SIZE)
    for entity in range(SIZE, 2 * SIZE):
        rows.remove(entity)
    for entity in range(2 * SIZE, 3 * SIZE - 1):
        rows.remove(entity)
    first, gone, sparse, _ = rows.moment().chunks
    assert (first.live, gone.live, sparse.live) == (SIZE - 1, 0, 1)
    assert set(gone.names) == {""}
    assert set(sparse.names) == {"", f"i{3 * SIZE - 1}"}


def test_any_order_of_changes_leaves_every_earlier_moment_as_it_was() -> None:
    chance = Random(3)
    rows, now = Rows(), dict[int, tuple[str, str]]()
    moments = []
    for step in range(6000):
        if chance.random() < 0.6 or not now:
            entity = rows.append(f"i{step}", {"n": str(step)})
            now[entity] = (f"i{step}", str(step))
        elif chance.random() < 0.5:
            entity = chance.choice(list(now)[-50:])
            rows.replace(entity, {"n": str(step)})
            now[entity] = (now[entity][0], str(step))
        else:
            entity = chance.choice(list(now)[:50])
            rows.remove(entity)
            del now[entity]
        if step % 500 == 0:
            moments.append((rows.moment(), dict(now)))
    for moment, then in moments:
        assert {entity: (name, item["n"]) for entity, name, item in moment.after()} == then
