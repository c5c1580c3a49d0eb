"""Spoken: an author answers a question by voice. What was heard is shown to them as text before it is sent; the sound
stays with the answer, so that the secretary can hear whether the text is right.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from dictation.dictaphone import BYTES, RATE, wav_of
from dictation.domain.progress import State
from dictation.errors import DictationError, NotAllowed
from dictation.web.pages import refused
from dictation.web.parts import parts
from dictation.web.people import AUTHOR, READERS, journal, person, readable, roles
from transcribe.errors import TranscribeError

LONGEST = 30 * RATE * BYTES  # bytes: half a minute


@require_http_methods(["GET", "POST"])
@roles(*READERS)
def spoken_answer(request: HttpRequest, dictation_id: str, number: int) -> HttpResponse:
    """POST: 16 kHz, 16-bit mono samples; JSON with the words and the digest to send along. GET: the sound, as WAV."""
    dictation = readable(request, dictation_id)
    question = next((one for one in parts().ledger.questions(dictation_id) if one.id == number), None)
    if question is None:
        raise Http404
    if request.method == "GET":
        if not question.answer_sound:
            raise Http404
        journal(request, "listened", dictation_id)
        return HttpResponse(parts().blobs.get(question.answer_sound), content_type="audio/wav")
    if person(request).role != AUTHOR or dictation.state not in {State.DRAFTED, State.HELD, State.PROOFREAD}:
        return refused(request, NotAllowed(f"dictation {dictation_id}", code="E_WRONG_STATE"))
    samples = request.body
    if not 0 < len(samples) <= LONGEST or len(samples) % BYTES:
        return HttpResponse(status=400)
    wav = wav_of(samples)
    try:
        return JsonResponse({"text": parts().hear(wav), "sound": parts().blobs.put(wav)})
    except (DictationError, TranscribeError):
        return JsonResponse({"text": "", "sound": parts().blobs.put(wav)})  # the sound is kept: it can be typed after
