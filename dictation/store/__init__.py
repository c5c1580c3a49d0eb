"""Store: what is known about every dictation, in one database, behind one door (Ledger).

A Django app. Rows stay inside: what leaves are frozen domain records. django_settings.setup(settings) comes first in
every process; only then may tables, ledger or accounts be imported.
"""
