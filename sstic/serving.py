"""The web server around the application, with the bounds that it keeps before a request reaches us."""

import uvicorn

# Of a request line and all its headers together; more is answered 400 and the connection closed.
MOST_HEADER_BYTES = 16 * 1024


def server_on(host: str, port: int) -> uvicorn.Server:
    """A server that says nothing of itself and believes no proxy: ``sstic.proxies`` knows whom to believe."""
    chosen = uvicorn.Config(
        "sstic.app:app",
        host=host,
        port=port,
        http="h11",
        ws="none",
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
    )
    return uvicorn.Server(chosen)
