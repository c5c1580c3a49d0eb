"""Shared texts: which text blocks a person may insert: their own, their services' and their sites'."""

from __future__ import annotations

from dictation.domain.desk import TextBlock
from dictation.web.parts import parts
from dictation.web.people import Person


def sites_and_services(who: Person) -> tuple[list[str], list[str]]:
    """Whose shared blocks this person sees: everybody's for a secretary, those of their own service for a surgeon."""
    authors = [one for one in parts().authors if who.scope is None or one.rpps in who.scope]
    return sorted({one.site for one in authors}), sorted({one.service for one in authors if one.service})


def blocks_for(who: Person) -> list[TextBlock]:
    sites, services = sites_and_services(who)
    return list(parts().ledger.blocks(sites=sites, services=services, account=who.account))
