"""The WSGI entry: pages and API without sockets and hooks, for synchronous servers beside the ASGI ones."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()
