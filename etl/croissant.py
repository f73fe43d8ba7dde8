"""`croissant.json`: a dataset's files, columns and uses for machines, after Croissant 1.1.

With the vocabulary of responsible AI (RAI 1.0). What people read in the card, machines read here
in the same words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from etl import card, cardhead
from etl.features import Feature, Label, Number, Structs, Text
from etl.recipe import OTHER, Recipe
from etl.shards import Shard

_PARQUET = "application/x-parquet"
_FILES, _ROWS = "files", "rows"
_SPLIT = "^data/(train|validation|test)-.*$"
_RAI = {
    "How it was collected": "dataCollection",
    "How it was made": "dataPreprocessingProtocol",
    "Whose work it is": "dataBiases",
    "Uses": "dataUseCases",
    "Limits": "dataLimitations",
    "Personal data": "personalSensitiveInformation",
    "Maintenance": "dataReleaseMaintenancePlan",
}
_ONE = ("dataCollection", "dataReleaseMaintenancePlan")  # a text; of the others there may be many
_LISTS = {"@type": "@json"}
_TERMS = ("arrayShape", "citeAs", "column", "containedIn", "equivalentProperty", "extract", "field",
          "fileObject", "fileProperty", "fileSet", "format", "includes", "isArray",
          "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
          "references", "regex", "repeated", "replace", "samplingRate", "separator", "source",
          "subField", "transform")  # fmt: skip
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", **_LISTS},
    "examples": {"@id": "cr:examples", **_LISTS},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    **{term: f"cr:{term}" for term in _TERMS},
}

_CONFORMS = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")
_COLLECTED = "Software Collection"
WORDS = (
    "@context", "@type", "@language", "@vocab", "@container", "conformsTo", "description",
    "license", "keywords", "inLanguage", "distribution", "contentUrl", "contentSize",
    "encodingFormat", "sha256", "recordSet", "dataType", "examples", "number", "fullpath", "split",
    "cr:data", "cr:dataType", "cr:examples", "cr:FileObject", "cr:FileSet", "cr:RecordSet",
    "cr:Field", "cr:Int64", "cr:UInt8", "sc:Text", "sc:Dataset", "sc:Enumeration",
    "rai:dataCollectionType", _COLLECTED, _PARQUET, _SPLIT, *_CONFORMS, *_TERMS,
    *(f"rai:{name}" for name in _RAI.values()),
    *(value for value in _CONTEXT.values() if isinstance(value, str)),
)  # fmt: skip
"""What stands in the metadata of every dataset."""


def render(
    recipe: Recipe, features: Mapping[str, Feature], shards: Sequence[Shard], text: str
) -> str:
    """JSON-LD of a dataset's files as they were written, and of its card's text.

    It names no version and no date, for it is the same for the same rows; that and an address are
    for whoever publishes it to say.
    """
    said = card.sections(text)
    languages = {"inLanguage": list(recipe.vocabulary.languages)}
    facts: dict[str, Any] = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": list(_CONFORMS),
        "name": recipe.name,
        "description": said[""].partition("\n\n")[2] or recipe.title,
        "license": _licence(recipe),
        "citeAs": f"{recipe.title}, with the version that was used.",
        "keywords": cardhead.tags(recipe),
        **(languages if recipe.transform == "typed_text" else {}),
        **_responsible(said),
        "distribution": [*(_file(shard) for shard in shards), _ALL],
        "recordSet": [*_names(features), _rows(features, _described(text))],
    }
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _licence(recipe: Recipe) -> str:
    if recipe.license != OTHER:
        return recipe.license
    return recipe.license_link or recipe.license_name


def _responsible(said: Mapping[str, str]) -> dict[str, Any]:
    """A card's sections in the vocabulary of responsible AI, a list's lines as values each."""
    found: dict[str, Any] = {"rai:dataCollectionType": [_COLLECTED]}
    for heading, name in _RAI.items():
        text = said.get(heading, "")
        if name in _ONE and text:
            found[f"rai:{name}"] = text
        elif text:
            lines = re.split(r"\n+(?:- )?|^- ", text)
            found[f"rai:{name}"] = [line for line in lines if line]
    return found


def _file(shard: Shard) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": shard.file,
        "name": shard.file,
        "contentUrl": shard.file,
        "contentSize": f"{shard.bytes} B",
        "encodingFormat": _PARQUET,
        "sha256": shard.sha256,
    }


_ALL = {
    "@type": "cr:FileSet",
    "@id": _FILES,
    "name": _FILES,
    "description": "All files of rows.",
    "encodingFormat": _PARQUET,
    "includes": "data/*.parquet",
}


def _described(text: str) -> dict[str, str]:
    """Column -> what the card's tables say of it."""
    found: dict[str, str] = {}
    for names, what in re.findall(r"^\| (`[^|]*`) \| (.*) \|$", text, re.MULTILINE):
        for name in re.findall(r"`([^`]+)`", names):
            found.setdefault(name, what)
    return found


