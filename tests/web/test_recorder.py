"""The door of the dictaphone: pieces kept once, one recording in the inbox, devices that can do nothing else."""

from __future__ import annotations

import io
import json
import re
import uuid
import wave
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from dictation.intake.sidecar import check
from dictation.web.parts import parts
from tests.web.hospital import MOREL

PATIENT = {
    "last_name": "Lefort", "first_name": "Anne", "birth_date": "1964-05-02", "sex": "F", "hospital_number": "IPP-0042",
}  # fmt: skip
SOUND = [bytes([n]) * 64_000 for n in range(1, 4)]  # three pieces of two seconds


@pytest.fixture
def take() -> str:
    return str(uuid.uuid4())


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    return tmp_path / "inbox"


def put(client: Client, take: str, number: int, sound: bytes) -> int:
    return client.put(f"/dictaphone/dictees/{take}/morceaux/{number}", sound, "application/octet-stream").status_code


def end(client: Client, take: str, stretches: list[list[int]], **about: Any) -> Any:
    told = {"stretches": stretches, "about": {"patient": PATIENT, "letter_type": "consultation", **about}}
    return client.post(f"/dictaphone/dictees/{take}", json.dumps(told), "application/json")


def device(desk: Any, account: str = "morel") -> Client:
    """A phone that was enrolled by its link."""
    client = Client(headers={"host": "localhost"})
    link = parts().devices.invite(account, "téléphone", actor="admin")
    assert client.get(f"/dictaphone/appareil/{link}").status_code == 200  # looked at: not used up
    assert client.post(f"/dictaphone/appareil/{link}").status_code == 302
    return client


