"""Patients: the identities and visits the hospital's administration told, and the list of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db.models import Q

from dictation.domain import codec
from dictation.domain.people import Patient
from dictation.domain.visits import News, Visit
from dictation.store import journal, rows
from dictation.store.tables import PatientRow, VisitRow
from dictation.store.transactions import reading, writing

STAY_IS_RECENT = timedelta(days=60)
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
            if visit := news.visit:
                told = {
                    "hospital_number": visit.hospital_number,
                    "on": visit.on,
                    "author": visit.author,
                    "service": visit.service,
                    "cancelled": visit.cancelled,
                    "changed_at": now,
                }
                if visit.until or visit.stays:  # a message that does not speak of the discharge leaves it as it was
                    told["until"] = visit.until
                VisitRow.objects.update_or_create(number=visit.number, defaults=told)

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
        """The list of a day, of one author when asked: visits that were not cancelled, with who comes or leaves."""
        with reading():
            visits = VisitRow.objects.filter(Q(on=on) | Q(until=on), cancelled=False).order_by("number")
            if author:
                visits = visits.filter(author__in=[author, ""])
            found = [_visit(row) for row in visits]
        known = [(visit, self.find(visit.hospital_number)) for visit in found]
        return [(visit, patient) for visit, patient in known if patient]

    def stay(self, hospital_number: str, by: date) -> Visit | None:
        """The one stay of a patient that ended in the two months up to `by`; None when there is none, or several."""
        recent = VisitRow.objects.filter(until__lte=by, until__gte=by - STAY_IS_RECENT, cancelled=False)
        with reading():
            found = [_visit(row) for row in recent.filter(hospital_number=hospital_number)[:2]]
        return found[0] if len(found) == 1 else None

    def _merge(self, before: str, after: str, now: datetime) -> None:
        PatientRow.objects.update_or_create(
            hospital_number=before,
            defaults={"merged_into": after, "changed_at": now},
            create_defaults={"merged_into": after, "changed_at": now, "patient": "{}"},
        )
        PatientRow.objects.filter(pk=after).update(merged_into="")
        journal.append(now, "administration", "patients-merged", "", {"before": before, "after": after})


def _visit(row: VisitRow) -> Visit:
    return Visit(row.number, row.hospital_number, row.on, row.author, row.service, row.cancelled, row.until)
