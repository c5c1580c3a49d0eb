"""The verbs of proofreading, on the real ledger and the real letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dictation import proofread
from dictation.domain.documents import Doubt, DraftSection, Risk, SectionKind
from dictation.domain.progress import State
from dictation.errors import NeedsAPerson, NotAllowed
from tests.web.hospital import ANIS, BRUN, DRAFT, MOREL

TODAY = date(2026, 11, 2)
OPEN = ["dose:plan", "side:history", "number:psa"]  # most dangerous first
CLAIRE = proofread.Signer("morel", MOREL.rpps, frozenset({ANIS.rpps}))
KARIM = proofread.Signer("anis", ANIS.rpps, frozenset({MOREL.rpps}))
PAUL = proofread.Signer("brun", BRUN.rpps)


def shown(desk, dictation_id, signer=CLAIRE, today=TODAY):
    from dictation.web.parts import parts

    return proofread.open_for_signing(
        desk.ledger, desk.blobs, parts().typeset, dictation_id, signer=signer, today=today
    )


def sign(desk, dictation_id, pdf_sha256, signer=CLAIRE, today=TODAY, **more):
    return proofread.approve(
        desk.ledger, desk.blobs, dictation_id, signer=signer, seen_pdf_sha256=pdf_sha256, at=desk.clock(), today=today,
        **more,
    )  # fmt: skip


def changed(kind: SectionKind, text: str) -> list[DraftSection]:
    return [replace(section, text=text) if section.kind is kind else section for section in DRAFT.sections]


def test_a_correction_is_a_new_version_and_the_old_one_stays(desk):
    one = desk.drafted()
    version = proofread.correct(
        desk.ledger, one, changed(SectionKind.TESTS, "Le PSA est à 2,8 ng/ml."), actor="roy", expected_version=1
    )
    assert version == 2
    assert "2,8" in desk.ledger.draft(one).text()
    assert desk.ledger.draft(one, 1).sections == DRAFT.sections
    assert ("roy", "draft-saved") in desk.actions(one)


def test_saving_the_same_text_makes_no_version(desk):
    one = desk.drafted()
    sections = [replace(s, text=s.text.replace("\n", "\r\n") + " \r\n") for s in DRAFT.sections]  # as browsers send it
    assert proofread.correct(desk.ledger, one, sections, actor="roy", expected_version=1) == 1
    assert len(desk.ledger.revisions(one)) == 1


def test_a_section_left_blank_is_dropped(desk):
    one = desk.drafted()
    proofread.correct(desk.ledger, one, changed(SectionKind.REASON, "  \n"), actor="roy", expected_version=1)
    assert SectionKind.REASON not in {section.kind for section in desk.ledger.draft(one).sections}


def test_a_stale_correction_overwrites_nothing(desk):
    one = desk.drafted()
    proofread.correct(desk.ledger, one, changed(SectionKind.PLAN, "Repos."), actor="roy", expected_version=1)
    with pytest.raises(NotAllowed) as refused:
        proofread.correct(desk.ledger, one, changed(SectionKind.PLAN, "Sport."), actor="diaz", expected_version=1)
    assert refused.value.code == "E_CONFLICT"
    assert "Repos." in desk.ledger.draft(one).text()


def test_a_letter_that_left_the_desk_is_not_corrected(desk):
    one = desk.proofread()
    with pytest.raises(NotAllowed) as refused:
        proofread.correct(desk.ledger, one, changed(SectionKind.PLAN, "Sport."), actor="roy", expected_version=1)
    assert refused.value.code == "E_WRONG_STATE"
    assert desk.ledger.draft(one).sections == DRAFT.sections


def test_hand_over_names_the_open_points_high_risk_first_and_asks_once(desk):
    one = desk.drafted()
    proofread.tick(desk.ledger, one, "side:history", "heard", actor="roy")
    with pytest.raises(proofread.OpenPoints) as asked:
        proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1)
    assert asked.value.keys == ("dose:plan", "number:psa")
    assert desk.state(one) is State.DRAFTED
    confirmed = asked.value.keys
    assert proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=confirmed)
    assert desk.state(one) is State.PROOFREAD


@pytest.mark.parametrize("risk", [Risk.LOW, Risk.MEDIUM])
def test_a_point_of_lower_risk_alone_is_asked_about_too(desk, risk):
    one = desk.drafted()
    doubt = replace(DRAFT.doubts[0], risk=risk)
    desk.ledger.save_draft(one, replace(DRAFT, doubts=(doubt,)), actor="roy", expected_version=1)
    with pytest.raises(proofread.OpenPoints) as asked:
        proofread.hand_over(desk.ledger, one, actor="roy", expected_version=2)
    assert asked.value.keys == (doubt.key,)
    assert proofread.hand_over(desk.ledger, one, actor="roy", expected_version=2, confirmed=[doubt.key])


def test_confirming_one_point_does_not_confirm_another(desk):
    one = desk.drafted()
    with pytest.raises(proofread.OpenPoints):
        proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=["dose:plan"])
    assert desk.state(one) is State.DRAFTED


@pytest.mark.parametrize("verdict", proofread.VERDICTS)
def test_an_answered_point_no_longer_holds_the_letter_back(desk, verdict):
    one = desk.drafted()
    for key in OPEN:
        proofread.tick(desk.ledger, one, key, verdict, actor="roy")
    assert proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1)


def test_handing_over_twice_is_once(desk):
    one = desk.drafted()
    assert proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=OPEN)
    assert not proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=OPEN)
    assert [action for _, action in desk.actions(one)].count("proofread") == 1


def test_a_text_saved_by_somebody_else_is_not_handed_over_unseen(desk):
    one = desk.drafted()
    proofread.correct(desk.ledger, one, changed(SectionKind.PLAN, "Repos."), actor="diaz", expected_version=1)
    with pytest.raises(NotAllowed) as refused:
        proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=OPEN)
    assert refused.value.code == "E_CONFLICT"


def test_an_unknown_point_or_verdict_is_refused(desk):
    one = desk.drafted()
    for key, verdict in (("no such point", "heard"), ("dose:plan", "ignored")):
        with pytest.raises(NotAllowed):
            proofread.tick(desk.ledger, one, key, verdict, actor="roy")
    assert desk.ledger.ticks(one) == {}


def test_sending_back_needs_a_reason_and_keeps_it(desk):
    one = desk.proofread()
    with pytest.raises(NotAllowed):
        proofread.send_back(desk.ledger, one, "  ", actor="morel")
    assert desk.state(one) is State.PROOFREAD
    assert proofread.send_back(desk.ledger, one, "Dose à reprendre", actor="morel")
    assert desk.state(one) is State.DRAFTED
    assert desk.ledger.journal(one)[-1].details["note"] == "Dose à reprendre"


def test_the_letter_is_rendered_once_for_one_text(desk):
    one = desk.proofread()
    first, second = shown(desk, one), shown(desk, one)
    assert first == second
    assert desk.typesets == [(one, MOREL.rpps)]
    assert desk.blobs.get(first.pdf_sha256).startswith(b"%PDF")


def test_sent_back_and_returned_untouched_it_is_still_the_same_pdf(desk):
    one = desk.proofread()
    before = shown(desk, one)
    proofread.send_back(desk.ledger, one, "Juste une question", actor="morel")
    proofread.hand_over(desk.ledger, one, actor="roy", expected_version=1, confirmed=OPEN)
    assert shown(desk, one) == before


def test_another_text_is_another_pdf(desk):
    one = desk.proofread()
    before = shown(desk, one)
    proofread.send_back(desk.ledger, one, "Dose à reprendre", actor="morel")
    proofread.correct(desk.ledger, one, changed(SectionKind.PLAN, "Repos."), actor="roy", expected_version=1)
    proofread.hand_over(desk.ledger, one, actor="roy", expected_version=2, confirmed=OPEN)
    after = shown(desk, one)
    assert after.pdf_sha256 != before.pdf_sha256
    with pytest.raises(proofread.ProofChanged):
        sign(desk, one, before.pdf_sha256)
    assert desk.state(one) is State.PROOFREAD


def test_signing_freezes_the_bytes_that_were_shown(desk):
    one = desk.proofread()
    proof = shown(desk, one)
    assert sign(desk, one, proof.pdf_sha256)
    approved = desk.ledger.get(one)
    assert approved.state is State.APPROVED
    assert approved.pdf_sha256 == approved.approval.pdf_sha256 == proof.pdf_sha256
    assert approved.approval.text_sha256 == proofread.text_digest(DRAFT)
    assert (approved.approval.signatory, approved.approval.signed_at) == (MOREL.rpps, desk.clock())


def test_signing_twice_is_once(desk):
    one = desk.proofread()
    proof = shown(desk, one)
    assert sign(desk, one, proof.pdf_sha256)
    assert not sign(desk, one, proof.pdf_sha256)
    assert [action for _, action in desk.actions(one)].count("approved") == 1


@pytest.mark.parametrize("digest", ["", "0" * 64])
def test_bytes_that_were_never_shown_are_not_signed(desk, digest):
    one = desk.proofread()
    shown(desk, one)
    with pytest.raises(proofread.ProofChanged):
        sign(desk, one, digest)
    assert desk.state(one) is State.PROOFREAD


def test_nothing_is_signed_before_it_was_shown(desk):
    one = desk.proofread()
    with pytest.raises(proofread.ProofChanged):
        sign(desk, one, "")
    assert desk.state(one) is State.PROOFREAD


def test_a_pdf_altered_on_the_disk_is_not_signed(desk):
    one = desk.proofread()
    proof = shown(desk, one)
    desk.blobs.path(proof.pdf_sha256).write_bytes(b"%PDF altered")
    with pytest.raises(NeedsAPerson) as refused:
        sign(desk, one, proof.pdf_sha256)
    assert refused.value.code == "E_INTEGRITY"
    assert desk.state(one) is State.PROOFREAD


def test_the_day_printed_on_the_letter_is_the_day_it_is_signed(desk):
    one = desk.proofread()
    yesterday = shown(desk, one)
    with pytest.raises(proofread.ProofChanged):
        sign(desk, one, yesterday.pdf_sha256, today=date(2026, 11, 3))
    renewed = shown(desk, one, today=date(2026, 11, 3))
    assert renewed.pdf_sha256 != yesterday.pdf_sha256
    assert sign(desk, one, renewed.pdf_sha256, today=date(2026, 11, 3))


def test_a_substitute_signs_only_by_saying_so_and_on_their_own_pdf(desk):
    one = desk.proofread(MOREL)
    claires = shown(desk, one, CLAIRE)
    karims = shown(desk, one, KARIM)
    assert karims.pdf_sha256 != claires.pdf_sha256
    with pytest.raises(NotAllowed) as refused:
        sign(desk, one, karims.pdf_sha256, KARIM)
    assert refused.value.code == "E_NOT_SIGNATORY"
    assert sign(desk, one, karims.pdf_sha256, KARIM, as_substitute=True)
    assert desk.ledger.get(one).approval.signatory == ANIS.rpps
    assert desk.ledger.journal(one)[-1].details["note"] == "substitute"


@pytest.mark.parametrize("signer", [PAUL, proofread.Signer("roy", ""), proofread.Signer("x", "", frozenset({""}))])
def test_nobody_else_opens_or_signs_it(desk, signer):
    one = desk.proofread(MOREL)
    proof = shown(desk, one)
    with pytest.raises(NotAllowed):
        shown(desk, one, signer)
    with pytest.raises(NotAllowed):
        sign(desk, one, proof.pdf_sha256, signer, as_substitute=True)
    assert desk.state(one) is State.PROOFREAD


def test_hold_and_resume_come_back_to_the_same_place(desk):
    one = desk.drafted()
    assert proofread.hold(desk.ledger, one, "Quelle jambe\u202f?", actor="roy")
    assert desk.state(one) is State.HELD
    proofread.resume(desk.ledger, one, actor="roy")
    assert desk.state(one) is State.DRAFTED


def test_cancelling_needs_a_reason_and_is_final(desk):
    one = desk.drafted()
    with pytest.raises(NotAllowed):
        proofread.cancel(desk.ledger, one, "", actor="roy")
    assert proofread.cancel(desk.ledger, one, "Dictée d’essai", actor="roy")
    assert desk.state(one) is State.CANCELLED
    with pytest.raises(NotAllowed):
        proofread.hold(desk.ledger, one, "trop tard", actor="roy")


def test_a_signed_letter_on_its_way_is_not_cancelled(desk):
    one, _ = desk.uncertain()
    with pytest.raises(NotAllowed):
        proofread.cancel(desk.ledger, one, "trop tard", actor="roy")
    assert desk.state(one) is State.UNCERTAIN


def test_a_corrected_text_is_saved_with_the_points_found_anew(desk):
    one = desk.drafted()
    draft = desk.ledger.draft(one)
    new = Doubt("dose.range:plan:1", "dose.range", Risk.HIGH, "Dose inhabituelle.")
    changed = (replace(draft.sections[0], text="Autre texte."), *draft.sections[1:])

    def found(dictation_id, edited):
        return replace(edited, doubts=(*draft.doubts, new))

    proofread.correct(desk.ledger, one, changed, actor="roy", expected_version=draft.version, recheck=found)
    assert desk.ledger.draft(one).doubts == (*draft.doubts, new)


def test_a_check_that_fails_loses_no_word(desk):
    one = desk.drafted()
    draft = desk.ledger.draft(one)
    changed = (replace(draft.sections[0], text="Autre texte."), *draft.sections[1:])

    def broken(dictation_id, edited):
        raise ZeroDivisionError

    proofread.correct(desk.ledger, one, changed, actor="roy", expected_version=draft.version, recheck=broken)
    saved = desk.ledger.draft(one)
    assert (saved.sections[0].text, saved.doubts) == ("Autre texte.", draft.doubts)
