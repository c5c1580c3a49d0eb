"""The database itself refuses to change or delete a line of the journal, or a saved draft.

Django rebuilds a table on SQLite when a column changes, and loses its triggers: a later migration that alters one of
these tables must run `refuse` again.
"""

from __future__ import annotations

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FROZEN_TABLES = ("journal", "revision")

SQLITE = """
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION {table}_no_{verb}() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$;
CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} EXECUTE FUNCTION {table}_no_{verb}();
"""


def refuse(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    on_sqlite = schema_editor.connection.vendor == "sqlite"
    verbs = ("update", "delete") if on_sqlite else ("update", "delete", "truncate")
    for table in FROZEN_TABLES:
        for verb in verbs:
            schema_editor.execute((SQLITE if on_sqlite else POSTGRESQL).format(table=table, verb=verb))


class Migration(migrations.Migration):
    dependencies = [("store", "0001_tables")]
    operations = [migrations.RunPython(refuse)]
