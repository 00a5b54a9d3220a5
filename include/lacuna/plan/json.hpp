#pragma once
// SPDX-License-Identifier: BSL-1.0
// A report as JSON (RFC 8259): for scripts and plots. Seconds, bytes, bytes per second; what is not finite is
// null.
#include <charconv>
#include <cstdio>
#include <lacuna/plan/judge.hpp>

namespace lacuna {
namespace plan {
inline namespace LACUNA_ARCH {

/// Writes JSON text; the caller opens and closes, commas and escapes come by themselves.
class json_writer {
 public:
  json_writer& open(char bracket) {
    comma();
    text_ += bracket;
    first_ = true;
    return *this;
  }
  json_writer& close(char bracket) {
    text_ += bracket;
    first_ = false;
    return *this;
  }
  json_writer& key(const char* name) {
    value(name);
    text_ += ':';
    first_ = true;
    return *this;
  }
  void value(const std::string& s) {
    comma();
    text_ += '"';
    for (const char c : s) put(c);
    text_ += '"';
  }
  void value(const char* s) { value(std::string(s)); }
  void value(bool b) { raw(b ? "true" : "false"); }
  void value(index_t n) { raw(count_text(n)); }
  void value(int n) { raw(count_text(n)); }
  void value(std::size_t n) { raw(count_text(n)); }
  void value(double d) {
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, d).ptr;  // a point whatever the locale
    raw(std::isfinite(d) ? std::string(text, end) : "null");
  }
  template <class T>
  json_writer& field(const char* name, const T& v) {
    key(name).value(v);
    return *this;
  }
  template <class T, class F>
  json_writer& list(const char* name, const std::vector<T>& of, F&& each) {
    key(name).open('[');
    for (const T& v : of) each(v);
    return close(']');
  }
  const std::string& text() const { return text_; }

 private:
  void comma() {
    if (!first_) text_ += ',';
    first_ = false;
  }
  void raw(const std::string& s) {
    comma();
    text_ += s;
  }
  /// Bytes outside ASCII, of file names, become code points 0x80 to 0xff: valid JSON whatever their encoding.
  void put(char c) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') text_ += '\\';
    if (code >= 0x20 && code < 0x7f) {
      text_ += c;
      return;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", code);
    text_ += escape;
  }

  std::string text_;
  bool first_ = true;
};

inline void write_form(json_writer& j, const form& f, const section& s, const std::vector<index_t>& tokens) {
  j.open('{').field("matrix", f.matrix).field("pattern", f.pattern).field("codec", f.codec);
  j.field("lossless", f.lossless).field("peer", f.peer).field("bytes", f.bytes);
  j.field("bits_per_weight", f.bits).field("kept_magnitude", f.kept).key("timings").open('[');
  for (std::size_t t = 0; t < f.at.size(); ++t) {
    const form* const dense = dense_twin(s);
    const form* const peer = best_peer(s, t);
    j.open('{').field("tokens", tokens[t]).field("seconds", f.at[t].seconds).field("rounds", f.at[t].rounds);
    if (!f.at[t].regime.empty()) j.field("regime", f.at[t].regime);
    j.field("error", f.at[t].error);
    if (dense) j.field("speedup_over_dense", dense->at[t].seconds / f.at[t].seconds);
    if (peer) j.field("speedup_over_best_peer", peer->at[t].seconds / f.at[t].seconds);
    j.close('}');
  }
  j.close(']').close('}');
}

inline void write_section(json_writer& j, const section& s, const std::vector<index_t>& tokens) {
  j.open('{').field("title", s.title).field("structure", s.structure).field("density", s.density);
  j.field("rotated_bytes", s.rotated);
  j.list("plain_read_bytes_per_second", s.read, [&](double v) { j.value(v); });
  j.list("advice", s.advice, [&](const std::string& line) { j.value(line); });
  j.list("forms", s.forms, [&](const form& f) { write_form(j, f, s, tokens); });
  j.list("skipped", s.skipped, [&](const skipped_form& f) {
    j.open('{').field("matrix", f.matrix).field("pattern", f.pattern).field("codec", f.codec);
    j.field("bytes", f.bytes).close('}');
  });
  j.close('}');
}

inline std::string json_text(const report& r) {
  json_writer j;
  j.open('{')
      .field("input", r.input)
      .field("rows", r.rows)
      .field("cols", r.cols)
      .field("threads", r.threads)
      .field("simd", r.simd);
  j.field("from_memory", r.from_memory).field("seconds", r.seconds);
  j.list("tokens", r.tokens, [&](index_t t) { j.value(t); });
  j.list("sections", r.sections, [&](const section& s) { write_section(j, s, r.tokens); });
  j.close('}');
  return j.text() + "\n";
}

}  // namespace LACUNA_ARCH
}  // namespace plan
}  // namespace lacuna
