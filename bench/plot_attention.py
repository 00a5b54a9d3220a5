#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""plot_attention.py OUT_DIR RESULTS.json...: draws what bench_attention wrote, of one run or several.

  decode.svg     time of a decode step against context, one line per cache codec
  error.svg      error of the output against the bytes of the cache, one point per codec
  prefill.svg    time against the share of tiles that the mask keeps, of the dense time; the dashed line is kept + 0.05

Needs Python 3 and gnuplot. Without gnuplot the .gp files are written all the same.
"""
import json
import os
import shutil
import subprocess
import sys

FONT = "Helvetica,DejaVu Sans,sans-serif"


def load(paths):
    cases = []
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for case in json.load(f)["benchmarks"]:
                if not case.get("error_occurred"):
                    cases.append((case["name"].split("/iterations")[0].split("/"), case))
    return cases


def data_block(name, points):
    return "$%s << EOD\n%s\nEOD\n" % (name, "\n".join("%g %g" % p for p in sorted(points)))


def draw(out, name, lines, settings, extra=""):
    """lines: title -> points."""
    text = 'set terminal svg size 760,480 font "%s,12"\nset output "%s.svg"\nset grid\n%s\n' % (FONT, name, settings)
    plots = []
    for i, (title, points) in enumerate(lines.items()):
        text += data_block("d%d" % i, points)
        plots.append('$d%d with linespoints lw 1.6 ps 0.6 title "%s"' % (i, title.replace("_", " ")))
    text += "plot " + ", ".join(plots) + extra + "\n"
    with open(os.path.join(out, name + ".gp"), "w", encoding="utf-8") as f:
        f.write(text)
    if shutil.which("gnuplot"):
        subprocess.run(["gnuplot", name + ".gp"], cwd=out, check=True)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    out, cases = sys.argv[1], load(sys.argv[2:])
    os.makedirs(out, exist_ok=True)
    decode, prefill, error = {}, {}, {}
    for parts, case in cases:
        if parts[0] == "decode" and parts[2].startswith("t") and "vs_bf16" in case:
            title = "%s, %s threads" % (parts[1], parts[3][1:])
            decode.setdefault(title, []).append((int(parts[2][1:]), case["real_time"]))
            if "error" in case:
                error[parts[1]] = [(1 / case["fewer_bytes"], case["error"])]
        elif parts[0] == "prefill" and parts[4] == "queries_outer":
            title = "%s, %s tokens, %s threads" % (parts[1], parts[2][1:], parts[5][1:])
            prefill.setdefault(title, []).append((case["kept"], case["of_dense"]))
    if decode:
        draw(out, "decode", decode, 'set logscale xy 2\nset key outside\nset xlabel "tokens"\nset ylabel "ms"')
    if error:
        draw(out, "error", error, 'set logscale y\nset key outside\nset xlabel "bytes / bytes of bf16"\n'
             'set ylabel "error / size of the output"\nset xrange [0:1.05]')
    if prefill:
        draw(out, "prefill", prefill, 'set key top left\nset xlabel "share of the causal tiles that is kept"\n'
             'set ylabel "time / time of all"\nset xrange [0:1.05]\nset yrange [0:1.1]',
             ', x + 0.05 dt 2 lc rgb "#999999" title "kept + 0.05"')
    if not decode and not prefill:
        sys.exit("plot_attention.py: need cases of decode or prefill; got none")


if __name__ == "__main__":
    main()
