# One image for every process: web, worker, clock, listen, and the one-off commands.
# Debian 12, because its PostgreSQL client programs are of version 15, like the server in compose.yaml.
FROM python:3.11-slim-bookworm AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /app
COPY requirements-extra.txt ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --require-hashes -r requirements-extra.txt
COPY . .
# The key is for this command only and goes no further: nothing of it is in what is collected.
RUN SECRET_KEY=only-for-collectstatic WARROOM_DATA_DIR=/tmp/build \
      /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && /opt/venv/bin/python -m compileall -q . \
    && rm -rf /tmp/build


FROM python:3.11-slim-bookworm

# For manage.py backup and restore. Debian's security updates matter more than one exact version.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin warroom \
    && install -d -o warroom -g warroom /data
COPY --from=build /opt/venv /opt/venv
COPY --from=build /app /app

ENV PATH="/opt/venv/bin:$PATH" \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WARROOM_DATA_DIR=/data
WORKDIR /app
USER 10001
VOLUME /data
EXPOSE 8000

HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--ws-max-size", "65536", "--no-server-header", "--no-access-log", "--no-proxy-headers", \
     "--timeout-graceful-shutdown", "10"]