def labels(features: Mapping[str, Feature]) -> Iterator[tuple[str, Label]]:
    """(column or part of an action, feature) of each class label."""
    for name, feature in features.items():
        if isinstance(feature, Label):
            yield name, feature
        elif isinstance(feature, Structs):
            yield from ((part, one) for part, one in feature.parts if isinstance(one, Label))


def _names(features: Mapping[str, Feature]) -> list[dict[str, Any]]:
    """A record set for each class label: which number stands for which name."""
    return [
        {
            "@type": "cr:RecordSet",
            "@id": f"names/{column}",
            "name": f"names/{column}",
            "description": f"Which name each number in {column} stands for.",
            "dataType": "sc:Enumeration",
            "key": {"@id": f"names/{column}/number"},
            "field": [
                _field(f"names/{column}/number", "number", dataType="cr:Int64"),
                _field(f"names/{column}/name", "name", dataType="sc:Text"),
            ],
            "data": [
                {f"names/{column}/number": number, f"names/{column}/name": name}
                for number, name in enumerate(label.names)
            ],
        }
        for column, label in labels(features)
    ]


def _field(at: str, name: str, **more: Any) -> dict[str, Any]:
    return {"@type": "cr:Field", "@id": at, "name": name, **more}


def _rows(features: Mapping[str, Feature], described: Mapping[str, str]) -> dict[str, Any]:
    """The record set of the rows themselves: each column, and the split from the file's name."""
    whole = {"fileProperty": "fullpath"}
    split = {"fileSet": {"@id": _FILES}, "extract": whole, "transform": {"regex": _SPLIT}}
    columns = [_column(name, feature, described) for name, feature in features.items()]
    return {
        "@type": "cr:RecordSet",
        "@id": _ROWS,
        "name": _ROWS,
        "field": [*columns, _field(f"{_ROWS}/split", "split", dataType="sc:Text", source=split)],
    }


def _column(name: str, feature: Feature, described: Mapping[str, str]) -> dict[str, Any]:
    at = f"{_ROWS}/{name}"
    if not isinstance(feature, Structs):
        about = _about(name, feature, described)
        return _field(at, name, **about, **_type(feature), source=_source(name))
    parts = [
        _field(f"{at}/{part}", part, **_about(part, inner, described), **_type(inner),
               source={**_source(name), "transform": {"jsonPath": part}})
        for part, inner in feature.parts
    ]  # fmt: skip
    return _field(at, name, isArray=True, arrayShape="-1", subField=parts)


def _about(name: str, feature: Feature, described: Mapping[str, str]) -> dict[str, str]:
    said = [described[name]] if name in described else []
    said += [f"a number that names/{name} names"] if isinstance(feature, Label) else []
    return {"description": "; ".join(said)} if said else {}


def _source(column: str) -> dict[str, Any]:
    return {"fileSet": {"@id": _FILES}, "extract": {"column": column}}


def _type(feature: Label | Number | Text) -> dict[str, Any]:
    if isinstance(feature, Text):
        return {"dataType": "sc:Text"}
    if isinstance(feature, Label):
        return {"dataType": "cr:Int64"}
    many = {"isArray": True, "arrayShape": "-1"} if feature.many else {}
    return {"dataType": "cr:UInt8", **many}
