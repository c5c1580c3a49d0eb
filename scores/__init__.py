"""Scores: how good the product is, on sets written for the purpose, beside the tools of the field.

`make scores` runs every measure below, prints one table and writes it to scores/results/ with its date and command.
Each measure is a module with `rows() -> list[Row]`; its sets lie in sets/, the rules never see the test sets.
"""
