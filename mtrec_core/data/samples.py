"""The datasets that ship with the program, ready in one click. No torch here."""

from dataclasses import dataclass
from pathlib import Path

from mtrec_core.data.drafts import link
from mtrec_core.data.schema import DatasetSpec
from mtrec_core.data.spec_file import load_dataset_spec

FOLDER = Path(__file__).resolve().parents[2] / "sample_data"


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One row of the table of samples."""

    key: str
    """Its folder below `sample_data`, and the name that it gets."""
    title: str
    text: str
    """What is in it and what it shows, in two sentences."""


SAMPLES: dict[str, Sample] = {
    sample.key: sample
    for sample in (
        Sample(
            key="shop",
            title="An online shop",
            text="2,000 customers, 1,512 products, ads, searches and a service desk over one year. "
            "Eight tasks: some help each other, two conflict.",
        ),
        Sample(
            key="enrolments",
            title="A college",
            text="600 students and 96 courses: the same kinds of task in another field, and small "
            "enough for a first look.",
        ),
    )
}


def use_sample(key: str, datasets: Path) -> DatasetSpec:
    """The sample as a dataset that may be changed; its tables stay where they are. Asked again, the same."""
    return link(load_dataset_spec(FOLDER / key), datasets, key)
