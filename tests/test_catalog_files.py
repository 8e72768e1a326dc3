from __future__ import annotations

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from retrieval import catalog_values as cells
from retrieval.catalog_check import check_catalog, report_on
from retrieval.catalog_drafts import item_slug
from retrieval.catalog_files import read_catalog
from retrieval.catalog_mapping import read_mapping
from retrieval.errors import UserError

MAPPINGS = Path(__file__).parent.parent / "retrieval" / "catalogs" / "mappings"

ROWS = [
    {"id": "a", "title": "Up", "year": 2009, "genres": ["Animation", "Family"], "stock": 3},
    {"id": "b", "title": "1917", "year": 2019, "genres": ["War"], "stock": 1.5},
]
CSV = "id,title,year,genres,stock\na,Up,2009,Animation|Family,3\nb,1917,2019,War,1.5\n"
YAML = """
- {id: a, title: Up, year: 2009, genres: [Animation, Family], stock: 3}
- id: b
  title: 1917
  year: 2019
  genres: War
  stock: 1.5
"""


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def lines(*rows: object) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def as_file(folder: Path, form: str) -> Path:
    if form == "parquet":
        path = folder / "c.parquet"
        parquet.write_table(pa.Table.from_pylist(ROWS), path)
        return path
    text = {"csv": CSV, "jsonl": lines(*ROWS), "json": json.dumps(ROWS), "yaml": YAML}[form]
    return write(folder, f"c.{form}", text)


@pytest.mark.parametrize("form", ["csv", "jsonl", "json", "yaml", "parquet"])
@pytest.mark.parametrize("zipped", [False, True])
def test_every_form_reads_to_the_same_items(tmp_path: Path, form: str, zipped: bool) -> None:
    path = as_file(tmp_path, form)
    if zipped:
        path = write(tmp_path, path.name + ".gz", gzip.compress(path.read_bytes()))
    read = read_catalog(path)
    up, war = read.catalog.items
    assert (up.item_id, up.title, up.year, up.genres) == ("a", "Up", 2009, ("Animation", "Family"))
    assert (war.title, war.genres, war.number("stock")) == ("1917", ("War",), 1.5)
    assert read.catalog.ranges["stock"] == (1.5, 3.0)
    assert read.catalog.fingerprint == read_catalog(as_file(tmp_path, "jsonl")).catalog.fingerprint
    assert read.bad_rows == ()


@pytest.mark.parametrize("sign", [";", "\t"])
def test_csv_with_another_separator(tmp_path: Path, sign: str) -> None:
    path = write(tmp_path, "c.csv", "\ufeff" + CSV.replace(",", sign).replace("\n", "\r\n"))
    assert [item.title for item in read_catalog(path).catalog.items] == ["Up", "1917"]


def test_lists_may_be_json_python_or_barred_text_or_objects_with_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "c.jsonl",
        lines(
            {"title": "a", "genres": '["war", "drama"]'},
            {"title": "b", "genres": "['war', 'drama']"},
            {"title": "c", "genres": "war| drama |war"},
            {"title": "d", "genres": [{"id": 1, "name": "war"}, {"id": 2, "name": "drama"}]},
        ),
    )
    assert {item.genres for item in read_catalog(path).catalog.items} == {("war", "drama")}


def test_people_are_directors_cast_and_people_each_once(tmp_path: Path) -> None:
    row = {"title": "x", "director": "Ann", "cast": ["Bo", "Ann"], "people": "Cy", "writer": "Di"}
    item = read_catalog(write(tmp_path, "c.jsonl", lines(row))).catalog.items[0]
    assert item.directors == ("Ann",)
    assert item.values("person") == ("Ann", "Bo", "Cy", "Di")


def test_spellings_of_a_facet_value_are_united(tmp_path: Path) -> None:
    rows = [{"title": str(n), "mood": mood} for n, mood in enumerate(["Dark", "dark", "Dark"])]
    catalog = read_catalog(write(tmp_path, "c.jsonl", lines(*rows))).catalog
    assert dict(catalog.facets["mood"].counts) == {"Dark": 3}


def test_a_column_with_over_200_values_is_kept_but_not_asked_about(tmp_path: Path) -> None:
    rows = [{"title": str(n), "few": f"v{n % 200}", "many": f"v{n}"} for n in range(201)]
    facets = read_catalog(write(tmp_path, "c.jsonl", lines(*rows))).catalog.facets
    assert facets["few"].askable
    assert not facets["many"].askable
    assert len(facets["many"].counts) == 201


def test_a_column_is_a_range_only_if_every_filled_cell_is_a_number(tmp_path: Path) -> None:
    rows = [
        {"title": "a", "pages": "12", "size": 1},
        {"title": "b", "pages": "n/a", "size": "XL"},
        {"title": "c", "pages": 1e400, "size": None},
    ]
    text = lines(*rows).replace("Infinity", "NaN")
    catalog = read_catalog(write(tmp_path, "c.jsonl", text)).catalog
    assert catalog.ranges["pages"] == (12.0, 12.0)
    assert catalog.items[0].values("size") == ("1",)
    assert catalog.items[2].number("pages") is None


