"""Amounts: figures as a letter writes them, and masses in one unit, for the rules that compare them."""

from __future__ import annotations

import re

NUMBER = r"\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:,\d+)?|\d+(?:,\d+)?"  # « 1 000 », « 2,5 »
IN_MG = {"ng": 0.000001, "µg": 0.001, "gamma": 0.001, "gammas": 0.001, "mg": 1.0, "g": 1000.0}
MILLIONS = frozenset({"MUI", "MU", "million d’unités", "millions d’unités"})  # of units
UNITS = frozenset({"UI", "U", "unités", "unité"})  # of activity: one thing in a prescription


def number(text: str | None) -> float | None:
    """« 4 000 » -> 4000.0, « 2,5 » -> 2.5; None for what is no single figure (« 24/26 », « ½ », nothing)."""
    try:
        return float(re.sub(r"\s", "", text or "").replace(",", "."))
    except ValueError:
        return None
