"""Headers: what every answer says about itself, so that a browser keeps nothing and runs nothing but our own files.

No inline script or style anywhere: the policy refuses them. Pages are never stored; the static files, which hold no
patient data and carry their version in the address, are the one exception.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ]
)
FIXED = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # CSRF over https needs the Referer of our own pages; nobody else gets one
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), usb=()",
}

# The dictaphone alone may use the microphone, be installed, and answer without the network.
RECORDING = {
    "Content-Security-Policy": f"{POLICY}; worker-src 'self'; manifest-src 'self'",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), screen-wake-lock=(self), usb=()",
}


class SecurityHeaders:
    """Django middleware, outermost: errors and redirects carry the headers too."""

    sync_capable = True
    async_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in (FIXED | (RECORDING if getattr(response, "records", False) else {})).items():
            response.headers[name] = value
        response.headers.setdefault("Cache-Control", "no-store")
        return response
