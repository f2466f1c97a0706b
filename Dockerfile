# One image: the web by default, a worker or a migration by command. Runs as a user without rights, writes only to /datos.
FROM python:3.12-slim-bookworm AS build
ENV UV_PROJECT_ENVIRONMENT=/portal/.venv UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN pip install --no-cache-dir uv==0.13.8
WORKDIR /portal
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --compile-bytecode --no-dev --no-install-project
COPY portal portal
COPY tenants tenants
COPY worker worker
RUN uv sync --frozen --compile-bytecode --no-dev

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /portal --shell /usr/sbin/nologin portal \
    && install -d -o portal -g portal /datos
WORKDIR /portal
COPY --from=build /portal /portal
COPY migrations migrations
COPY templates templates
ENV PATH=/portal/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PORTAL_ENV=production PORTAL_DATA=/datos PORTAL_HOST=0.0.0.0 PORT=8000
USER 10001
EXPOSE 8000
# Is this process alive? An outage of database, storage or queue is told by /salud and restarts nothing.
HEALTHCHECK --interval=30s --timeout=5s --start-period=40s --retries=3 \
    CMD ["python", "-c", "import os, urllib.parse as p, urllib.request as u; u.urlopen(u.Request('http://127.0.0.1:' + os.environ['PORT'] + '/salud/vivo', headers={'Host': p.urlsplit(os.environ['PORTAL_BASE_URL']).hostname}), timeout=4)"]
# worker: python -m worker    migration: portal migrar    check: portal check    backup: portal respaldo crear /copia/hoy
CMD ["sh", "-c", "exec gunicorn -c python:portal.gunicorn_conf --workers ${WEB_WORKERS:-2} --threads ${WEB_THREADS:-8} --bind 0.0.0.0:$PORT 'portal.wsgi:make()'"]
