"""Whom we trust when we call out over TLS."""

import functools
import os
import ssl

import certifi


@functools.lru_cache(maxsize=1)
def client_context() -> ssl.SSLContext:
    """Certificates are checked against the system's authorities, or where it has none (a slim
    container) certifi's; SSL_CERT_FILE and SSL_CERT_DIR name others.
    """
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not paths.cafile and not (paths.capath and os.listdir(paths.capath)):
        context.load_verify_locations(certifi.where())
    return context
