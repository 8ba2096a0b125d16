# syntax=docker/dockerfile:1
# The server in a container.  scripts/container-steps goes through the same steps without a container engine.

ARG PYTHON=3.13

FROM python:${PYTHON}-slim AS build
WORKDIR /source
COPY . .
RUN python -m venv /opt/basicdb-mock \
 && /opt/basicdb-mock/bin/pip install --no-cache-dir --no-compile ".[cluster]" \
 && /opt/basicdb-mock/bin/python -m compileall -q /opt/basicdb-mock/lib

FROM python:${PYTHON}-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin basicdb \
 && install -d -o basicdb -g basicdb /data
COPY --from=build /opt/basicdb-mock /opt/basicdb-mock
ENV PATH=/opt/basicdb-mock/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER basicdb
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/_basicdb/health', timeout=2)"]
# The exec form: the server itself is PID 1 and gets the signals.
ENTRYPOINT ["basicdb-mock", "serve", "--host", "0.0.0.0", "--port", "8080"]
