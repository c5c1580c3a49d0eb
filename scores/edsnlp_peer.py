"""edsnlp on given mentions, run by its own interpreter: [[text, start, end], ...] on standard input, statuses out.

Not imported by anything here: edsnlp is no dependency of this project (docs/decisions/0002-dependencies.md).
"""

import json
import sys

import edsnlp
from spacy.util import filter_spans

nlp = edsnlp.blank("eds")
for pipe in ("eds.normalizer", "eds.sentences", "eds.negation", "eds.hypothesis", "eds.family", "eds.history"):
    nlp.add_pipe(pipe)
disabled = ("eds.negation", "eds.hypothesis", "eds.family", "eds.history")
said = []
for text, start, end in json.load(sys.stdin):
    doc = nlp.make_doc(text)
    doc.ents = filter_spans([doc.char_span(start, end, label="given", alignment_mode="expand")])
    for name, pipe in nlp.pipeline:
        doc = pipe(doc)
        if name not in disabled:
            doc.ents = filter_spans([doc.char_span(start, end, label="given", alignment_mode="expand")])
    told = doc.ents[0]._
    status = "negated" if told.negation else "family" if told.family else "hypothesis" if told.hypothesis else ""
    said.append(status or ("past" if told.history else ""))
print(json.dumps(said))
