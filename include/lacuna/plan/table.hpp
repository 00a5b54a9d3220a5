#pragma once
// SPDX-License-Identifier: BSL-1.0
// A report as text: one table for each section, a line for each form, three columns for each token count.
#include <lacuna/core/error.hpp>
#include <lacuna/plan/judge.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// `text` in `width` columns; what is longer is not cut.
inline std::string left(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}
inline std::string right(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

inline std::string bits_text(double bits) {
  return bits < 0.1 ? number_text("%.2g", bits) : significant_text(bits);
}

/// The columns of one section: widths that fit its names, one unit for its times.
struct table_layout {
  std::size_t matrix = 6, pattern = 4, codec = 5;
  double unit = 1e-3;
  const char* unit_name = "ms";
  bool peers = false, pruned = false;

  explicit table_layout(const section& s) {
    double fastest = 1;
    for (const form& f : s.forms) {
      matrix = std::max(matrix, f.matrix.size());
      pattern = std::max(pattern, f.pattern.size());
      codec = std::max(codec, f.codec.size());
      peers = peers || f.peer;
      pruned = pruned || f.what != holds::given;
      for (const timing& t : f.at) fastest = std::min(fastest, t.seconds);
    }
    if (fastest < 1e-4) unit = 1e-6, unit_name = "us";
  }
  std::size_t token_width() const { return peers ? 22 : 16; }
};

/// The first columns. Which matrix a form holds is said only where there are several.
inline std::string names_text(const table_layout& l, const std::string& matrix, const std::string& pattern,
                              const std::string& codec) {
  return (l.pruned ? left(matrix, l.matrix) + "  " : "") + left(pattern, l.pattern) + "  " +
         left(codec, l.codec);
}

inline std::string head_text(const table_layout& l, const std::vector<index_t>& tokens) {
  std::string two = names_text(l, "matrix", "form", "codec") + right("bits", 7);
  two += (l.pruned ? right("kept", 8) : "") + right("error", 7);
  std::string one(two.size(), ' ');
  for (const index_t t : tokens) {
    const std::string title = count_text(t) + (t == 1 ? " token" : " tokens");
    one += " |" + right(title, l.token_width() - 2);
    two += " |" + right(l.unit_name, 7) + right("dense", 7) + (l.peers ? right("peer", 6) : "");
  }
  return one + "\n" + two + "\n";
}

inline std::string line_text(const table_layout& l, const section& s, const form& f) {
  double error = 0;
  for (const timing& t : f.at) error = std::max(error, t.error);
  std::string line = names_text(l, f.matrix, f.pattern, f.codec) + right(bits_text(f.bits), 7);
  line += (l.pruned ? right(percent_text(f.kept), 8) : "") + right(number_text("%.0e", error), 7);
  const form* const dense = dense_twin(s);
  for (std::size_t t = 0; t < f.at.size(); ++t) {
    const form* const peer = best_peer(s, t);
    const auto ratio = [&](const form* other) {
      if (!other) return std::string("-");
      const double r = other->at[t].seconds / f.at[t].seconds;
      return r < 1 ? number_text("%.3f", r) : significant_text(r);
    };
    line += " |" + right(significant_text(f.at[t].seconds / l.unit), 6) +
            (pick(s, t) == &f      ? "*"
             : f.at[t].rounds == 1 ? "~"
                                   : " ");
    line += right(ratio(dense), 7) + (l.peers ? right(ratio(peer), 6) : "");
  }
  return line + "\n";
}

/// Speed of the plain read, which bounds how fast weights can come.
inline std::string read_text(const section& s) {
  double most = 0, least = 0;
  for (const double v : s.read) {
    most = std::max(most, v);
    least = least == 0 ? v : std::min(least, v);
  }
  if (most == 0) return {};
  const std::string low = number_text("%.1f", least * 1e-9), high = number_text("%.1f", most * 1e-9);
  std::string text = "plain read " + (low == high ? high : low + " to " + high) + " GB/s";
  const form* const dense = dense_twin(s);
  const form* const best = s.forms.empty() ? nullptr : pick(s, 0);
  const auto share = [&](const form& f) {
    return percent_text(static_cast<double>(f.bytes) / f.at[0].seconds / s.read[0]) + " of it";
  };
  if (dense && s.read[0] > 0) text += "; at the first token count dense float streams at " + share(*dense);
  if (best && best != dense && s.read[0] > 0) text += ", " + form_name(*best) + " at " + share(*best);
  return text + "\n";
}

inline std::string section_text(const section& s, const report& r) {
  const table_layout l(s);
  std::string text = s.title + ": " + s.structure + "\n";
  if (r.from_memory) text += mib_text(s.rotated) + " are read between two runs of one form; " + read_text(s);
  text += "\n" + head_text(l, r.tokens);
  for (const form& f : s.forms) text += line_text(l, s, f);
  for (const skipped_form& f : s.skipped)
    text += names_text(l, f.matrix, f.pattern, f.codec) + "  skipped: it takes " + mib_text(f.bytes) + "\n";
  text += "\n";
  for (std::size_t i = 0; i < s.advice.size(); ++i) text += (i == 0 ? "-> " : "   ") + s.advice[i] + "\n";
  return text;
}

/// What the columns mean.
inline std::string legend_text(const report& r) {
  std::string text = shape_text(r.rows, r.cols) + (r.input.empty() ? "" : ", " + r.input) + "\n" + r.simd +
                     ", " + count_text(r.threads) + (r.threads == 1 ? " thread" : " threads");
  text += r.from_memory ? "; weights come from memory, as in a model of many layers\n\n"
                        : "; weights stay in the caches if they fit\n\n";
  for (const char* const line :
       {"time   one product y[t,m] = x[t,k] w^T of the packed form, median of interleaved rounds; ~ of one "
        "round",
        "*      what the advice picks", "dense  speed-up over our dense float",
        "peer   speed-up over the fastest peer", "bits   stored for each weight, zeros counted as weights",
        "kept   share of sum |w| that pruning leaves",
        "error  largest |y - y_double| / sum |w||x| of the matrix that is stored"})
    (text += line) += '\n';
  return text;
}

inline std::string table_text(const report& r) {
  std::string text = legend_text(r);
  for (const section& s : r.sections) (text += "\n") += section_text(s, r);
  return text;
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
