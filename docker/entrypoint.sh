#!/bin/sh
# Runs gracenote2epg. Started as root, it first gives the data folder to PUID:PGID and becomes them.
set -eu
data=${GRACENOTE_DATA_DIR:-/data}
if [ "$(id -u)" = 0 ]; then
    user=${PUID:-1000} group=${PGID:-1000}
    mkdir -p "$data"
    # Only what belongs to somebody else: a folder on a share may refuse even that, and still work.
    find "$data" ! \( -user "$user" -group "$group" \) -exec chown -h "$user:$group" {} + ||
        echo "gracenote2epg: $data keeps its owner; user $user must be able to write there." >&2
    exec setpriv --reuid "$user" --regid "$group" --clear-groups gracenote2epg "$@"
fi
if [ "${PUID:-$(id -u)}:${PGID:-$(id -g)}" != "$(id -u):$(id -g)" ]; then
    echo "gracenote2epg: PUID and PGID need a container that starts as root:" \
        "docker run --user 0, or user: \"0\" in compose.yaml. It runs as user $(id -u) now." >&2
fi
exec gracenote2epg "$@"
