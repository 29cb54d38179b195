# One image, three programs: docker run freehold serve web|worker|beat. See docker-compose.yml for how they go together.
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY requirements.lock requirements-dev.lock ./
# The version of uv that the project is locked to; the product itself does not need it.
RUN python -m venv .venv \
    && python -m pip install --no-cache-dir "$(grep -oE '^uv==[0-9.]+' requirements-dev.lock)" \
    && VIRTUAL_ENV=/app/.venv uv pip sync --no-cache --require-hashes requirements.lock

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin freehold
WORKDIR /app
COPY --from=build /app/.venv .venv
COPY . .
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FREEHOLD_VAR=/app/var \
    LOG_FORMAT=json
# Gathering reads the settings, which make secrets: those must not be in the image, or every machine would have the same.
RUN python -m compileall -q . \
    && python manage.py collectstatic --no-input \
    && rm -rf var/secrets \
    && mkdir -m 0700 var/secrets var/backups \
    && chown -R freehold:freehold var
USER freehold
VOLUME ["/app/var/secrets", "/app/var/backups"]
EXPOSE 8000
HEALTHCHECK NONE
ENTRYPOINT ["python", "manage.py"]
CMD ["serve", "web", "--host", "0.0.0.0"]