def test_ids_come_from_title_and_year_and_do_not_move(tmp_path: Path) -> None:
    first = {"title": "The Shining", "year": 1980}
    other = {"title": "The Shining", "year": 1980, "description": "another"}
    one = read_catalog(write(tmp_path, "a.jsonl", lines(first, other))).catalog
    two = read_catalog(write(tmp_path, "b.jsonl", lines({"title": "Up"}, first))).catalog
    assert [item.item_id for item in one.items] == ["the-shining-1980", "the-shining-1980-2"]
    assert two.items[1].item_id == "the-shining-1980"
    assert item_slug("千与千寻", None) == "千与千寻"
    assert item_slug("???", None) != item_slug("!!!", None)


BAD_JSON = b"""{"title": "good"}
{"title": "broken"
["a list"]
{"year": 1999}
{"title": "caf\xe9"}

{"title": "half \\ud83d"}
{"title": "\xef\xbf\xbd\xef\xbf\xbd"}
{"id": "1", "title": "one"}
{"id": "1", "title": "two"}
{"title": "good"}
"""


def test_bad_lines_are_reported_with_line_and_reason_and_left_out(tmp_path: Path) -> None:
    read = read_catalog(write(tmp_path, "c.jsonl", BAD_JSON))
    reasons = {bad.line: bad.reason for bad in read.bad_rows}
    assert [item.title for item in read.catalog.items] == ["good", "one"]
    assert list(reasons) == [2, 3, 4, 5, 7, 8, 10, 11]
    assert reasons[2].startswith("broken JSON")
    assert reasons[3] == "not a row of columns but a list"
    assert reasons[4] == "no title"
    assert reasons[5] == "not UTF-8: byte 0xe9 at character 15"
    assert reasons[7].startswith("broken encoding")
    assert reasons[8] == "broken encoding in the title"
    assert reasons[10] == "the id 1 stands already on line 9"
    assert reasons[11] == "says the same as line 1"


BAD_CSV = b"""title,plot
"two
lines",fine
too few
too,many,values
"never closed,oops
caf\xe9,latin
5" screen,fine
"a ""quoted"" word",fine
"""


def test_a_broken_csv_line_costs_no_other_line(tmp_path: Path) -> None:
    read = read_catalog(write(tmp_path, "c.csv", BAD_CSV))
    titles = [item.title for item in read.catalog.items]
    assert titles == ["two lines", '5" screen', 'a "quoted" word']
    assert [bad.line for bad in read.bad_rows] == [4, 5, 6, 7]
    assert [bad.reason for bad in read.bad_rows] == [
        "1 values for 2 columns",
        "3 values for 2 columns",
        "broken CSV: its quotes do not match",
        "not UTF-8: byte 0xe9 at character 4",
    ]


def test_a_broken_yaml_item_costs_no_other(tmp_path: Path) -> None:
    text = b"- title: one\n- title: [broken\n- title: caf\xe9\n- title: No\n  kind: ~\n"
    read = read_catalog(write(tmp_path, "c.yaml", text))
    assert [item.title for item in read.catalog.items] == ["one", "No"]
    assert [bad.line for bad in read.bad_rows] == [2, 3]
    assert read.catalog.items[1].extra == {}


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [
        ("c.jsonl", "", "no good row"),
        ("c.jsonl", '{"plot": "x"}\n', "no column `title`"),
        ("c.csv", "title,year\n", "no good row"),
        ("c.csv", "title,title\na,b\n", "twice"),
        ("c.csv", "year\n1\n", "no column `title`"),
        ("c.jsonl", '{"title": ""}\n', "line 1, no title"),
        ("c.yaml", "a: [\n", "YAML file is broken"),
        ("c.json", '[{"title": ', "JSON array that is broken"),
        ("c.parquet", "no parquet", "Parquet file is broken"),
        ("c.jsonl.gz", b"\x1f\x8b\x08broken", "is broken"),
        ("c.txt", "title", "of no known form"),
    ],
)
def test_a_file_of_no_use_is_refused_in_one_line(
    tmp_path: Path, name: str, content: str | bytes, word: str
) -> None:
    with pytest.raises(UserError) as caught:
        read_catalog(write(tmp_path, name, content))
    assert word in caught.value.message
    assert caught.value.mend
    assert "\n" not in str(caught.value)


def test_an_absent_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_catalog(tmp_path / "absent.csv")


