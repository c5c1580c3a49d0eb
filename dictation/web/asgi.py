"""The ASGI application: `uvicorn dictation.web.asgi:application`, after parts.install()."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
