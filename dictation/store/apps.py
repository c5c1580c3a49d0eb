"""The Django application of the store; its models live in tables/."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class StoreConfig(AppConfig):
    name = "dictation.store"
    label = "store"
    default_auto_field = "django.db.models.BigAutoField"

    def import_models(self) -> None:
        """Django looks for a module called models; ours says what it holds."""
        assert self.apps is not None  # set by the registry before it calls this
        self.models = self.apps.all_models[self.label]
        self.models_module = import_module("dictation.store.tables")
