#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""plot.py RESULTS.json OUT_DIR: draws what bench_ops wrote.

  ops.csv        one line per case
  speedup.svg    speed-up over the fastest dense float of the run against sparsity, one panel per number of tokens
  time.svg       time against tokens, one panel per sparsity
  roofline.svg   GFLOP/s against FLOP per byte, under the measured limits

Needs Python 3 and gnuplot, nothing else. Without gnuplot the CSV and the .gp files are written all the same.
"""
import csv
import json
import os
import shutil
import subprocess
import sys

# pattern, codec, by, title, colour, dash, point
SERIES = [
    ("bitmap", "bf16", "packed", "bitmap bf16, packed", "#1b6ca8", 1, 7),
    ("bitmap", "float", "packed", "bitmap float, packed", "#1b6ca8", 2, 6),
    ("bitmap", "float", "native", "bitmap float, plain", "#8fc1e3", 3, 12),
    ("nm", "bf16", "packed", "N:M bf16, packed", "#c8102e", 1, 5),
    ("nm", "float", "packed", "N:M float, packed", "#c8102e", 2, 4),
    ("bsr16x1", "bf16", "native", "bsr 16x1 bf16", "#2e8540", 1, 9),
    ("bsr16x1", "float", "native", "bsr 16x1 float", "#2e8540", 2, 8),
    ("bsr4x4", "float", "native", "bsr 4x4 float", "#7a5195", 2, 10),
    ("csr", "float", "native", "csr float", "#555555", 2, 12),
    ("csr", "float", "mkl", "MKL sparse float", "#0068b5", 4, 1),
    ("csr", "float", "librsb", "librsb float", "#a0522d", 4, 3),
    ("csr", "float", "libxsmm", "libxsmm float", "#6b8e23", 4, 13),
    ("csr", "float", "eigen", "Eigen sparse float", "#e08a00", 4, 2),
]
DENSE = [
    ("dense", "float", "packed", "dense float, packed", "#000000", 2, 6),
    ("dense", "bf16", "packed", "dense bf16, packed", "#000000", 1, 7),
    ("dense", "float", "native", "dense float, plain", "#999999", 3, 12),
    ("dense", "float", "openblas", "OpenBLAS float", "#8e44ad", 4, 1),
    ("dense", "float", "onednn", "oneDNN float", "#00a0b0", 4, 3),
    ("dense", "float", "mkl", "MKL float", "#4a90d9", 4, 13),
    ("dense", "float", "eigen", "Eigen dense float", "#a08060", 4, 2),
]
FONT = "Helvetica,DejaVu Sans,sans-serif"


def fields(name):
    """spmm/bitmap/bf16/m4096_k4096_n1/s50/native/t1/... as a dictionary."""
    verb, pattern, codec, shape, sparsity, by, threads = name.split("/")[:7]
    m, k, n = (int(part[1:]) for part in shape.split("_"))
    return {"verb": verb, "pattern": pattern, "codec": codec, "m": m, "k": k, "n": n,
            "sparsity": int(sparsity[1:]), "by": by, "threads": int(threads[1:])}


def load(path):
    with open(path, encoding="utf-8") as f:
        document = json.load(f)
    rows = []
    for case in document["benchmarks"]:
        if case.get("run_type", "iteration") != "iteration" or case.get("error_occurred"):
            continue
        row = fields(case["name"])
        row["ms"] = case["real_time"]
        for key, value in case.items():
            if isinstance(value, float) and key not in ("real_time", "cpu_time"):
                row[key] = value
        rows.append(row)
    if not rows:
        sys.exit("plot.py: need at least one case without an error; got none in " + path)
    return document["context"], rows


def belongs(row, series):
    pattern, codec, by = series[:3]
    return (row["pattern"] == pattern or (pattern == "nm" and row["pattern"].startswith("nm"))) \
        and row["codec"] == codec and row["by"] == by


def style(series):
    return 'lc rgb "%s" dt %d pt %d ps 0.7 lw 1.6' % (series[4], series[5], series[6])


def points(rows, series, x, y):
    return sorted((row[x], row[y]) for row in rows if belongs(row, series) and y in row)


def curves(rows, all_series, x, y):
    """gnuplot data blocks and plot items for the series that have points here."""
    blocks, items = [], []
    for series in all_series:
        data = points(rows, series, x, y)
        if data:
            block = "$d%d" % len(blocks)
            blocks.append("%s << EOD\n%s\nEOD\n" % (block, "\n".join("%g %g" % p for p in data)))
            items.append('%s with linespoints %s title "%s"' % (block, style(series), series[3]))
    return "".join(blocks), items


def head(name, width, height):
    return ('set terminal svg size %d,%d font "%s,13" background rgb "white"\n'
            'set output "%s.svg"\nset grid lc rgb "#dddddd"\nset border lc rgb "#666666"\n'
            % (width, height, FONT, name))


def margins(left, right, bottom, top):
    return "".join("set %smargin at screen %g\n" % (side, at)
                   for side, at in (("l", left), ("r", right), ("b", bottom), ("t", top)))


def panels(name, title, rows, groups, all_series, setup, x, y, below=""):
    """Panels, two in a row, and one key to their right. groups: (panel title, rows of it)."""
    lines = (len(groups) + 1) // 2
    _, key = curves(rows, all_series, x, y)
    height = max(90.0 + 350 * lines, 110.0 + 26 * len(key))
    text = head(name, 1080, height) + 'set multiplot title "%s" font "%s,16"\n' % (title, FONT) + setup
    text += "unset key\n"
    for i, (panel, part) in enumerate(groups):
        left, top = (0.065, 0.465)[i % 2], 1 - (90 + 350 * (i // 2)) / height
        blocks, items = curves(part, all_series, x, y)
        text += blocks + margins(left, left + 0.34, top - 270 / height, top)
        text += 'set title "%s" offset 0,-0.4\n' % panel
        text += "plot " + ", \\\n  ".join(items + ([below] if below else [])) + "\n"
    # The key is a panel of its own, with every series that has a point somewhere.
    text += margins(0.83, 0.99, 20 / height, 1 - 80 / height)
    text += "unset title\nunset border\nunset tics\nunset xlabel\nunset ylabel\n"
    text += "set key left top Left reverse samplen 2.5 spacing 1.25\nset yrange [1:2]\n"
    dummies = ["NaN " + item[item.index("with"):] for item in key + ([below] if below else [])]
    return text + "plot " + ", \\\n  ".join(dummies) + "\nunset multiplot\n"


def subtitle(context, rows):
    simd = context["simd"].split("+")[0]
    return "%s, %s, %s thread%s" % (context["cpu_model"], simd, context["threads"],
                                    "" if context["threads"] == "1" else "s")


def layer(rows):
    """The cases of a layer: the smallest shape, tokens as rows (one token has no layout)."""
    shape = min((r["m"] * r["k"], r["m"], r["k"]) for r in rows)[1:]
    return [r for r in rows if (r["m"], r["k"]) == shape and (r["verb"] == "linear" or r["n"] == 1)]


def speedup(context, rows):
    part = layer(rows)
    groups = [("%d token%s" % (n, "" if n == 1 else "s"), [r for r in part if r["n"] == n])
              for n in sorted({r["n"] for r in part})]
    title = "Sparse linear layer %d x %d: speed-up over the fastest dense float\\n%s" \
        % (part[0]["m"], part[0]["k"], subtitle(context, rows))
    ticks = ", ".join(['"1/%d" %g' % (2 ** -e, 2.0 ** e) if e < 0 else "%d" % 2 ** e for e in range(-3, 8)])
    setup = ('set logscale y 2\nset xrange [45:95]\nset yrange [0.125:]\nset xtics 10\nset ytics (%s)\n'
             'set xlabel "zeros, %%" offset 0,0.4\nset ylabel "times as fast" offset 1,0\n' % ticks)
    return panels("speedup", title, part, groups, SERIES, setup, "sparsity", "x_best_dense",
                  '1 with lines lc rgb "#000000" lw 1 title "fastest dense float"')


def time(context, rows):
    part = layer(rows)
    groups = [("%d %% zeros" % s, [r for r in part if r["sparsity"] in (s, 0)]) for s in (50, 90)]
    title = "Time of a linear layer %d x %d\\n%s" % (part[0]["m"], part[0]["k"], subtitle(context, rows))
    setup = ('set logscale xy\nset logscale x 2\nset xrange [0.9:%d]\nset xlabel "tokens" offset 0,0.4\n'
             'set ylabel "milliseconds" offset 1,0\nset ytics format "%%g"\nset xtics (1, 8, 32, 128, 512)\n'
             % (1.1 * max(r["n"] for r in part)))
    return panels("time", title, part, groups, DENSE + SERIES, setup, "n", "ms")


def roofline(context, rows):
    part = layer(rows)
    reads = sorted(r["read_GB/s"] for r in part if r["pattern"] == "dense")
    read, peak = reads[len(reads) // 2], float(context["peak_GFLOPs"])
    blocks, items = curves(part, DENSE[:1] + SERIES, "flops_per_byte", "GFLOP/s")
    items = [item.replace("with linespoints", "with points").replace("ps 0.7", "ps 0.8") for item in items]
    text = head("roofline", 960, 560)
    text += ('set logscale xy\nset key outside right top Left reverse samplen 2 spacing 1.2\n'
             'set xlabel "FLOP per byte"\nset ylabel "GFLOP/s"\n'
             'set ytics format "%%g"\nset xtics format "%%g"\n'
             'set title "Products under the measured limits: read %.1f GB/s, fma %.0f GFLOP/s\\n%s"\n'
             % (read, peak, subtitle(context, rows)))
    roof = '(x * %g < %g ? x * %g : %g) with lines lc rgb "#000000" lw 1.5 title "limit"' % (read, peak, read, peak)
    return text + blocks + "plot " + ", \\\n  ".join([roof] + items) + "\n"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    context, rows = load(sys.argv[1])
    out = sys.argv[2]
    os.makedirs(out, exist_ok=True)
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with open(os.path.join(out, "ops.csv"), "w", newline="", encoding="utf-8") as f:
        writer = csv.DictWriter(f, columns)
        writer.writeheader()
        writer.writerows(rows)
    gnuplot = shutil.which("gnuplot")
    for draw in (speedup, time, roofline):
        path = os.path.join(out, draw.__name__ + ".gp")
        with open(path, "w", encoding="utf-8") as f:
            f.write(draw(context, rows))
        if gnuplot:
            subprocess.run([gnuplot, draw.__name__ + ".gp"], cwd=out, check=True)
            os.remove(path)
    print("plots in " + out if gnuplot else "gnuplot is not installed: run it on the .gp files in " + out)


if __name__ == "__main__":
    main()
