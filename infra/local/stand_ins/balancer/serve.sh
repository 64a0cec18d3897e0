#!/bin/sh
# Runs nginx with the file $1, once it is there, and has it read the file again whenever that changes.
set -eu
until [ -s "$1" ]; do sleep 1; done
seen=$(cksum <"$1")
nginx -g 'daemon off;' &
nginx=$!
trap 'nginx -s quit' TERM INT
while kill -0 "$nginx" 2>/dev/null; do
  sleep 1 &
  wait $! || true # a signal ends the wait, and not the sleep
  now=$(cksum <"$1")
  if [ "$now" != "$seen" ]; then
    seen=$now
    nginx -s reload # requests under way end as they began; a file that is wrong is logged, and not taken
  fi
done
