"""The figures page: per service, never per person; the CSV says the same numbers."""

from __future__ import annotations

import csv
import io
import re

from dictation.domain.progress import State
from tests.web.hospital import ANIS, BRUN, MOREL


def a_month(desk) -> None:
    """Two letters of Urologie (one signed, one stuck), one of Orthopédie waiting for days, a file nobody could read."""
    desk.drafted(BRUN)
    desk.clock.forward(50 * 3600)
    one = desk.drafted(MOREL)
    desk.clock.forward(2 * 3600)
    desk.ledger.move(one, State.DRAFTED, State.PROOFREAD, actor="roy")
    desk.ledger.move(desk.received(ANIS), State.RECEIVED, State.STUCK, actor="test", error_code="E_INTERNAL")
    desk.ledger.refuse("illisible.ds2", code="E_AUDIO_DS2", quarantine_name="q1")


def lines(client, query: str = "") -> dict[tuple[str, str, str], list[str]]:
    """(service, rubric, detail) -> letters, median, 90th percentile, unit."""
    content = client.get(f"/chiffres?format=csv{query}").content.decode("utf-8-sig")
    head, *rows = csv.reader(io.StringIO(content), delimiter=";")
    assert head == ["service", "rubrique", "détail", "lettres", "médiane", "90e centile", "unité"]
    found = {(service, rubric, detail): cells for service, rubric, detail, *cells in rows}
    assert len(found) == len(rows)
    return found


def test_each_service_has_its_delays_backlog_points_and_incidents(desk, signed_in):
    a_month(desk)
    told = lines(signed_in("roy"))
    assert told["Urologie", "Délai", "Relecture"] == ["1", "2,00", "2,00", "heures"]
    assert told["Orthopédie", "Délai", "Relecture"][0] == "0"
    assert told["Orthopédie", "En cours", "1 à 3 jours"][0] == "1"
    assert told["Urologie", "Points à vérifier", "par lettre"] == ["1", "3", "3", "points"]
    assert told["Urologie", "Incidents", "Arrêts sur erreur"][0] == "1"
    assert told["Orthopédie", "Incidents", "Arrêts sur erreur"][0] == "0"
    assert told["sans service", "Incidents", "Fichiers refusés"][0] == "1"
    assert told["tous les services", "En cours", "moins d’un jour"][0] == "3"


def test_the_page_shows_the_numbers_of_the_csv_and_nobody(desk, signed_in):
    a_month(desk)
    client = signed_in("admin")
    page, told = client.get("/chiffres").content.decode(), lines(client)
    assert not [name for name in ("Morel", "Anis", "Brun", MOREL.rpps) if name in page]
    assert page.count('<svg class="bars"') == 2
    for service in ("Orthopédie", "Urologie", "sans service"):
        row = re.search(rf'<th scope="row">{service}</th>(.*?)</tr>', page)[1]
        shown = [cell.replace("–", "") for cell in re.findall(r">([^<>]*)</td>", row)]
        own = [cells for (one, _, _), cells in told.items() if one == service]
        delays, rest = own[:5], own[5:]
        assert len(delays) == 5
        assert shown == [*(cells[0] for cells in rest[:4]), *rest[4][:3], *(cells[0] for cells in rest[5:])]


def test_one_service_is_shown_alone(desk, signed_in):
    a_month(desk)
    client = signed_in("roy")
    page, told = client.get("/chiffres?service=Urologie").content.decode(), lines(client, "&service=Urologie")
    assert {service for service, _, _ in told} == {"Urologie"}
    assert told["Urologie", "Incidents", "Arrêts sur erreur"][0] == "1"
    assert "Orthopédie</th>" not in page
    assert "format=csv&amp;service=Urologie" in page


def test_nobody_counts_a_service_they_do_not_see(desk, signed_in):
    a_month(desk)
    for account in ("noel", "brun"):
        client = signed_in(account)
        assert {service for service, _, _ in lines(client)} == {"tous les services", "Orthopédie"}
        # asked for another, they get their own
        assert {service for service, _, _ in lines(client, "&service=Urologie")} == {"tous les services", "Orthopédie"}
