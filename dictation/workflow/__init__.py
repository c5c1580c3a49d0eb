"""Workflow: runs steps that survive a crash. Knows dictation ids and step names, nothing of medicine or letters.

engine.py      the only importer of the durable-execution library
reconcile.py   starts what the ledger says should run and does not
lock.py        one worker per installation
"""
