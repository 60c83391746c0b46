#!/usr/bin/env bash
# Forecasts each year's sunspot number from the years before it, with the trained LSTM of this folder.
# Takes the path of the rondo program; the chart goes beside it.
set -euo pipefail
[ $# -eq 1 ] || { echo "use: $0 PATH_OF_RONDO" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
program=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
chart=$(dirname "$program")/forecast.png

cat <<'TEXT'
Sunspots, 1700 to 2008: the model sees a year's number and forecasts the next year's. Step 0 stands for 1701; it was
trained on the truth up to 1915, so the test part starts at step 215. Values are sqrt(sunspots) / 10.

TEXT
cd "$here"
exec "$program" run forecast.rondo --set units=32 --weights weights.npz --input x=series.npy \
  --truth truth.npy --test-from 215 --plot "$chart" --show
