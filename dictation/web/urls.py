"""Addresses of the pages, in French, without anything about a patient: dictations by their id alone."""

from __future__ import annotations

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from dictation.web import (
    accounts,
    addressee,
    assets,
    attached,
    audio,
    beside,
    desk,
    devices,
    errors,
    events,
    figures,
    followup,
    health,
    learning,
    my_account,
    points,
    preview,
    recorder,
    revisions,
    sendings,
    shortcuts,
    signing,
    spoken,
    texts,
    words,
    worklist,
    wrong_patient,
)


class DictationId(StringConverter):
    """12 lower-case hexadecimal characters."""

    regex = "[0-9a-f]{12}"


register_converter(DictationId, "id")

urlpatterns = [
    path("", worklist.home, name="home"),
    path("connexion", accounts.sign_in, name="sign_in"),
    path("deconnexion", accounts.sign_out, name="sign_out"),
    path("session", accounts.unlock, name="unlock"),
    path("dictees/<id:dictation_id>", worklist.case, name="case"),
    path("dictees/<id:dictation_id>/action", worklist.act, name="act"),
    path("dictees/<id:dictation_id>/relecture", desk.desk, name="desk"),
    path("dictees/<id:dictation_id>/texte", desk.save, name="save"),
    path("dictees/<id:dictation_id>/points", points.points, name="points"),
    path("dictees/<id:dictation_id>/son", audio.sound, name="sound"),
    path("dictees/<id:dictation_id>/ondes", audio.peaks, name="peaks"),
    path("dictees/<id:dictation_id>/documents/<int:number>", attached.document, name="document"),
    path("dictees/<id:dictation_id>/prise", beside.lock, name="lock"),
    path("dictees/<id:dictation_id>/question", beside.ask, name="ask"),
    path("dictees/<id:dictation_id>/question/<int:number>", beside.answer, name="answer"),
    path("dictees/<id:dictation_id>/question/<int:number>/voix", spoken.spoken_answer, name="spoken_answer"),
    path("dictees/<id:dictation_id>/mauvais-patient", wrong_patient.wrong_patient, name="wrong_patient"),
    path("dictees/<id:dictation_id>/mot", words.learn_word, name="learn_word"),
    path("dictees/<id:dictation_id>/ailleurs", words.elsewhere, name="elsewhere"),
    path("dictees/<id:dictation_id>/versions", revisions.revisions, name="revisions"),
    path("dictees/<id:dictation_id>/destinataire", addressee.addressee, name="addressee"),
    path("textes", texts.texts, name="texts"),
    path("textes/changer", texts.change_text, name="change_text"),
    path("textes/appris", learning.learning, name="learning"),
    path("textes/appris/reponse", learning.answer, name="learning_answer"),
    path("touches", shortcuts.shortcuts, name="shortcuts"),
    path("touches/changer", shortcuts.change_shortcut, name="change_shortcut"),
    path("preferences", texts.remember, name="remember"),
    path("dictees/<id:dictation_id>/apercu", preview.preview, name="preview"),
    path("dictees/<id:dictation_id>/apercu/<int:number>.png", preview.preview_sheet, name="preview_sheet"),
    path("dictees/<id:dictation_id>/signature", signing.signing, name="signing"),
    path("dictees/<id:dictation_id>/signer", signing.sign, name="sign"),
    path("dictees/<id:dictation_id>/renvoyer", signing.send_back, name="send_back"),
    path("dictees/<id:dictation_id>/lettre.pdf", signing.letter, name="letter"),
    path("dictees/<id:dictation_id>/lettre/<int:number>.png", signing.letter_sheet, name="letter_sheet"),
    path("suivante", worklist.following, name="following"),
    path("evenements", events.events, name="events"),
    path("listes/<slug:tab>", worklist.worklist, name="worklist"),
    path("envois", sendings.sendings, name="sendings"),
    path("envois/reponses", followup.replies, name="replies"),
    path("envois/reponses/<slug:reply_id>", followup.settle, name="settle"),
    path("envois/<id:dictation_id>/suivi", followup.followup, name="followup"),
    path("envois/<id:dictation_id>/suivi/decision", followup.decide, name="followup_decide"),
    path("envois/<id:dictation_id>/preuve", followup.proof, name="proof"),
    path("envois/<id:dictation_id>/preuve.pdf", followup.proof_pdf, name="proof_pdf"),
    path("envois/<id:dictation_id>/page-de-garde.pdf", followup.cover, name="cover"),
    path("envois/<id:dictation_id>", sendings.decide, name="decide"),
    path("chiffres", figures.figures, name="figures"),
    path("sante", health.health, name="health"),
    path("sante/journal", health.verify, name="verify"),
    path("compte", my_account.account, name="account"),
    path("comptes", accounts.accounts, name="accounts"),
    path("comptes/nouveau", accounts.create, name="create_account"),
    path("comptes/<int:user_id>", accounts.change, name="change_account"),
    path("dictaphone/", recorder.dictaphone, name="dictaphone"),
    path("dictaphone/liste", recorder.expected, name="recorder_list"),
    path("dictaphone/application.json", recorder.manifest, name="recorder_manifest"),
    path("dictaphone/service.js", recorder.service_worker, name="recorder_service"),
    path("dictaphone/dictees/<str:take>/morceaux/<int:number>", recorder.piece, name="recorder_piece"),
    path("dictaphone/dictees/<str:take>", recorder.take, name="recorder_take"),
    path("dictaphone/appareils", devices.devices, name="devices"),
    path("dictaphone/appareils/<int:device_id>/revoquer", devices.revoke, name="revoke_device"),
    path("dictaphone/appareil/<str:link>", devices.enrol, name="enrol_device"),
    path("vie", health.alive, name="alive"),
    path("static/<slug:version>/<path:name>", assets.static_file, name="static"),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
