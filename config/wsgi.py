"""The WSGI entry: pages and API without sockets and hooks, for synchronous servers beside the ASGI ones."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from config.proxies import BehindProxiesWsgi, Proxies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = BehindProxiesWsgi(get_wsgi_application(), Proxies(settings.TRUSTED_PROXIES))
