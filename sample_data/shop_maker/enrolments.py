"""A dataset of another field: students of a college, courses, and how it went. No torch here.

Students choose courses like those that they liked; the better one suits them, the better the grade.
"""

import numpy as np
import pandas as pd

from sample_data.shop_maker.words import capitalised, draw, pick, word_list

STUDENTS, MEAN_COURSES = 600, 8
TERMS = ("2023-02-01", "2023-09-01", "2024-02-01", "2024-09-01", "2025-02-01", "2025-09-01")
PROGRAMMES = {
    "natural sciences": "Science",
    "fine arts": "Arts",
    "liberal arts": "Humanities",
    "business": "Business",
}


def make_enrolments(seed: int) -> dict[str, pd.DataFrame]:
    """File name -> table."""
    rng = np.random.default_rng([seed, 8])
    courses, subject_of = _courses(rng)
    subjects = [name for name in word_list("courses") if name != "frame"]
    faculty_of = np.array([word_list("courses")[name]["faculty"] for name in subjects])
    difficulty = rng.normal(size=len(courses)) * 0.6
    appeal = np.exp(0.5 * rng.normal(size=len(courses)))
    students, rows = [], []
    for number in range(1, STUDENTS + 1):
        programme = pick(list(PROGRAMMES), rng)
        likes = 0.8 * (faculty_of == PROGRAMMES[programme]) + rng.gumbel(size=len(subjects))
        favourites = np.argsort(-likes)[:3]
        ability = rng.normal()
        students.append(
            (f"st{number:03d}", programme, int(rng.integers(18, 60)), pick(("day", "evening", "online"), rng))
        )
        weights = appeal * (0.06 + np.isin(subject_of, favourites))
        for place in range(int(np.clip(rng.poisson(MEAN_COURSES), 2, len(TERMS) * 3))):
            course = draw(weights, rng)
            weights[course] = 0.0
            liked = subject_of[course] in favourites
            grade = 9.0 + 0.6 * ability + 4.5 * liked - 1.5 * difficulty[course] + 1.3 * rng.normal()
            left = rng.random() < (0.04 if liked else 0.3)
            outcome = (
                "left early"
                if left
                else "failed"
                if grade < 9.5
                else "passed"
                if grade < 14
                else "distinction"
            )
            term = TERMS[min(place * len(TERMS) // (MEAN_COURSES + 2), len(TERMS) - 1)]
            enrolled = np.datetime64(term) + int(rng.integers(0, 28))
            mark = None if left else round(float(np.clip(grade, 0, 20)), 1)
            rows.append((f"st{number:03d}", courses["course_id"][course], str(enrolled), outcome, mark))
    enrolments = pd.DataFrame(rows, columns=["student_id", "course_id", "enrolled_on", "outcome", "grade"])
    return {
        "students.csv": pd.DataFrame(students, columns=["student_id", "programme", "age", "form"]),
        "courses.csv": courses,
        "enrolments.csv": enrolments.sort_values(["enrolled_on", "student_id", "course_id"]),
    }


def _courses(rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    rows, subject_of = [], []
    subjects = {name: entry for name, entry in word_list("courses").items() if name != "frame"}
    for place, entry in enumerate(subjects.values()):
        for title, own in zip(entry["titles"], entry["topics"], strict=True):
            chosen = (own, pick([topic for topic in entry["topics"] if topic != own], rng))
            text = " ".join(
                str(pick(word_list("courses")["frame"]["opens"], rng)).format(topic) for topic in chosen
            )
            rows.append((title, capitalised(text), entry["faculty"], int(pick((2, 4, 6), rng))))
            subject_of.append(place)
    order = rng.permutation(len(rows))
    table = pd.DataFrame([rows[place] for place in order], columns=["title", "about", "faculty", "credits"])
    table.insert(0, "course_id", [f"c{number:02d}" for number in range(1, len(rows) + 1)])
    return table, np.array(subject_of)[order]
