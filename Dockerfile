# The reference service, with what constraints.txt pins. The build stage has pip and the sources, the image has neither.
FROM python:3.14-slim-bookworm AS build
WORKDIR /build
COPY pyproject.toml constraints.txt README.md LICENSE _candid_pytestplugin.py ./
COPY telemetry telemetry
RUN python -m venv /opt/venv \
 && /opt/venv/bin/pip install --no-cache-dir --constraint constraints.txt --upgrade pip \
 && /opt/venv/bin/pip install --no-cache-dir --constraint constraints.txt --build-constraint constraints.txt \
    --group service '.[redis,otlp]' \
 && /opt/venv/bin/pip uninstall --yes pip

FROM python:3.14-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin candid
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY service service
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "telemetry", "run", "service.main:app", "--workers", "2", "--host", "0.0.0.0", "--port", "8000"]
