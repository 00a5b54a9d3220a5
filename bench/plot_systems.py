#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""plot_systems.py RESULTS.json OUT_DIR: draws what bench_attention wrote of systems/.

  systems.csv    one line per case
  systems.svg    speed-up over dense against error, every system a point, one panel for each verb and number of tokens

Needs Python 3 and gnuplot, nothing else. Without gnuplot the CSV and the .gp file are written all the same.
"""
import csv
import json
import os
import shutil
import subprocess
import sys

FONT = "Helvetica,DejaVu Sans,sans-serif"
COLOURS = ["#1b6ca8", "#c8102e", "#2e8540", "#7a5195", "#e08a00", "#00a0b0", "#a0522d", "#6b8e23", "#8e44ad",
           "#4a90d9", "#d6568b", "#555555", "#b8860b", "#2f4f4f", "#008080", "#999999"]
POINTS = [7, 5, 9, 11, 13, 6, 4, 8]
LEAST = 1e-4  # errors below are drawn here


def load(path):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    rows = []
    for case in document["benchmarks"]:
        if not case["name"].startswith("systems/") or case.get("error_occurred"):
            continue
        _, verb, system, tokens, threads = case["name"].split("/")[:5]
        row = {"verb": verb, "system": system, "tokens": int(tokens[1:]), "threads": int(threads[1:]),
               "ms": case["real_time"]}
        row.update({k: v for k, v in case.items() if isinstance(v, float) and k not in ("real_time", "cpu_time")})
        rows.append(row)
    if not rows:
        sys.exit("plot_systems.py: need cases that begin with systems/; got none in " + path)
    return document["context"], rows


def draw(context, rows):
    systems = list(dict.fromkeys(r["system"] for r in rows if r["system"] != "dense"))
    groups = sorted({(r["verb"], r["tokens"]) for r in rows})
    lines = (len(groups) + 1) // 2
    height = max(100.0 + 340 * lines, 110.0 + 21 * len(systems))
    cpu = context.get("cpu_model", "")
    text = ('set terminal svg size 1080,%d font "%s,13" background rgb "white"\nset output "systems.svg"\n'
            'set grid lc rgb "#dddddd"\nset border lc rgb "#666666"\n'
            'set multiplot title "Sparse attention: speed-up over dense against error (synthetic heads)\\n%s, %s thread%s" '
            'font "%s,16"\nset logscale xy\nset xrange [%g:3]\nset yrange [0.25:64]\n'
            'set ytics (0.25, 0.5, 1, 2, 4, 8, 16, 32, 64)\nset xtics format "%%g"\nunset key\n'
            'set xlabel "error of the output, of its size" offset 0,0.4\nset ylabel "times as fast as dense" offset 2.5,0\n'
            % (height, FONT, cpu, rows[0]["threads"], "" if rows[0]["threads"] == 1 else "s", FONT, LEAST * 0.7))
    style = {s: 'lc rgb "%s" pt %d ps 1.1' % (COLOURS[i % len(COLOURS)], POINTS[i % len(POINTS)])
             for i, s in enumerate(systems)}

    def margins(left, right, bottom, top):
        return "".join("set %smargin at screen %g\n" % (side, at)
                       for side, at in (("l", left), ("r", right), ("b", bottom), ("t", top)))

    for i, (verb, tokens) in enumerate(groups):
        left, top = (0.065, 0.465)[i % 2], 1 - (95 + 340 * (i // 2)) / height
        text += margins(left, left + 0.34, top - 255 / height, top)
        text += 'set title "%s, %d tokens" offset 0,-0.4\n' % (verb, tokens)
        items = ['1 with lines lc rgb "#000000" lw 1']
        for r in rows:
            if (r["verb"], r["tokens"]) == (verb, tokens) and r["system"] in style:
                items.append('"<echo %g %g" with points %s' % (max(r["error"], LEAST), r["vs_dense"], style[r["system"]]))
        text += "plot " + ", \\\n  ".join(items) + "\n"
    text += margins(0.83, 0.99, 20 / height, 1 - 80 / height)
    text += "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\nunset logscale\n"
    text += "set key left top Left reverse samplen 1 spacing 1.2\nset xrange [0:1]\nset yrange [1:2]\n"
    return text + "plot " + ", \\\n  ".join('NaN with points %s title "%s"' % (style[s], s.replace("_", "\\\\_"))
                                            for s in systems) + "\nunset multiplot\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    context, rows = load(sys.argv[1])
    out = sys.argv[2]
    os.makedirs(out, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with open(os.path.join(out, "systems.csv"), "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, columns)
        writer.writeheader()
        writer.writerows(rows)
    path = os.path.join(out, "systems.gp")
    with open(path, "w", encoding="utf-8") as f:
        f.write(draw(context, rows))
    gnuplot = shutil.which("gnuplot")
    if gnuplot:
        subprocess.run([gnuplot, "systems.gp"], cwd=out, check=True)
        os.remove(path)
    print("plot in " + out if gnuplot else "gnuplot is not installed: run it on systems.gp in " + out)


if __name__ == "__main__":
    main()