def test_a_mapping_renames_splits_drops_and_names(tmp_path: Path) -> None:
    path = write(tmp_path, "c.csv", 'Buch,Von,Sprache,x,y\nFaust,"Goethe, Eckermann",ger,1,2\n')
    mapping = write(
        tmp_path,
        "m.yaml",
        "noun: book\ncolumns: {Buch: title, Von: people, Sprache: language, y: weight}\n"
        'separators: {Von: ","}\nvalues: {Sprache: {ger: German}}\ndrop: [x]\n'
        "constants: {country: Germany, people: Nobody}\nlabels: {seen: Read it}\n",
    )
    catalog = read_catalog(path, mapping).catalog
    item = catalog.items[0]
    assert (item.title, item.people) == ("Faust", ("Goethe", "Eckermann"))
    assert (item.language, item.country) == (("German",), ("Germany",))
    assert item.extra == {"weight": 2.0}
    assert (catalog.noun, catalog.labels["seen"]) == ("book", "Read it")
    assert catalog.labels["like"] == "Like"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("nouns: book", "unknown key: nouns"),
        ("labels: {liked: Yes}", "unknown button: liked"),
        ("columns: [a]", "`columns`"),
        ("columns: {title: }", "`title` under `columns`"),
        ("columns: {absent: title}", "column absent"),
        ("drop: title", "`drop`"),
        ("noun: [a]", "`noun`"),
        ("- a", "no table"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str, word: str) -> None:
    path = write(tmp_path, "c.jsonl", lines(*ROWS))
    with pytest.raises(UserError) as caught:
        read_catalog(path, write(tmp_path, "m.yaml", text))
    assert word in caught.value.message
    assert caught.value.mend


def test_the_report_counts_what_is_missing_double_and_not_understood(tmp_path: Path) -> None:
    rows = [
        {"id": 1, "title": "The Fly", "year": 1986, "url": "javascript:alert(1)", "mood": "dark"},
        {"id": 2, "title": "Fly", "year": 1986, "runtime": "soon"},
        {"id": 3, "title": "Up", "year": 2009, "runtime": "1h 36m"},
        {"id": 3, "title": "Up again"},
    ]
    report = check_catalog(write(tmp_path, "c.jsonl", lines(*rows)))
    assert (report.items, len(report.bad_rows)) == (3, 1)
    assert report.unreadable == {"url": 1, "runtime": 1}
    assert report.missing == {"year": 0, "runtime": 2, "mood": 2}
    assert report.doubles == ("The Fly (1986)", "Fly (1986)")
    assert report.facets == {"mood": (1, True)}
    assert report.ranges["runtime"] == (96.0, 96.0)
    assert "line 4: the id 3 stands already on line 3" in "\n".join(report.lines())
    json.dumps(report.to_dict())


@pytest.mark.parametrize(
    ("value", "year"),
    [(1999, 1999), ("1999", 1999), (1999.0, 1999), ("1999-05-01", 1999), ("(1999)", 1999),
     (-750, -750), ("soon", None), (19.5, None), (99999, None), (True, None)],
)  # fmt: skip
def test_years(value: object, year: int | None) -> None:
    assert cells.year_of(value) == year


@pytest.mark.parametrize(
    ("value", "price"),
    [("$1,299.50", 1299.5), ("12.99 €", 12.99), (5, 5.0), ("EUR 5", 5.0), ("free", None)],
)
def test_prices(value: object, price: float | None) -> None:
    assert cells.price_of(value) == price


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_no_cell_breaks_a_reader(value: object) -> None:
    assert "\n" not in cells.text_of(value)
    assert all(cells.list_of(value))
    for read in (cells.year_of, cells.price_of, cells.minutes_of, cells.number_of):
        number = read(value)
        assert number is None or abs(number) < float("inf")
    cells.is_missing(value)
    cells.address_of(value)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    form=st.sampled_from(["csv", "jsonl", "json", "yaml"]),
    place=st.integers(0, 200),
    bytes_=st.binary(min_size=1, max_size=6),
)
def test_whatever_stands_in_a_file_it_is_read_or_refused(
    tmp_path: Path, form: str, place: int, bytes_: bytes
) -> None:
    path = as_file(tmp_path, form)
    content = path.read_bytes()
    path.write_bytes(content[:place] + bytes_ + content[place + len(bytes_) :])
    try:
        read = read_catalog(path)
    except UserError as error:
        assert "\n" not in str(error)
    else:
        json.dumps(report_on(read).to_dict()).encode()


@pytest.mark.parametrize("path", sorted(MAPPINGS.iterdir()), ids=lambda path: path.name)
def test_the_mappings_that_come_with_the_project_are_sound(path: Path) -> None:
    assert read_mapping(path).noun in ("film", "book", "product")


@pytest.mark.data
@pytest.mark.parametrize(
    ("file", "mapping", "noun", "count"),
    [
        ("redial/catalog.jsonl.gz", "redial", "film", 6924),
        ("catalogs/wikipedia_movies.jsonl.gz", "wikipedia_movies", "film", 36266),
        ("catalogs/books.csv.gz", "books", "book", 10000),
        ("catalogs/products.yaml", "products", "product", 2465),
    ],
)
def test_the_shared_catalogues_read_through_their_mappings(
    shared_data: Path, file: str, mapping: str, noun: str, count: int
) -> None:
    read = read_catalog(shared_data / file, MAPPINGS / f"{mapping}.yaml")
    assert (read.catalog.noun, len(read.catalog)) == (noun, count)
