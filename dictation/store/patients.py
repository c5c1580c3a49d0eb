"""Patients: the identities and visits the hospital's administration told, and the list of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from dictation.domain import codec
from dictation.domain.people import Patient
from dictation.domain.visits import News, Visit
from dictation.store import journal, rows
from dictation.store.tables import PatientRow, VisitRow
from dictation.store.transactions import reading, writing

Expected = list[tuple[Visit, Patient]]


class Patients:
    """The register of who may be dictated about."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def learn(self, news: News) -> None:
        """Keep what was told; told twice, it is kept once. The last word counts."""
        now = self._clock()
        with writing():
            if news.patient and news.patient.hospital_number:
                columns = {
                    "patient": codec.dumps(news.patient),
                    "search": rows.folded(f"{news.patient.last_name} {news.patient.first_name}"),
                    "changed_at": now,
                }
                PatientRow.objects.update_or_create(hospital_number=news.patient.hospital_number, defaults=columns)
                if news.merged_from:
                    self._merge(news.merged_from, news.patient.hospital_number, now)
            if news.visit:
                VisitRow.objects.update_or_create(
                    number=news.visit.number,
                    defaults={
                        "hospital_number": news.visit.hospital_number,
                        "on": news.visit.on,
                        "author": news.visit.author,
                        "service": news.visit.service,
                        "cancelled": news.visit.cancelled,
                        "changed_at": now,
                    },
                )

    def find(self, hospital_number: str) -> Patient | None:
        """Who this number stands for today, through as many mergers as there were."""
        seen: set[str] = set()
        with reading():
            while hospital_number not in seen:
                seen.add(hospital_number)
                row = PatientRow.objects.filter(pk=hospital_number).first()
                if row is None:
                    return None
                if not row.merged_into:
                    return codec.loads(Patient, row.patient)
                hospital_number = row.merged_into
        return None

    def expected(self, on: date, author: str = "") -> Expected:
        """The list of a day, of one author when asked: visits that were not cancelled, with who comes."""
        with reading():
            visits = VisitRow.objects.filter(on=on, cancelled=False).order_by("number")
            if author:
                visits = visits.filter(author__in=[author, ""])
            found = [_visit(row) for row in visits]
        known = [(visit, self.find(visit.hospital_number)) for visit in found]
        return [(visit, patient) for visit, patient in known if patient]

    def _merge(self, before: str, after: str, now: datetime) -> None:
        PatientRow.objects.update_or_create(
            hospital_number=before,
            defaults={"merged_into": after, "changed_at": now},
            create_defaults={"merged_into": after, "changed_at": now, "patient": "{}"},
        )
        PatientRow.objects.filter(pk=after).update(merged_into="")
        journal.append(now, "administration", "patients-merged", "", {"before": before, "after": after})


def _visit(row: VisitRow) -> Visit:
    return Visit(row.number, row.hospital_number, row.on, row.author, row.service, row.cancelled)
