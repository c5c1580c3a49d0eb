"""Jinja2 for the pages: strict about missing names, escaping everything, with the French filters and those of keys."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from jinja2 import Environment, StrictUndefined

from dictation import shortcuts
from dictation.web import french
from dictation.web.assets import address


def environment(**options: Any) -> Environment:
    """Called by Django's Jinja2 backend with its options (loader, autoescape)."""
    options["undefined"] = StrictUndefined
    options.update(trim_blocks=True, lstrip_blocks=True)
    env = Environment(**options)
    env.filters.update(
        day=french.day,
        duration=french.length,
        place=french.place,
        to_go=french.to_go,
        percent=french.percent,
        moment=french.moment,
        age=french.age,
        capped=french.capped,
        delay=french.delay,
        hours=french.hours,
        key_label=shortcuts.label,
        key_aria=shortcuts.aria,
    )
    env.globals.update(url=_url, static=address, count=french.count)
    return env


def _url(name: str, **values: Any) -> str:
    return reverse(name, kwargs=values or None)