def test_pieces_in_any_order_become_one_recording_with_its_sidecar(desk, signed_in, take, inbox):
    client = signed_in("morel")
    assert [put(client, take, n, SOUND[n]) for n in (2, 0, 1, 1)] == [204] * 4  # one came twice
    assert client.get(f"/dictaphone/dictees/{take}").json() == {"pieces": [0, 1, 2]}
    stretches = [[0, 0, 32_000], [1, 0, 10_000], [2, 500, 32_000]]  # « reprendre d'ici » left a part of the second out
    answer = end(client, take, stretches, urgent=True)
    assert answer.json() == {"name": f"dictaphone-{take}.wav"}
    with wave.open(str(inbox / f"dictaphone-{take}.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        assert file.readframes(10**6) == SOUND[0] + SOUND[1][:20_000] + SOUND[2][1_000:]
    sidecar = json.loads((inbox / f"dictaphone-{take}.json").read_text())
    assert check(sidecar) == []
    assert sidecar["author"] == MOREL.rpps
    assert sidecar["priority"] == "urgent"
    assert sidecar["patient"] == PATIENT
    assert {path.name for path in inbox.iterdir()} == {f"dictaphone-{take}.wav", f"dictaphone-{take}.json"}
    assert parts().dictaphone.begun() == []


def test_ended_twice_is_one_recording_even_after_intake_took_it(desk, signed_in, take, inbox):
    client = signed_in("morel")
    put(client, take, 0, SOUND[0])
    first = end(client, take, [[0, 0, 32_000]])
    for path in inbox.iterdir():
        path.unlink()  # intake took both
    again = end(client, take, [[0, 0, 32_000]])
    assert again.json() == first.json()
    assert put(client, take, 0, SOUND[0]) == 204  # a late repeat is answered, and changes nothing
    assert list(inbox.iterdir()) == []


def test_what_is_missing_or_wrong_is_said_and_nothing_is_lost(desk, signed_in, take, inbox):
    client = signed_in("morel")
    put(client, take, 0, SOUND[0])
    assert put(client, take, 0, SOUND[1]) == 409  # another sound under the same number
    assert put(client, take, 1, b"odd") == 409
    assert put(client, "../../etc", 1, SOUND[0]) == 404
    assert put(client, "0" * 36, 1, SOUND[0]) == 409
    assert end(client, take, [[0, 0, 32_000], [1, 0, 32_000]]).status_code == 409  # the second has not arrived
    assert end(client, take, [[0, 0, 99_000]]).status_code == 409
    wrong = end(client, take, [[0, 0, 32_000]], patient={**PATIENT, "birth_date": "1964-02-31"})
    assert wrong.status_code == 422
    assert wrong.json()["problems"]
    assert not inbox.exists() or list(inbox.iterdir()) == []
    [waiting] = parts().dictaphone.begun()
    assert (waiting.take, waiting.author, waiting.seconds) == (take, MOREL.rpps, 2.0)
    assert end(client, take, [[0, 0, 32_000]]).status_code == 200


def test_a_take_belongs_to_who_began_it(desk, signed_in, take):
    put(signed_in("morel"), take, 0, SOUND[0])
    other = signed_in("anis")
    assert put(other, take, 1, SOUND[1]) == 409
    assert other.get(f"/dictaphone/dictees/{take}/morceaux/0").status_code == 409
    assert other.delete(f"/dictaphone/dictees/{take}").status_code == 409
    assert signed_in("morel").get(f"/dictaphone/dictees/{take}/morceaux/0").content == SOUND[0]
    assert signed_in("morel").delete(f"/dictaphone/dictees/{take}").status_code == 204
    assert parts().dictaphone.begun() == []


@pytest.mark.parametrize(("account", "status"), [("", 401), ("roy", 403), ("admin", 403), ("morel", 204)])
def test_only_authors_dictate(desk, signed_in, take, account, status):
    assert put(signed_in(account), take, 0, SOUND[0]) == status
    assert signed_in(account).get("/dictaphone/liste").status_code == (200 if status == 204 else status)


def test_a_device_dictates_and_does_nothing_else(desk, take):
    phone = device(desk)
    assert put(phone, take, 0, SOUND[0]) == 204
    told = phone.get("/dictaphone/liste").json()
    assert told["patients"][0]["last_name"] == "Lefort"
    assert told["author"] == MOREL.rpps
    assert phone.get("/dictaphone/").status_code == 200
    for route in ("/listes/toutes", "/dictaphone/appareils", "/chiffres", f"/dictees/{desk.drafted()}/relecture"):
        assert phone.get(route).status_code == 302, route  # to the sign-in
    assert any(action == "dictaphone-received" for action in _done(phone, take, desk))


def _done(phone: Client, take: str, desk: Any) -> list[str]:
    assert end(phone, take, [[0, 0, 32_000]]).status_code == 200
    return [entry.action for entry in desk.ledger.journal("")]


def test_a_link_works_once_and_for_a_day(desk, signed_in, clock):
    phone = device(desk)
    [known] = parts().devices.list("morel")
    assert known.enrolled_at
    link = parts().devices.invite("morel", "tablette", actor="admin")
    clock.forward(timedelta(days=2).total_seconds())
    late = Client(headers={"host": "localhost"}).post(f"/dictaphone/appareil/{link}")
    assert late.status_code == 409
    assert "demandez-en un nouveau" in late.content.decode()
    assert phone.get("/dictaphone/liste").status_code == 200


def test_the_link_is_shown_once_in_words_and_as_a_code(desk, signed_in):
    client = signed_in("morel")
    page = client.post("/dictaphone/appareils", {"label": "téléphone du bloc"}).content.decode()
    assert page.count('class="qr"') == 1
    assert " style=" not in page  # the policy would refuse it
    [link] = re.findall(r'id="link">http://localhost(/dictaphone/appareil/[\w-]+)<', page)
    assert Client(headers={"host": "localhost"}).post(link).status_code == 302
    assert link not in client.get("/dictaphone/appareils").content.decode()


def test_a_revoked_device_is_told_to_empty_itself(desk, signed_in, take):
    phone = device(desk)
    [known] = parts().devices.list()
    assert signed_in("anis").post(f"/dictaphone/appareils/{known.id}/revoquer").status_code == 404  # not theirs
    assert signed_in("morel").post(f"/dictaphone/appareils/{known.id}/revoquer").status_code == 302
    refused = phone.put(f"/dictaphone/dictees/{take}/morceaux/0", SOUND[0], "application/octet-stream")
    assert refused.status_code == 410
    assert refused.json()["code"] == "E_DEVICE_REVOKED"
    assert phone.get("/dictaphone/").status_code == 200  # its script has to run once more, to empty it
    assert parts().dictaphone.begun() == []


def test_a_closed_account_closes_its_devices(desk, take):
    from django.contrib.auth.models import User

    phone = device(desk)
    User.objects.filter(username="morel").update(is_active=False)
    assert put(phone, take, 0, SOUND[0]) == 410


def test_the_link_is_shown_once_and_nobody_else_may_prepare(desk, signed_in):
    page = signed_in("admin").post("/dictaphone/appareils", {"account": "morel", "label": "téléphone du bloc"})
    assert "/dictaphone/appareil/" in page.content.decode()
    again = signed_in("admin").get("/dictaphone/appareils").content.decode()
    assert "téléphone du bloc" in again
    assert "/dictaphone/appareil/" not in again
    assert signed_in("roy").get("/dictaphone/appareils").status_code == 403
    assert "téléphone du bloc" not in signed_in("anis").get("/dictaphone/appareils").content.decode()


def test_the_page_alone_may_use_the_microphone(desk, signed_in):
    page = signed_in("morel").get("/dictaphone/")
    assert "microphone=(self)" in page["Permissions-Policy"]
    assert "worker-src 'self'" in page["Content-Security-Policy"]
    assert "microphone=()" in signed_in("morel").get("/listes/toutes")["Permissions-Policy"]
    assert json.loads(signed_in("").get("/dictaphone/application.json").content)["start_url"] == "/dictaphone/"
    assert io.BytesIO(signed_in("").get("/dictaphone/service.js").content).read(2) == b"//"
