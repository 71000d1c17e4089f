"""Settings in parts. `config.settings` is what runs everywhere; `config.settings.test` is for pytest and
sets its own environment first, so nothing is read here when another module was asked for."""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE", __name__) == __name__:
    from config.settings.base import *
