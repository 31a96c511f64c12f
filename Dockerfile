# gracenote2epg as a service: docs/serve.md. Build: docker build -t gracenote2epg .
FROM python:3.13-slim

COPY . /src
RUN pip install --no-cache-dir --no-compile --root-user-action=ignore /src \
    && rm -rf /src \
    && useradd --uid 1000 --create-home guide \
    && install -d -o guide -g guide -m 0700 /data
COPY --chmod=755 docker/entrypoint.sh /entrypoint.sh

# What the page saves is in the home: /data/.xmltv.
ENV GRACENOTE_DATA_DIR=/data HOME=/data GRACENOTE_MONITORING_HOST=0.0.0.0 \
    PYTHONDONTWRITEBYTECODE=1
USER guide
VOLUME /data
EXPOSE 9989
HEALTHCHECK --interval=5m --start-period=10m CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:9989/healthz', timeout=5)"]
ENTRYPOINT ["/entrypoint.sh"]
CMD ["--serve"]
