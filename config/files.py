"""Where attachments are kept: `WARROOM_FILES_URL` as Django's storage."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_ADDRESSING = {"auto", "path", "virtual"}
_OPTIONS = {"region", "endpoint", "addressing"}


def storage_of(url: str, default: Path) -> dict[str, Any]:
    """Return the entry for `STORAGES` of a directory (a path or `file://…`) or a bucket.

    A bucket: `s3://bucket/folder?region=eu-west-1&endpoint=https://minio.example.org&addressing=path`. Its keys
    come the way of every program for S3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's
    role. Nothing in it is made public: what is read goes through Warroom, which asks who may.

    :raises ImproperlyConfigured: the address can't be read; the text says how.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return _bucket(parts.netloc, parts.path, parse_qs(parts.query, keep_blank_values=True))
    if parts.scheme not in ("", "file"):
        raise ImproperlyConfigured("WARROOM_FILES_URL must be a directory or s3://bucket, not " + parts.scheme + "://")
    if parts.netloc:
        raise ImproperlyConfigured("WARROOM_FILES_URL: a directory is file:///srv/files, with three slashes.")
    place = unquote(parts.path) if parts.scheme else url
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": place or str(default), "base_url": None},
    }


def _bucket(name: str, folder: str, given: dict[str, list[str]]) -> dict[str, Any]:
    if not name or "@" in name:
        raise ImproperlyConfigured("WARROOM_FILES_URL: s3://bucket/folder; keys go into AWS_ACCESS_KEY_ID and so on.")
    if unknown := sorted(set(given) - _OPTIONS):
        raise ImproperlyConfigured(f"WARROOM_FILES_URL: {unknown[0]} is not one of {', '.join(sorted(_OPTIONS))}.")
    options = {key: values[-1] for key, values in given.items()}
    addressing = options.get("addressing", "auto")
    if addressing not in _ADDRESSING:
        raise ImproperlyConfigured(f"WARROOM_FILES_URL: addressing is one of {', '.join(sorted(_ADDRESSING))}.")
    try:
        from botocore.config import Config
    except ImportError:
        raise ImproperlyConfigured("WARROOM_FILES_URL: a bucket needs what requirements-extra.txt lists; install it.")
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": name,
            "location": unquote(folder).strip("/"),
            "region_name": options.get("region") or None,
            "endpoint_url": options.get("endpoint") or None,
            "default_acl": None,
            "file_overwrite": False,
            "client_config": Config(
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "max_attempts": 2},
                s3={"addressing_style": addressing},
                signature_version="s3v4",
            ),
        },
    }
